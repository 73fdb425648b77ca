//! Proving an e-mail address: the link from the mail and the account's password together. Whoever has signed up with somebody
//! else's address knows only the password; so its owner can set another one here, which ends what the stranger has.

use crate::{Link, STARTS_EMPTY, attempts, attempts::Attempt, dead_link, not_renewed};
use axum::extract::Query;
use domain::customer::Customer;
use http::StatusCode;
use render::views::{
    Form,
    account::{VerifyInput, VerifyPage},
    general::Message,
};
use store::{account, account::Renewal, token::TokenKind};
use web::{Answer, Input, NewSession, Problem, Visit, api, password};

/// Asks first: programs that look at mail follow links, and would use this one up.
#[utoipa::path(
    get,
    path = "/auth/verify",
    operation_id = "auth_verification_form",
    params(Link),
    responses(api::Page<VerifyPage>, api::DeadLink)
)]
pub(crate) async fn form(visit: Visit, Query(link): Query<Link>) -> Answer {
    let known = visit.app.store.link(TokenKind::Verify, &link.token).await?.ok_or_else(dead_link)?;
    let form = Form::new(VerifyInput { token: link.token, ..VerifyInput::default() });
    visit.page(&VerifyPage { email: known.customer.email.to_string(), form }).await
}

/// Proves the address. Every session from before ends; this browser is signed in.
#[utoipa::path(
    post,
    path = "/auth/verify",
    operation_id = "auth_verification_submit",
    request_body = VerifyInput,
    responses(api::Page<Message>, api::DeadLink, api::Invalid)
)]
pub(crate) async fn submit(mut visit: Visit, Input(input): Input<VerifyInput>) -> Answer {
    let app = visit.app.clone();
    let link = app.store.link(TokenKind::Verify, &input.token).await?.ok_or_else(dead_link)?;
    let mut form = Form::new(VerifyInput { token: input.token.clone(), ..VerifyInput::default() });
    let Some(chosen) = check(&visit, &mut form, &link, &input).await? else {
        let page = VerifyPage { email: link.customer.email.to_string(), form };
        return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page).await;
    };
    let (customer, credentials, password_hash) = (&link.customer, &link.credentials, chosen.as_deref());
    let proven = match password_hash {
        Some(_) => customer.proven_with_new_password(),
        None => Customer { email_verified: true, ..customer.clone() },
    };
    let (new, forgiven) = (NewSession::of(&proven), password_hash.map(|_| attempts::of(customer)));
    let forgiven = forgiven.as_ref().map_or(&[][..], |attempts| attempts);
    let renewal = Renewal { customer, credentials, password_hash, link: Some(&link), session: Some(&new.session), forgiven };
    app.store.renew(&renewal).await.map_err(not_renewed)?;
    visit.enter(&proven, &new);
    let joined = visit.move_in(&proven).await?;
    visit.page(&done(password_hash.map(|_| customer), joined)).await
}

/// The hash of the new password that was chosen, if one was; or no more than that the present one is right. `None` when something
/// is wrong, which is noted in the form then.
async fn check(
    visit: &Visit,
    form: &mut Form<VerifyInput>,
    link: &account::Link,
    input: &VerifyInput,
) -> Result<Option<Option<String>>, Problem> {
    let customer = &link.customer;
    if !input.new_password.is_empty() {
        let judged = password::judge(&input.new_password, customer.name.as_str(), customer.email.as_str());
        if form.keep("new_password", judged).is_none() {
            return Ok(None);
        }
        return Ok(Some(Some(password::hash(input.new_password.clone()).await.ok_or_else(Problem::internal)?)));
    }
    let attempt = Attempt::count(visit, Some(&customer.email)).await?;
    let hash = Some(link.credentials.password_hash.clone());
    // While attempts are used up no password is looked at.
    if !(attempt.allowed && password::verify(password::typed(&input.password), hash).await) {
        form.refuse("password", "is not right, or there were too many attempts; you can set a new one below");
        return Ok(None);
    }
    attempt.forget(&visit.app.store).await?;
    Ok(Some(None))
}

/// What happened: to an account as it was before a new password, if there is one, and the orders that have joined.
fn done(renewed: Option<&Customer>, joined: usize) -> Message {
    let password = match renewed {
        Some(before) if !before.email_verified => format!(" Your new password is saved. {STARTS_EMPTY}"),
        Some(_) => " Your new password is saved.".to_owned(),
        None => String::new(),
    };
    let orders = match joined {
        0 => String::new(),
        1 => " The order you placed with it as a guest is in your account now.".to_owned(),
        _ => format!(" {joined} orders you placed with it as a guest are in your account now."),
    };
    Message {
        heading: "Thank you".to_owned(),
        text: format!(
            "Your address is confirmed.{password} You are signed in here; other browsers have been signed out.{orders}"
        ),
        link: "/account".to_owned(),
        link_text: "To your account".to_owned(),
    }
}
