//! Signing in and the account.

use super::{Choice, Form, view};
use crate::Refusal;
use domain::{
    address::{AddressInput, NeededFields},
    money::Money,
    order::{OrderStatus, OrderSummary},
    text::{Email, Id, Name, OrderNumber},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A password is taken and never given out.
fn never_shown(_: &str) -> bool {
    true
}

/// Sign-in as typed; the password is never shown again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct SignInInput {
    /// E-mail address.
    pub email: String,
    /// Password.
    #[serde(skip_serializing_if = "never_shown")]
    #[schema(write_only, format = Password)]
    pub password: String,
    /// Where to go afterwards, a path of the shop.
    pub next: String,
}

/// Sign in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignInPage {
    /// Fields.
    pub form: Form<SignInInput>,
}
view!(SignInPage, "auth/sign_in", |_v| "Sign in", |v| (&v.form).into());

/// Sign-up as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct SignUpInput {
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Password.
    #[serde(skip_serializing_if = "never_shown")]
    #[schema(write_only, format = Password)]
    pub password: String,
}

/// Make an account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SignUpPage {
    /// Fields.
    pub form: Form<SignUpInput>,
}
view!(SignUpPage, "auth/sign_up", |_v| "Create an account", |v| (&v.form).into());

/// An e-mail address as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct EmailInput {
    /// E-mail address.
    pub email: String,
}

/// Ask for a link to choose a new password.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ForgotPage {
    /// Fields.
    pub form: Form<EmailInput>,
}
view!(ForgotPage, "auth/forgot", |_v| "Forgot your password?", |v| (&v.form).into());

/// A new password as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ResetInput {
    /// The link's secret.
    pub token: String,
    /// New password.
    #[serde(skip_serializing_if = "never_shown")]
    #[schema(write_only, format = Password)]
    pub password: String,
}

/// Choose a new password.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ResetPage {
    /// Whether the account's address was confirmed before.
    pub proven: bool,
    /// Fields.
    pub form: Form<ResetInput>,
}
view!(ResetPage, "auth/reset", |_v| "Choose a new password", |v| (&v.form).into());

/// The proof of an address as typed: the account's password, or a new one in its place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct VerifyInput {
    /// The link's secret.
    pub token: String,
    /// The account's password.
    #[serde(skip_serializing_if = "never_shown")]
    #[schema(write_only, format = Password)]
    pub password: String,
    /// A new password in place of it.
    #[serde(skip_serializing_if = "never_shown")]
    #[schema(write_only, format = Password)]
    pub new_password: String,
}

/// Prove an address.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VerifyPage {
    /// The address.
    pub email: String,
    /// Fields.
    pub form: Form<VerifyInput>,
}
view!(VerifyPage, "auth/verify", |_v| "Confirm your e-mail address", |v| (&v.form).into());

/// An order as a row.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderRow {
    /// Number.
    pub number: OrderNumber,
    /// Moment.
    pub placed_at: Timestamp,
    /// Status.
    pub status: OrderStatus,
    /// Total.
    pub total: Money,
    /// Units.
    pub units: u32,
    /// Who ordered.
    pub name: String,
    /// Where its mail goes.
    pub email: String,
}

impl From<&OrderSummary> for OrderRow {
    fn from(order: &OrderSummary) -> Self {
        Self {
            number: order.number.clone(),
            placed_at: order.placed_at,
            status: order.status,
            total: order.total,
            units: order.units,
            name: order.name.to_string(),
            email: order.email.to_string(),
        }
    }
}

/// The account's first page.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountPage {
    /// Whose, by name.
    pub name: Name,
    /// Signs in with it.
    pub email: Email,
    /// Whether the address is proven.
    pub email_verified: bool,
    /// The newest orders.
    pub orders: Vec<OrderRow>,
}
view!(AccountPage, "account/home", |_v| "Your account");

/// Profile as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ProfileInput {
    /// Full name.
    pub name: String,
    /// Telephone.
    pub phone: String,
}

/// A change of password as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct PasswordInput {
    /// Current password.
    #[serde(skip_serializing_if = "never_shown")]
    #[schema(write_only, format = Password)]
    pub current: String,
    /// New password.
    #[serde(skip_serializing_if = "never_shown")]
    #[schema(write_only, format = Password)]
    pub password: String,
}

/// Name, telephone and password.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProfilePage {
    /// Signs in with it.
    pub email: String,
    /// Proven.
    pub verified: bool,
    /// Fields.
    pub form: Form<ProfileInput>,
    /// Fields of the password's form.
    pub password: Form<PasswordInput>,
}
view!(ProfilePage, "account/profile", |_v| "Your profile", |v| Refusal {
    errors: v.form.errors.iter().chain(&v.password.errors).map(|(field, why)| (field.clone(), why.clone())).collect(),
    detail: String::new(),
});

/// An address of the address book.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AddressRow {
    /// Identifier.
    pub id: Id,
    /// As lines.
    pub lines: Vec<String>,
    /// The first one.
    pub default: bool,
}

/// The address book.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AddressesPage {
    /// Addresses.
    pub addresses: Vec<AddressRow>,
    /// Room for more.
    pub room: bool,
}
view!(AddressesPage, "account/addresses", |_v| "Your addresses");

/// One address, new or changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AddressPage {
    /// Where the form posts to.
    pub action: String,
    /// Heading.
    pub heading: String,
    /// Fields.
    pub form: Form<AddressInput>,
    /// Countries.
    pub countries: Vec<Choice>,
    /// What addresses in all of them have.
    pub needed: NeededFields,
}
view!(AddressPage, "account/address", |v| v.heading, |v| (&v.form).into());

/// Order history.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrdersPage {
    /// This page.
    pub orders: Vec<OrderRow>,
    /// Address of the next page.
    pub next: Option<String>,
}
view!(OrdersPage, "account/orders", |_v| "Your orders");
