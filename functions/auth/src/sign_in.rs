use axum::extract::Query;
use domain::text::Email;
use http::StatusCode;
use render::views::{
    Form,
    account::{SignInInput, SignInPage},
};
use serde::Deserialize;
use web::{Answer, App, Input, Problem, Visit, api, password};

/// Failed attempts after which an account, and a source, waits out the quarter of an hour.
const ACCOUNT_ATTEMPTS: u32 = 10;
const SOURCE_ATTEMPTS: u32 = 60;
const WINDOW_SECONDS: i64 = 15 * 60;

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
    let input = SignInInput { next: own_path(&query.next), ..SignInInput::default() };
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
    let Some(customer) = check(&app, &visit, &input).await? else {
        let mut form = Form::new(SignInInput { password: String::new(), ..input });
        form.refuse(
            "form",
            "The e-mail address or the password is wrong, or there were too many attempts. Please try again, or later.",
        );
        return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &SignInPage { form }).await;
    };
    let limits = app.settings.get().await?.cart;
    let guest = visit.caller.guest_cart.clone();
    for cookie in web::sign_in(&app, &customer, guest.as_ref(), limits).await? {
        visit.set_cookie(cookie);
    }
    let next = own_path(&input.next);
    visit.see_other(if next.is_empty() { "/account" } else { &next })
}

#[utoipa::path(post, path = "/auth/sign-out", operation_id = "auth_sign_in_sign_out", responses(api::SeeOther))]
pub(crate) async fn sign_out(mut visit: Visit) -> Answer {
    if let Some(session) = &visit.caller.session {
        visit.app.store.sign_out(&session.customer, &session.sid).await?;
    }
    visit.forget_session();
    visit.see_other("/")
}

/// Whose the address and password are. A wrong one, an unknown one and the right one while attempts are used up are answered the
/// same way, after the same work.
async fn check(app: &App, visit: &Visit, input: &SignInInput) -> Result<Option<domain::customer::Customer>, Problem> {
    let email: Option<Email> = input.email.parse().ok();
    let account = format!("sign-in account {}", email.as_ref().map_or("nobody", Email::as_str));
    let source = format!("sign-in source {}", visit.source());
    // Counted before it is known whether they are good: tries at the same time count too.
    let (by_account, by_source) =
        tokio::try_join!(app.store.count_attempt(&account, WINDOW_SECONDS), app.store.count_attempt(&source, WINDOW_SECONDS))?;
    let credentials = match &email {
        Some(email) => app.store.credentials(email).await?,
        None => None,
    };
    let typed: String = input.password.chars().take(password::LONGEST + 1).collect();
    let right = password::verify(typed.clone(), credentials.as_ref().map(|c| c.password_hash.clone())).await;
    let allowed = by_account <= ACCOUNT_ATTEMPTS && by_source <= SOURCE_ATTEMPTS;
    let (true, true, Some(credentials), Some(email)) = (right, allowed, credentials, email) else { return Ok(None) };
    tokio::try_join!(app.store.forget_attempt(&account, WINDOW_SECONDS), app.store.forget_attempt(&source, WINDOW_SECONDS))?;
    let customer = app.store.customer(&credentials.customer).await?;
    if password::is_outdated(&credentials.password_hash)
        && let Some(hash) = password::hash(typed).await
    {
        app.store.upgrade_hash(&email, &credentials.password_hash, &hash).await?;
    }
    Ok(customer)
}

/// A path of the shop, or nothing: no other site, no scheme, no header injection.
pub(crate) fn own_path(next: &str) -> String {
    let plain = next.len() <= 200 && next.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-_.?=&%".contains(&b));
    if plain && next.starts_with('/') && !next.starts_with("//") { next.to_owned() } else { String::new() }
}
