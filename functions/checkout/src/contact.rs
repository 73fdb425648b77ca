use crate::{InCheckout, ask_for, step::Step};
use axum::extract::Query;
use domain::{
    address::{Address, AddressInput},
    cart::Checkout,
    customer::Customer,
    settings::Settings,
    text::{Email, Id, Phone},
};
use http::StatusCode;
use render::views::{
    Choice, Form,
    checkout::{ContactInput, ContactPage},
};
use serde::Deserialize;
use web::{Answer, Input, Problem, Visit, api, country_choices};

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Chosen {
    /// An address of the account's book.
    address: String,
}

/// What checkout knows already, or what the account knows.
#[utoipa::path(
    get,
    path = "/checkout",
    operation_id = "checkout_contact_form",
    params(Chosen),
    responses(api::PageOrNext<ContactPage>)
)]
pub(crate) async fn form(visit: Visit, Query(chosen): Query<Chosen>) -> Answer {
    if visit.own_cart()?.is_none() {
        return visit.see_other(Step::Cart.path());
    }
    let (checkout, customer) = tokio::try_join!(InCheckout::now(&visit), own_account(&visit))?;
    if let Some(missing) = checkout.missing_before(Step::Contact) {
        return ask_for(visit, missing);
    }
    let mut input = typed_before(&checkout.look.cart.checkout);
    if let Some(customer) = &customer {
        fill_in(&mut input, customer, &chosen.address);
    }
    let page = contact_page(&checkout, customer.as_ref(), Form::new(input));
    visit.page(&page).await
}

#[utoipa::path(
    post,
    path = "/checkout",
    operation_id = "checkout_contact_submit",
    request_body = ContactInput,
    responses(api::SeeOther, api::Conflict, api::Invalid)
)]
pub(crate) async fn submit(visit: Visit, Input(input): Input<ContactInput>) -> Answer {
    let held = visit.app.settings.get().await?;
    let (settings, contact) = if let Ok(contact) = check(&input, &held) {
        (held, contact)
    } else {
        // What is held may be a minute old: nothing is refused by it.
        let (now, customer) = tokio::try_join!(InCheckout::now(&visit), own_account(&visit))?;
        match check(&input, &now.look.settings) {
            Ok(contact) => (now.look.settings, contact),
            Err(form) => {
                let page = contact_page(&now, customer.as_ref(), *form);
                return visit.page_with(StatusCode::UNPROCESSABLE_ENTITY, &page).await;
            }
        }
    };
    contact.keep(&visit, &settings).await?;
    visit.see_other(Step::Delivery.path())
}

struct Contact {
    email: Email,
    phone: Option<Phone>,
    address: Address,
}

impl Contact {
    /// Writes it into the stored cart.
    async fn keep(&self, visit: &Visit, settings: &Settings) -> Result<(), Problem> {
        store::retry(|_| async {
            let mut checkout = InCheckout::stored_with_account(visit, &self.email).await?;
            let known = &mut checkout.look.cart.checkout;
            let account = known.account.take().filter(|_| visit.caller.session.is_none());
            *known = self.after(known, account, settings);
            checkout.save(visit).await
        })
        .await
    }

    /// What checkout knows now. A delivery that does not go there is asked for again.
    fn after(&self, before: &Checkout, account: Option<Id>, settings: &Settings) -> Checkout {
        let to = settings.destination(&self.address);
        let goes = |id: &Id| settings.shipping_to(&to).any(|method| &method.id == id);
        Checkout {
            email: Some(self.email.clone()),
            phone: self.phone.clone(),
            address: Some(self.address.clone()),
            shipping_method: before.shipping_method.clone().filter(goes),
            payment_method: before.payment_method,
            account,
        }
    }
}

fn check(input: &ContactInput, settings: &Settings) -> Result<Contact, Box<Form<ContactInput>>> {
    let mut form = Form::new(input.clone());
    let email = form.keep("email", web::mail::parse_address(&input.email));
    let phone = form.keep("phone", Phone::optional(&input.phone));
    let address = settings.check_address(&input.address).map_err(|errors| {
        for error in errors {
            form.refuse(error.field, error.message);
        }
    });
    match (email, phone, address) {
        (Some(email), Some(phone), Ok(address)) => Ok(Contact { email, phone, address }),
        _ => Err(Box::new(form)),
    }
}

async fn own_account(visit: &Visit) -> Result<Option<Customer>, Problem> {
    match &visit.caller.session {
        Some(session) => Ok(visit.app.store.customer(&session.customer).await?),
        None => Ok(None),
    }
}

fn typed_before(checkout: &Checkout) -> ContactInput {
    ContactInput {
        email: checkout.email.as_ref().map(Email::for_people).unwrap_or_default(),
        phone: checkout.phone.as_ref().map(ToString::to_string).unwrap_or_default(),
        address: checkout.address.as_ref().map(AddressInput::from).unwrap_or_default(),
    }
}

/// The account's own data where nothing was typed; an address of the book that was chosen in place of any.
fn fill_in(input: &mut ContactInput, customer: &Customer, chosen: &str) {
    if input.email.is_empty() {
        input.email = customer.email.to_string();
    }
    if input.phone.is_empty() {
        input.phone = customer.phone.as_ref().map(ToString::to_string).unwrap_or_default();
    }
    let book = &customer.addresses;
    let chosen = book.iter().find(|a| a.id.as_str() == chosen);
    let untouched = input.address == AddressInput::default();
    if let Some(saved) = chosen.or_else(|| book.first().filter(|_| untouched)) {
        input.address = (&saved.address).into();
    } else if untouched {
        input.address.name = customer.name.to_string();
    }
}

fn contact_page(checkout: &InCheckout, customer: Option<&Customer>, form: Form<ContactInput>) -> ContactPage {
    let saved = customer.map_or(&[][..], |c| &c.addresses).iter().map(|saved| Choice {
        value: saved.id.to_string(),
        label: saved.address.lines().join(", "),
        selected: false,
    });
    let pays = !checkout.look.quote().is_free();
    ContactPage {
        countries: country_choices(&checkout.look.settings, &form.input.address.country),
        needed: checkout.look.settings.needed_fields(),
        saved: saved.collect(),
        signed_in: customer.is_some(),
        quote: checkout.look.quote(),
        coupon_news: checkout.look.coupon_news(),
        pays,
        step: Step::Contact.number(pays),
        form,
    }
}
