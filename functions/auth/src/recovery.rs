use crate::{Link, STARTS_EMPTY, attempts, dead_link, not_renewed};
use axum::extract::Query;
use domain::text::Email;
use http::StatusCode;
use render::views::{
    Form,
    account::{EmailInput, ForgotPage, ResetInput, ResetPage},
    general::Message,
};
use store::{
    account::Renewal,
    mail::{Mail, MailKind},
    token::TokenKind,
};
use web::{Answer, Input, Problem, Visit, api, password};

const MAILS_PER_ADDRESS: u32 = 5;
const MAILS_PER_SOURCE: u32 = 30;

#[utoipa::path(
    get,
    path = "/auth/forgot",
    operation_id = "auth_recovery_forgot_form",
    responses(api::Page<ForgotPage>)
)]
pub(crate) async fn forgot_form(visit: Visit) -> Answer {
    visit.page(&ForgotPage { form: Form::default() }).await
}

#[utoipa::path(
    post,
    path = "/auth/forgot",
    operation_id = "auth_recovery_forgot",
    request_body = EmailInput,
    responses(api::Page<Message>, api::Invalid, api::TooMany)
)]
pub(crate) async fn forgot(visit: Visit, Input(input): Input<EmailInput>) -> Answer {
    let app = visit.app.clone();
    let mut form = Form::new(input.clone());
    let Some(email) = form.keep("email", input.email.parse::<Email>()) else {
        return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &ForgotPage { form }).await;
    };
    if app.store.count_attempt(&format!("forgot source {}", visit.source()), 3600).await? > MAILS_PER_SOURCE {
        return Err(Problem::too_many(3600));
    }
    let mails = app.store.count_attempt(&format!("forgot address {email}"), 3600).await?;
    if mails <= MAILS_PER_ADDRESS {
        // Known or not, the same is done here: who sends the mail finds out whether there is an account.
        app.store.send_mail(&Mail::new(MailKind::Reset, email)).await?;
    }
    let message = Message {
        heading: "Please check your e-mail".to_owned(),
        text: "If the address has an account, a link to choose a new password is on its way.".to_owned(),
        link: "/auth/sign-in".to_owned(),
        link_text: "Sign in".to_owned(),
    };
    visit.page(&message).await
}

#[utoipa::path(
    get,
    path = "/auth/reset",
    operation_id = "auth_recovery_reset_form",
    params(Link),
    responses(api::Page<ResetPage>, api::DeadLink)
)]
pub(crate) async fn reset_form(visit: Visit, Query(link): Query<Link>) -> Answer {
    let known = visit.app.store.link(TokenKind::Reset, &link.token).await?.ok_or_else(dead_link)?;
    let form = Form::new(ResetInput { token: link.token, password: String::new() });
    visit.page(&ResetPage { proven: known.customer.email_verified, form }).await
}

/// The link proves the address too. Whoever else was signed in is not any more, and the account takes attempts again.
#[utoipa::path(
    post,
    path = "/auth/reset",
    operation_id = "auth_recovery_reset",
    request_body = ResetInput,
    responses(api::SeeOther, api::DeadLink, api::Invalid)
)]
pub(crate) async fn reset(mut visit: Visit, Input(input): Input<ResetInput>) -> Answer {
    let app = visit.app.clone();
    let link = app.store.link(TokenKind::Reset, &input.token).await?.ok_or_else(dead_link)?;
    let (customer, credentials) = (&link.customer, &link.credentials);
    let mut form = Form::new(ResetInput { token: input.token.clone(), password: String::new() });
    let judged = password::judge(&input.password, customer.name.as_str(), customer.email.as_str());
    if form.keep("password", judged).is_none() {
        return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &ResetPage { proven: customer.email_verified, form }).await;
    }
    let hash = password::hash(input.password).await.ok_or_else(Problem::internal)?;
    let (password_hash, forgiven) = (Some(hash.as_str()), attempts::of(customer));
    let renewal = Renewal { customer, credentials, password_hash, link: Some(&link), session: None, forgiven: &forgiven };
    app.store.renew(&renewal).await.map_err(not_renewed)?;
    let emptied = if customer.email_verified { String::new() } else { format!(" {STARTS_EMPTY}") };
    visit.notice(&format!("Your password is changed. Please sign in with it.{emptied}"));
    visit.see_other("/auth/sign-in")
}
