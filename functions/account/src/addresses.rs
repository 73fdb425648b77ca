use crate::{change, own_account};
use axum::extract::Path;
use domain::{
    address::{Address, AddressInput, FieldError},
    customer::{Customer, MAX_ADDRESSES, SavedAddress},
    text::Id,
};
use http::StatusCode;
use render::views::{
    Form,
    account::{AddressPage, AddressRow, AddressesPage},
    general::Confirm,
};
use web::{Answer, Input, Problem, Visit, api, country_choices};

#[utoipa::path(
    get,
    path = "/account/addresses",
    operation_id = "account_addresses_list",
    responses(api::Page<AddressesPage>, api::SignInFirst)
)]
pub(crate) async fn list(visit: Visit) -> Answer {
    let customer = own_account(&visit).await?;
    let row =
        |(i, saved): (usize, &SavedAddress)| AddressRow { id: saved.id.clone(), lines: saved.address.lines(), default: i == 0 };
    let addresses = customer.addresses.iter().enumerate().map(row).collect();
    visit.page(&AddressesPage { addresses, room: customer.addresses.len() < MAX_ADDRESSES }).await
}

#[utoipa::path(
    get,
    path = "/account/addresses/new",
    operation_id = "account_addresses_new_form",
    responses(api::Page<AddressPage>, api::SignInFirst)
)]
pub(crate) async fn new_form(visit: Visit) -> Answer {
    let customer = own_account(&visit).await?;
    let input = AddressInput { name: customer.name.to_string(), ..AddressInput::default() };
    let page = form_page(&visit, "/account/addresses", "Add an address", Form::new(input)).await?;
    visit.page(&page).await
}

#[utoipa::path(
    post,
    path = "/account/addresses",
    operation_id = "account_addresses_create",
    request_body = AddressInput,
    responses(api::SeeOther, api::SignInFirst, api::Conflict, api::Invalid)
)]
pub(crate) async fn create(mut visit: Visit, Input(input): Input<AddressInput>) -> Answer {
    let address = match check(&visit, &input).await? {
        Ok(address) => address,
        Err(form) => {
            has_room(&own_account(&visit).await?)?;
            let page = form_page(&visit, "/account/addresses", "Add an address", form).await?;
            return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page).await;
        }
    };
    let saved = SavedAddress { id: ids::new_id(), address };
    change(&visit, |customer| {
        has_room(customer)?;
        customer.addresses.push(saved.clone());
        Ok(())
    })
    .await?;
    visit.notice("Saved.");
    visit.see_other("/account/addresses")
}

#[utoipa::path(
    get,
    path = "/account/addresses/{id}",
    operation_id = "account_addresses_form",
    params(("id" = String, Path)),
    responses(api::Page<AddressPage>, api::SignInFirst, api::NotFound)
)]
pub(crate) async fn form(visit: Visit, Path(id): Path<String>) -> Answer {
    let mut customer = own_account(&visit).await?;
    let id: Id = id.parse().map_err(|_| Problem::not_found())?;
    let saved = find_address(&mut customer, &id)?;
    let action = format!("/account/addresses/{}", saved.id);
    let page = form_page(&visit, &action, "Change an address", Form::new((&saved.address).into())).await?;
    visit.page(&page).await
}

#[utoipa::path(
    post,
    path = "/account/addresses/{id}",
    operation_id = "account_addresses_update",
    params(("id" = String, Path)),
    request_body = AddressInput,
    responses(api::SeeOther, api::SignInFirst, api::NotFound, api::Invalid)
)]
pub(crate) async fn update(mut visit: Visit, Path(id): Path<Id>, Input(input): Input<AddressInput>) -> Answer {
    let address = match check(&visit, &input).await? {
        Ok(address) => address,
        Err(form) => {
            find_address(&mut own_account(&visit).await?, &id)?;
            let page = form_page(&visit, &format!("/account/addresses/{id}"), "Change an address", form).await?;
            return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page).await;
        }
    };
    change(&visit, |customer| {
        find_address(customer, &id)?.address = address.clone();
        Ok(())
    })
    .await?;
    visit.notice("Saved.");
    visit.see_other("/account/addresses")
}

#[utoipa::path(
    get,
    path = "/account/addresses/{id}/delete",
    operation_id = "account_addresses_confirm_delete",
    params(("id" = String, Path)),
    responses(api::Page<Confirm>, api::SignInFirst, api::NotFound)
)]
pub(crate) async fn confirm_delete(visit: Visit, Path(id): Path<Id>) -> Answer {
    let mut customer = own_account(&visit).await?;
    let saved = find_address(&mut customer, &id)?;
    let confirm = Confirm {
        heading: "Remove this address?".to_owned(),
        text: saved.address.lines().join(", "),
        action: format!("/account/addresses/{id}/delete"),
        button: "Remove it".to_owned(),
        back: "/account/addresses".to_owned(),
        fields: Vec::new(),
    };
    visit.page(&confirm).await
}

#[utoipa::path(
    post,
    path = "/account/addresses/{id}/delete",
    operation_id = "account_addresses_delete",
    params(("id" = String, Path)),
    responses(api::SeeOther, api::SignInFirst, api::NotFound)
)]
pub(crate) async fn delete(mut visit: Visit, Path(id): Path<Id>) -> Answer {
    change(&visit, |customer| {
        find_address(customer, &id)?;
        customer.addresses.retain(|a| a.id != id);
        Ok(())
    })
    .await?;
    visit.notice("Removed.");
    visit.see_other("/account/addresses")
}

/// One of the account's addresses.
fn find_address<'a>(customer: &'a mut Customer, id: &Id) -> Result<&'a mut SavedAddress, Problem> {
    customer.addresses.iter_mut().find(|saved| saved.id == *id).ok_or_else(Problem::not_found)
}

/// Refuses one more address than an account keeps.
fn has_room(customer: &Customer) -> Result<(), Problem> {
    if customer.addresses.len() < MAX_ADDRESSES {
        return Ok(());
    }
    Err(Problem::conflict(format!("An account can have at most {MAX_ADDRESSES} addresses.")))
}

async fn check(visit: &Visit, input: &AddressInput) -> Result<Result<Address, Form<AddressInput>>, Problem> {
    let held = visit.app.settings.get().await?;
    let mut checked = held.check_address(input);
    // What was held may be a minute old: nothing is refused by it.
    if checked.is_err()
        && let Some(newer) = visit.app.settings.newer(&held).await?
    {
        checked = newer.check_address(input);
    }
    Ok(checked.map_err(|errors: Vec<FieldError>| {
        let mut form = Form::new(input.clone());
        for error in errors {
            form.refuse(error.field, error.message);
        }
        form
    }))
}

async fn form_page(visit: &Visit, action: &str, heading: &str, form: Form<AddressInput>) -> Result<AddressPage, Problem> {
    let settings = visit.app.settings.get().await?;
    let countries = country_choices(&settings, &form.input.country);
    let needed = settings.needed_fields();
    Ok(AddressPage { action: action.to_owned(), heading: heading.to_owned(), form, countries, needed })
}
