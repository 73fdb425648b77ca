use crate::{change, own_account};
use domain::{
    customer::Customer,
    text::{Name, Phone},
};
use http::StatusCode;
use render::views::{
    Form,
    account::{AccountPage, OrderRow, PasswordInput, ProfileInput, ProfilePage},
};
use store::{
    account::{Credentials, RenewError, Renewal},
    mail::{Mail, MailKind},
    token::{Token, TokenKind},
};
use web::{Answer, Input, NewSession, Problem, Visit, api, password};

const PASSWORD_ATTEMPTS: u32 = 10;
const MAILS_PER_HOUR: u32 = 5;

#[utoipa::path(
    get,
    path = "/account",
    operation_id = "account_profile_home",
    responses(api::Page<AccountPage>, api::SignInFirst)
)]
pub(crate) async fn home(visit: Visit) -> Answer {
    let session = visit.signed_in()?;
    let store = &visit.app.store;
    let (customer, orders) = tokio::join!(store.customer(&session.customer), store.orders_of(&session.customer, None, 5));
    let customer = customer?.ok_or_else(Problem::unauthorised)?;
    let orders = orders?.items.iter().map(OrderRow::from).collect();
    let Customer { name, email, email_verified, .. } = customer;
    visit.page(&AccountPage { name, email, email_verified, orders }).await
}

#[utoipa::path(
    get,
    path = "/account/profile",
    operation_id = "account_profile_form",
    responses(api::Page<ProfilePage>, api::SignInFirst)
)]
pub(crate) async fn form(visit: Visit) -> Answer {
    let customer = own_account(&visit).await?;
    let page = profile_page(&customer, None, None);
    visit.page(&page).await
}

#[utoipa::path(
    post,
    path = "/account/profile",
    operation_id = "account_profile_submit",
    request_body = ProfileInput,
    responses(api::SeeOther, api::SignInFirst, api::Invalid)
)]
pub(crate) async fn submit(mut visit: Visit, Input(input): Input<ProfileInput>) -> Answer {
    let mut form = Form::new(input.clone());
    let name = form.keep("name", input.name.parse::<Name>());
    let phone = form.keep("phone", Phone::optional(&input.phone));
    let (Some(name), Some(phone)) = (name, phone) else {
        let customer = own_account(&visit).await?;
        return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &profile_page(&customer, Some(form), None)).await;
    };
    change(&visit, |customer| {
        customer.name = name.clone();
        customer.phone.clone_from(&phone);
        Ok(())
    })
    .await?;
    visit.notice("Saved.");
    visit.see_other("/account/profile")
}

#[utoipa::path(
    post,
    path = "/account/password",
    operation_id = "account_profile_change_password",
    request_body = PasswordInput,
    responses(api::SeeOther, api::SignInFirst, api::Invalid, api::TooMany)
)]
pub(crate) async fn change_password(mut visit: Visit, Input(input): Input<PasswordInput>) -> Answer {
    let customer = own_account(&visit).await?;
    let store = visit.app.store.clone();
    let counted = password::change_attempts(&customer.id);
    let attempts = store.count_attempt(&counted, password::CHANGE_WINDOW_SECONDS);
    let (attempts, credentials) = tokio::try_join!(attempts, store.credentials(&customer.email))?;
    if attempts > PASSWORD_ATTEMPTS {
        return Err(Problem::too_many(password::CHANGE_WINDOW_SECONDS));
    }
    let credentials = credentials.ok_or_else(Problem::unauthorised)?;
    let mut form = Form::default();
    if !password::verify(password::typed(&input.current), Some(credentials.password_hash.clone())).await {
        form.refuse("current", "is not right");
    }
    form.keep("password", password::judge(&input.password, customer.name.as_str(), customer.email.as_str()));
    if !form.errors.is_empty() {
        return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &profile_page(&customer, None, Some(form))).await;
    }
    replace(&mut visit, &customer, &credentials, input.password).await?;
    visit.notice("Your password is changed. Other browsers are signed out.");
    visit.see_other("/account/profile")
}

/// Takes a new password. This browser goes on in a session of its own, so that copies of the one before end too.
async fn replace(visit: &mut Visit, customer: &Customer, credentials: &Credentials, chosen: String) -> Result<(), Problem> {
    let hash = password::hash(chosen).await.ok_or_else(Problem::internal)?;
    let (new, password_hash) = (NewSession::of(customer), Some(hash.as_str()));
    let session = Some(&new.session);
    let renewal = Renewal { customer, credentials, password_hash, link: None, session, forgiven: &[] };
    visit.app.store.renew(&renewal).await.map_err(|error| match error {
        RenewError::OutOfDate => Problem::conflict("The password was changed at the same time, in another window."),
        RenewError::Store(error) => error.into(),
    })?;
    visit.enter(customer, &new);
    Ok(())
}

/// Sends the link that proves the address once more.
#[utoipa::path(
    post,
    path = "/account/verification",
    operation_id = "account_profile_send_verification",
    responses(api::SeeOther, api::SignInFirst, api::TooMany)
)]
pub(crate) async fn send_verification(mut visit: Visit) -> Answer {
    let app = visit.app.clone();
    let customer = own_account(&visit).await?;
    if customer.email_verified {
        visit.notice("Your address is confirmed already.");
        return visit.see_other("/account/profile");
    }
    let counted = format!("verification {}", customer.id);
    let (mails, credentials) = tokio::try_join!(app.store.count_attempt(&counted, 3600), app.store.credentials(&customer.email))?;
    if mails > MAILS_PER_HOUR {
        return Err(Problem::too_many(3600));
    }
    let credentials = credentials.ok_or_else(Problem::unauthorised)?;
    let link = ids::new_id();
    let token = Token::new(TokenKind::Verify, customer.id, credentials.generation);
    let mail = Mail::new(MailKind::Verify { token: link.clone() }, customer.email);
    app.store.send_link(&token, &app.keys.get().link_secret(&link), &mail).await?;
    visit.notice("A new link is on its way to you. It works for three days.");
    visit.see_other("/account/profile")
}

fn profile_page(customer: &Customer, form: Option<Form<ProfileInput>>, password: Option<Form<PasswordInput>>) -> ProfilePage {
    let phone = customer.phone.as_ref().map(ToString::to_string).unwrap_or_default();
    ProfilePage {
        email: customer.email.to_string(),
        verified: customer.email_verified,
        form: form.unwrap_or_else(|| Form::new(ProfileInput { name: customer.name.to_string(), phone })),
        password: password.unwrap_or_default(),
    }
}
