use domain::{
    customer::{Customer, Role},
    text::{Email, Name},
};
use http::StatusCode;
use render::views::{
    Form,
    account::{SignUpInput, SignUpPage},
    general::Message,
};
use store::{
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
        return Err(Problem::too_many(3600));
    }
    let mut form = Form::new(SignUpInput { password: String::new(), ..input.clone() });
    let name = form.keep("name", input.name.parse::<Name>());
    let email = form.keep("email", web::mail::parse_address(&input.email));
    let judged = form.keep("password", password::judge(&input.password, &input.name, &input.email));
    let (Some(name), Some(email), Some(())) = (name, email, judged) else {
        return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &SignUpPage { form }).await;
    };
    create(&app, name, email, input.password).await?;
    let message = Message {
        heading: "Please check your e-mail".to_owned(),
        text: "We sent you a link to confirm your address. You can sign in already.".to_owned(),
        link: "/auth/sign-in".to_owned(),
        link_text: "Sign in".to_owned(),
    };
    visit.page(&message).await
}

/// Makes the account, or tells the owner of the address that there is one, with the same work.
async fn create(app: &App, name: Name, email: Email, typed: String) -> Result<(), Problem> {
    let hash = password::hash(typed).await.ok_or_else(Problem::internal)?;
    let customer = Customer {
        id: ids::new_id(),
        email: email.clone(),
        email_verified: false,
        name,
        phone: None,
        addresses: Vec::new(),
        role: Role::Customer,
        created_at: clock::now(),
        version: 1,
    };
    let link = ids::new_id();
    let token = Token::new(TokenKind::Verify, customer.id.clone(), 0);
    let mail = Mail::new(MailKind::Verify { token: link.clone() }, email.clone());
    let told = Mail::new(MailKind::AlreadyRegistered, email);
    let secret = app.keys.get().link_secret(&link);
    Ok(app.store.sign_up(&customer, &hash, (&token, &secret, &mail), &told).await?)
}
