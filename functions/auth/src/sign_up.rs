use crate::Link;
use axum::extract::Query;
use domain::{
    customer::{Customer, Role},
    text::{Email, Name},
};
use http::StatusCode;
use render::views::{
    Form,
    account::{SignUpInput, SignUpPage},
    general::{Confirm, Message},
};
use store::{
    account::CreateAccountError,
    mail::{Mail, MailKind},
    token::{Token, TokenKind},
};
use web::{Answer, App, Input, Problem, Visit, api, password};

const SIGN_UPS_PER_SOURCE: u32 = 100;

#[utoipa::path(
    get,
    path = "/auth/sign-up",
    operation_id = "auth_sign_up_form",
    responses(api::Page<SignUpPage>)
)]
pub(crate) async fn form(visit: Visit) -> Answer {
    visit.page(&SignUpPage { form: Form::default() }).await
}

#[utoipa::path(
    post,
    path = "/auth/sign-up",
    operation_id = "auth_sign_up_submit",
    request_body = SignUpInput,
    responses(api::Page<Message>, api::Invalid, api::TooMany)
)]
pub(crate) async fn submit(visit: Visit, Input(input): Input<SignUpInput>) -> Answer {
    let app = visit.app.clone();
    if app.store.count_attempt(&format!("sign-up source {}", visit.source()), 3600).await? > SIGN_UPS_PER_SOURCE {
        return Err(Problem::too_many());
    }
    let mut form = Form::new(SignUpInput { password: String::new(), ..input.clone() });
    let name = form.keep("name", input.name.parse::<Name>());
    let email = form.keep("email", web::mail::parse_address(&input.email));
    let judged = form.keep("password", password::judge(&input.password, &[&input.name, &input.email]));
    let (Some(name), Some(email), Some(())) = (name, email, judged) else {
        return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &SignUpPage { form }).await;
    };
    create(&app, name, email, input.password).await?;
    let message = Message {
        heading: "Please look into your mail".to_owned(),
        text: "We sent you a link to confirm your address. You can sign in already.".to_owned(),
        link: "/auth/sign-in".to_owned(),
        link_text: "Sign in".to_owned(),
    };
    visit.page(&message).await
}

/// Makes the account, or tells the owner of the address that there is one. Both hash a password and write a mail.
async fn create(app: &App, name: Name, email: Email, typed: String) -> Result<(), Problem> {
    let hash = password::hash(typed).await.ok_or_else(Problem::internal)?;
    let customer = Customer {
        id: store::new_id(),
        email: email.clone(),
        email_verified: false,
        name,
        phone: None,
        addresses: Vec::new(),
        role: Role::Customer,
        created_at: store::now(),
        version: 1,
    };
    let link = store::new_id();
    let token = Token::new(TokenKind::Verify, customer.id.clone());
    let mail = Mail::new(MailKind::Verify, email.clone()).with_token(link.clone());
    match app.store.create_account(&customer, &hash, Some((&token, &app.keys.get().link_secret(&link), &mail))).await {
        Ok(()) => Ok(()),
        Err(CreateAccountError::EmailTaken) => Ok(app.store.send_mail(&Mail::new(MailKind::AlreadyRegistered, email)).await?),
        Err(CreateAccountError::Store(error)) => Err(error.into()),
    }
}

/// Asks first: programs that look at mail follow links, and would use this one up.
#[utoipa::path(
    get,
    path = "/auth/verify",
    operation_id = "auth_sign_up_confirm_verify",
    params(Link),
    responses(api::Page<Confirm>)
)]
pub(crate) async fn confirm_verify(visit: Visit, Query(link): Query<Link>) -> Answer {
    let confirm = Confirm {
        heading: "Confirm your e-mail address".to_owned(),
        text: "One more click and we know that the address is yours.".to_owned(),
        action: "/auth/verify".to_owned(),
        button: "Confirm my address".to_owned(),
        back: "/".to_owned(),
        fields: vec![("token".to_owned(), link.token)],
    };
    visit.page(&confirm).await
}

#[utoipa::path(
    post,
    path = "/auth/verify",
    operation_id = "auth_sign_up_verify",
    request_body = Link,
    responses(api::Page<Message>)
)]
pub(crate) async fn verify(visit: Visit, Input(link): Input<Link>) -> Answer {
    let app = visit.app.clone();
    let customer = match app.store.take_token(TokenKind::Verify, &link.token).await? {
        Some(token) => app.store.verify_email(&token.customer).await?,
        None => None,
    };
    let (heading, text) = match customer {
        Some(_) => ("Thank you", "Your address is confirmed. Orders you placed with it as a guest are in your account now."),
        None => ("This link does not work any more", "It was used already, or it is older than three days."),
    };
    let message =
        Message { heading: heading.into(), text: text.into(), link: "/account".into(), link_text: "To your account".into() };
    visit.page(&message).await
}
