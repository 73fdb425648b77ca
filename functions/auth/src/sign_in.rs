use crate::attempts::Attempt;
use axum::extract::Query;
use domain::{customer::Customer, text::Email};
use http::StatusCode;
use render::views::{
    Form,
    account::{SignInInput, SignInPage},
};
use serde::Deserialize;
use store::account::Credentials;
use web::{Answer, App, Input, NewSession, Problem, Visit, api, own_path, password};

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Next {
    /// Where to go afterwards, a path of the shop.
    next: String,
}

#[utoipa::path(
    get,
    path = "/auth/sign-in",
    operation_id = "auth_sign_in_form",
    params(Next),
    responses(api::Page<SignInPage>)
)]
pub(crate) async fn form(visit: Visit, Query(query): Query<Next>) -> Answer {
    let input = SignInInput { next: own_path(&query.next).unwrap_or_default().to_owned(), ..SignInInput::default() };
    visit.page(&SignInPage { form: Form::new(input) }).await
}

#[utoipa::path(
    post,
    path = "/auth/sign-in",
    operation_id = "auth_sign_in_submit",
    request_body = SignInInput,
    responses(api::SeeOther, api::Invalid)
)]
pub(crate) async fn submit(mut visit: Visit, Input(input): Input<SignInInput>) -> Answer {
    let app = visit.app.clone();
    if check(&app, &mut visit, &input).await?.is_none() {
        let mut form = Form::new(SignInInput { password: String::new(), ..input });
        form.refuse(
            "form",
            "The e-mail address or the password is wrong, or there were too many attempts. Please try again, or later.",
        );
        return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &SignInPage { form }).await;
    }
    visit.see_other(own_path(&input.next).unwrap_or("/account"))
}

#[utoipa::path(post, path = "/auth/sign-out", operation_id = "auth_sign_in_sign_out", responses(api::SeeOther))]
pub(crate) async fn sign_out(mut visit: Visit) -> Answer {
    if let Some(session) = &visit.caller.session {
        visit.app.store.sign_out(&session.customer, &session.sid).await?;
    }
    visit.forget_session();
    visit.see_other("/")
}

/// Opens a session for whose the address and password are. A wrong one and an unknown one are answered the same way, after the
/// same work. While attempts are used up no password is looked at, whosever it is, and the answer is the same too.
async fn check(app: &App, visit: &mut Visit, input: &SignInInput) -> Result<Option<Customer>, Problem> {
    let email: Option<Email> = input.email.parse().ok();
    let proven = prove(app, visit, email.as_ref(), &input.password).await?;
    let (Some((customer, credentials)), Some(email)) = (proven, email) else { return Ok(None) };
    let new = NewSession::of(&customer);
    if !app.store.open_session(&new.session, &email, &credentials).await? {
        return Ok(None);
    }
    visit.enter(&customer, &new);
    visit.move_in(&customer).await?;
    Ok(Some(customer))
}

/// Whose the address and the password are. A hash with weaker parameters than today's is replaced.
async fn prove(
    app: &App,
    visit: &Visit,
    email: Option<&Email>,
    password: &str,
) -> Result<Option<(Customer, Credentials)>, Problem> {
    let read = async {
        match email {
            Some(email) => app.store.credentials(email).await,
            None => Ok(None),
        }
    };
    let (attempt, credentials) = tokio::try_join!(Attempt::count(visit, email), read)?;
    if !attempt.allowed {
        return Ok(None);
    }
    let typed = password::typed(password);
    let right = password::verify(typed.clone(), credentials.as_ref().map(|c| c.password_hash.clone())).await;
    let (true, Some(credentials), Some(email)) = (right, credentials, email) else { return Ok(None) };
    let ((), customer) = tokio::try_join!(attempt.forget(&app.store), app.store.customer(&credentials.customer))?;
    let Some(customer) = customer else { return Ok(None) };
    if password::is_outdated(&credentials.password_hash)
        && let Some(hash) = password::hash(typed).await
    {
        app.store.upgrade_hash(email, &credentials.password_hash, &hash).await?;
    }
    Ok(Some((customer, credentials)))
}
