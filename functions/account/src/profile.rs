use crate::customer;
use domain::{
    customer::Customer,
    text::{Name, Phone},
};
use http::StatusCode;
use render::views::{
    Form,
    account::{AccountPage, OrderRow, PasswordInput, ProfileInput, ProfilePage},
};
use web::{Answer, Input, Problem, Visit, api, password};

const PASSWORD_ATTEMPTS: u32 = 10;

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
    visit.page(&AccountPage { customer, orders }).await
}

#[utoipa::path(
    get,
    path = "/account/profile",
    operation_id = "account_profile_form",
    responses(api::Page<ProfilePage>, api::SignInFirst)
)]
pub(crate) async fn form(visit: Visit) -> Answer {
    let customer = customer(&visit).await?;
    let page = page(&customer, None, None);
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
    let mut customer = customer(&visit).await?;
    let mut form = Form::new(input.clone());
    let name = form.keep("name", input.name.parse::<Name>());
    let phone = form.keep("phone", Phone::optional(&input.phone));
    let (Some(name), Some(phone)) = (name, phone) else {
        return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&customer, Some(form), None)).await;
    };
    customer.name = name;
    customer.phone = phone;
    visit.app.store.update_customer(&customer).await?;
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
    let session = visit.signed_in()?;
    let customer = customer(&visit).await?;
    let store = visit.app.store.clone();
    if store.count_attempt(&format!("password {}", customer.id), 900).await? > PASSWORD_ATTEMPTS {
        return Err(Problem::too_many());
    }
    let mut form = Form::default();
    let hash = store.credentials(&customer.email).await?.map(|c| c.password_hash);
    if !password::verify(input.current.chars().take(password::LONGEST + 1).collect(), hash).await {
        form.refuse("current", "is not right");
    }
    form.keep("password", password::judge(&input.password, &[customer.name.as_str(), customer.email.as_str()]));
    if !form.errors.is_empty() {
        return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&customer, None, Some(form))).await;
    }
    let hash = password::hash(input.password).await.ok_or_else(Problem::internal)?;
    store.set_password(&customer.email, &hash, Some(&session.sid)).await?;
    visit.notice("Your password is changed. Other browsers are signed out.");
    visit.see_other("/account/profile")
}

fn page(customer: &Customer, form: Option<Form<ProfileInput>>, password: Option<Form<PasswordInput>>) -> ProfilePage {
    let phone = customer.phone.as_ref().map(ToString::to_string).unwrap_or_default();
    ProfilePage {
        email: customer.email.to_string(),
        verified: customer.email_verified,
        form: form.unwrap_or_else(|| Form::new(ProfileInput { name: customer.name.to_string(), phone })),
        password: password.unwrap_or_default(),
    }
}
