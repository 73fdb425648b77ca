//! What each page shows.

pub mod account;
pub mod admin;
pub mod catalogue;
pub mod checkout;
pub mod general;

use crate::Refusal;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What was typed into a form, and what is wrong with it by field name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Form<T> {
    /// As typed.
    pub input: T,
    /// Field name to what is wrong, in words for who typed it.
    pub errors: BTreeMap<String, String>,
}

impl<T> Form<T> {
    /// A form without errors.
    pub fn new(input: T) -> Self {
        Self { input, errors: BTreeMap::new() }
    }

    /// Notes what is wrong with a field.
    pub fn refuse(&mut self, field: &str, message: impl ToString) {
        self.errors.insert(field.to_owned(), message.to_string());
    }

    /// Keeps a checked field, or notes what is wrong with it.
    pub fn keep<V, E: ToString>(&mut self, field: &str, checked: Result<V, E>) -> Option<V> {
        checked.map_err(|e| self.refuse(field, e)).ok()
    }
}

/// A choice of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    /// What is shown.
    pub label: String,
    /// Chosen now.
    pub selected: bool,
}

impl<T> From<&Form<T>> for Refusal {
    fn from(form: &Form<T>) -> Self {
        Self { detail: String::new(), errors: form.errors.clone() }
    }
}

impl From<String> for Refusal {
    fn from(detail: String) -> Self {
        Self { detail, errors: BTreeMap::new() }
    }
}

impl Refusal {
    /// Of one field.
    pub(crate) fn of_field(field: &str, why: Option<&String>) -> Self {
        Self { detail: String::new(), errors: why.iter().map(|why| (field.to_owned(), (*why).clone())).collect() }
    }
}

/// Implements [`View`](crate::View) by a template, a layout other than the usual one, an expression for the title, and, where the
/// page can say what is wrong, one for that.
macro_rules! view {
    ($type:ident, $template:literal, $layout:literal, |$view:ident| $title:expr $(, $refusal:expr)?) => {
        impl crate::View for $type {
            const TEMPLATE: &'static str = $template;
            fn title(&self) -> String {
                let $view = self;
                $title.to_string()
            }
            fn layout(&self) -> &'static str {
                $layout
            }
            $(fn refusal(&self) -> crate::Refusal {
                let refusal: fn(&Self) -> crate::Refusal = $refusal;
                refusal(self)
            })?
        }
    };
    ($type:ident, $template:literal, |$view:ident| $title:expr $(, $refusal:expr)?) => {
        view!($type, $template, "layout", |$view| $title $(, $refusal)?);
    };
}
pub(crate) use view;
