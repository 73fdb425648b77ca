//! Typed views and handlebars templates make HTML: the catalogue's static pages and the functions' personal pages alike.
//!
//! A [`View`] names its template and serialises to what the template reads; the same value, as JSON, is the API's answer.

#![allow(clippy::missing_errors_doc, reason = "the error types say it")]

mod assets;
mod chrome;
mod engine;
mod helpers;
pub mod mail;
mod source;
pub mod views;

pub use assets::{ASSETS, Asset};
pub use chrome::{Breadcrumb, Chrome, NavLink, SiteInfo, json_ld};
pub use engine::{Frame, RenderError, Renderer};

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// What a page shows.
pub trait View: Serialize {
    /// Name of its template below `site/templates/`, without ending.
    const TEMPLATE: &'static str;
    /// The page's title, without the shop's name.
    fn title(&self) -> String;
    /// What it says is wrong, when it answers what was refused.
    fn refusal(&self) -> Refusal {
        Refusal { detail: self.title(), errors: BTreeMap::new() }
    }
    /// The layout around it.
    fn layout(&self) -> &'static str {
        "layout"
    }
}

/// A [`View`] of any type. What handles pages takes this, and is compiled once and not for each view.
pub trait Page: Sync {
    /// [`View::TEMPLATE`].
    fn template(&self) -> &'static str;
    /// [`View::title`].
    fn title(&self) -> String;
    /// [`View::refusal`].
    fn refusal(&self) -> Refusal;
    /// [`View::layout`].
    fn layout(&self) -> &'static str;
    /// What the template reads, and the API's answer.
    fn data(&self) -> Result<Value, serde_json::Error>;
}

impl<V: View + Sync> Page for V {
    fn template(&self) -> &'static str {
        V::TEMPLATE
    }

    fn title(&self) -> String {
        View::title(self)
    }

    fn refusal(&self) -> Refusal {
        View::refusal(self)
    }

    fn layout(&self) -> &'static str {
        View::layout(self)
    }

    fn data(&self) -> Result<Value, serde_json::Error> {
        serde_json::to_value(self)
    }
}

/// What a page says is wrong, for who does not read the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// In a sentence; empty where the errors say it all.
    pub detail: String,
    /// What is wrong with a form, by field.
    pub errors: BTreeMap<String, String>,
}
