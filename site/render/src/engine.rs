use crate::{Chrome, SiteInfo, View, helpers};
use domain::money::Currency;
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

/// What surrounds every page of one site and one visitor alike: header, footer, links to style and script.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    links: String,
    top: String,
    bottom: String,
}

#[derive(Serialize)]
struct Around<'a> {
    site: &'a SiteInfo,
    chrome: &'a Chrome,
}

#[derive(Serialize)]
struct Body<'a, V> {
    #[serde(flatten)]
    view: &'a V,
    site: SiteFacts<'a>,
    chrome: ChromeFacts,
}

/// What the body of any page may say of the site. The view of the home page says the rest.
#[derive(Serialize)]
struct SiteFacts<'a> {
    name: &'a str,
    base_url: &'a str,
    currency: Currency,
}

#[derive(Serialize)]
struct ChromeFacts {
    sees_orders: bool,
    sees_catalogue: bool,
}

#[derive(Serialize)]
struct Layout<'a> {
    title: &'a str,
    body: &'a str,
    site: SiteFacts<'a>,
    chrome: &'a Chrome,
    frame: &'a Frame,
}

impl<'a> From<&'a SiteInfo> for SiteFacts<'a> {
    fn from(site: &'a SiteInfo) -> Self {
        Self { name: &site.name, base_url: &site.base_url, currency: site.currency }
    }
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../templates/", $name, ".hbs")))),*]
    };
}

const TEMPLATES: [(&str, &str); 48] = templates![
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
    "partials/bottom",
    "partials/breadcrumbs",
    "partials/card",
    "partials/errors",
    "partials/field",
    "partials/icon",
    "partials/links",
    "partials/order_lines",
    "partials/pages",
    "partials/steps",
    "partials/timeline",
    "partials/top",
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

    /// What surrounds the pages of a site with this navigation, for this visitor.
    pub fn frame(&self, site: &SiteInfo, chrome: &Chrome) -> Result<Frame, RenderError> {
        let around = Around { site, chrome };
        let part = |name: &str| self.engine.render(name, &around).map_err(Box::new);
        Ok(Frame { links: part("partials/links")?, top: part("partials/top")?, bottom: part("partials/bottom")? })
    }

    /// A view alone, for pages that have it as a part.
    pub fn part<V: View>(&self, view: &V, site: &SiteInfo) -> Result<String, RenderError> {
        let facts = ChromeFacts { sees_orders: false, sees_catalogue: false };
        Ok(self.engine.render(V::TEMPLATE, &Body { view, site: site.into(), chrome: facts }).map_err(Box::new)?)
    }

    /// A view as a whole page.
    pub fn page<V: View>(&self, view: &V, site: &SiteInfo, chrome: &Chrome) -> Result<String, RenderError> {
        self.page_in(&self.frame(site, chrome)?, view, site, chrome)
    }

    /// A view as a whole page, in a frame that was made before.
    pub fn page_in<V: View>(&self, frame: &Frame, view: &V, site: &SiteInfo, chrome: &Chrome) -> Result<String, RenderError> {
        let facts = ChromeFacts { sees_orders: chrome.sees_orders, sees_catalogue: chrome.sees_catalogue };
        let body = self.engine.render(V::TEMPLATE, &Body { view, site: site.into(), chrome: facts }).map_err(Box::new)?;
        let layout = Layout { title: &view.title(), body: &body, site: site.into(), chrome, frame };
        Ok(self.engine.render(view.layout(), &layout).map_err(Box::new)?)
    }
}
