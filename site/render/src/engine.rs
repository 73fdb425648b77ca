use crate::{Chrome, SiteInfo, View, helpers};
use handlebars::Handlebars;
use serde::Serialize;

/// A template or its data is wrong: a mistake of the shop, never of its visitor.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template does not parse.
    #[error(transparent)]
    Template(#[from] Box<handlebars::TemplateError>),
    /// A page does not render.
    #[error(transparent)]
    Page(#[from] Box<handlebars::RenderError>),
}

/// All templates, parsed once.
#[derive(Debug)]
pub struct Renderer {
    engine: Handlebars<'static>,
}

#[derive(Serialize)]
struct Page<'a, V> {
    #[serde(flatten)]
    view: &'a V,
    site: &'a SiteInfo,
    chrome: &'a Chrome,
}

#[derive(Serialize)]
struct Layout<'a> {
    title: &'a str,
    body: &'a str,
    site: &'a SiteInfo,
    chrome: &'a Chrome,
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../templates/", $name, ".hbs")))),*]
    };
}

const TEMPLATES: [(&str, &str); 45] = templates![
    "layout",
    "admin_layout",
    "home",
    "categories",
    "listing",
    "product",
    "not_found",
    "problem",
    "message",
    "confirm",
    "cart",
    "checkout_contact",
    "checkout_delivery",
    "checkout_payment",
    "checkout_review",
    "order",
    "order_lookup",
    "sign_in",
    "sign_up",
    "forgot",
    "reset",
    "account",
    "profile",
    "addresses",
    "address",
    "orders",
    "admin_home",
    "admin_products",
    "admin_product",
    "admin_categories",
    "admin_category",
    "admin_orders",
    "admin_order",
    "partials/address_fields",
    "partials/breadcrumbs",
    "partials/card",
    "partials/errors",
    "partials/field",
    "partials/icon",
    "partials/order_lines",
    "partials/pages",
    "partials/steps",
    "partials/timeline",
    "partials/totals",
    "partials/account_nav",
];

impl Renderer {
    /// Parses all templates.
    pub fn new() -> Result<Self, RenderError> {
        let mut engine = Handlebars::new();
        for (name, source) in TEMPLATES {
            engine.register_template_string(name, source).map_err(Box::new)?;
        }
        helpers::register(&mut engine);
        Ok(Self { engine })
    }

    /// A view as a whole page.
    pub fn page<V: View>(&self, view: &V, site: &SiteInfo, chrome: &Chrome) -> Result<String, RenderError> {
        let body = self.engine.render(V::TEMPLATE, &Page { view, site, chrome }).map_err(Box::new)?;
        let layout = Layout { title: &view.title(), body: &body, site, chrome };
        Ok(self.engine.render(view.layout(), &layout).map_err(Box::new)?)
    }
}
