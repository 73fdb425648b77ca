use crate::{Chrome, Page, SiteInfo, helpers, source::compact};
use domain::money::Currency;
use handlebars::{Context, Handlebars, RenderErrorReason};
use serde::Serialize;
use serde_json::Value;
use std::sync::{PoisonError, RwLock};

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

/// The templates, each parsed once.
#[derive(Debug)]
pub struct Renderer {
    engine: RwLock<Handlebars<'static>>,
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

/// What the body of any page may say of the site. The view of the home page says the rest.
#[derive(Serialize)]
struct SiteFacts<'a> {
    name: &'a str,
    base_url: &'a str,
    currency: Currency,
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
        [$(($name, include_str!(concat!("../../../site/templates/", $name, ".hbs")))),*]
    };
}

/// Name and source of each.
pub(crate) const TEMPLATES: &[(&str, &str)] = &templates![
    "bottom",
    "confirm",
    "layout",
    "links",
    "message",
    "order",
    "problem",
    "top",
    "account/address",
    "account/addresses",
    "account/home",
    "account/nav",
    "account/orders",
    "account/profile",
    "admin/categories",
    "admin/category",
    "admin/home",
    "admin/layout",
    "admin/order",
    "admin/orders",
    "admin/product",
    "admin/products",
    "auth/forgot",
    "auth/reset",
    "auth/verify",
    "auth/sign_in",
    "auth/sign_up",
    "cart/cart",
    "cart/coupon_form",
    "catalogue/breadcrumbs",
    "catalogue/card",
    "catalogue/categories",
    "catalogue/home",
    "catalogue/icon",
    "catalogue/listing",
    "catalogue/not_found",
    "catalogue/pages",
    "catalogue/product",
    "catalogue/stock",
    "catalogue/unit_price",
    "catalogue/variants",
    "checkout/contact",
    "checkout/delivery",
    "checkout/lookup",
    "checkout/payment",
    "checkout/review",
    "checkout/steps",
    "checkout/unanswered",
    "mail/order_placed",
    "partials/address_fields",
    "partials/errors",
    "partials/area",
    "partials/field",
    "partials/line_problem",
    "partials/order_lines",
    "partials/timeline",
    "partials/totals",
];

impl Renderer {
    /// Parses all templates.
    pub fn new() -> Result<Self, RenderError> {
        Self::parse(|_| true)
    }

    /// Parses the templates of one folder of `site/templates/` and those beside the folders; any other when it is first used.
    /// Parsing all would be most of what a function does at its start.
    pub fn of(folder: &str) -> Result<Self, RenderError> {
        Self::parse(|name| name.split_once('/').is_none_or(|(of, _)| of == folder))
    }

    fn parse(wanted: impl Fn(&str) -> bool) -> Result<Self, RenderError> {
        let mut engine = Handlebars::new();
        helpers::register(&mut engine);
        for (name, _) in TEMPLATES {
            if wanted(name) {
                register(&mut engine, name)?;
            }
        }
        Ok(Self { engine: RwLock::new(engine) })
    }

    /// A template with its data.
    fn render(&self, name: &str, data: &Context) -> Result<String, RenderError> {
        let engine = self.engine.read().unwrap_or_else(PoisonError::into_inner);
        if engine.has_template(name) {
            return Ok(engine.render_with_context(name, data).map_err(Box::new)?);
        }
        drop(engine);
        register(&mut self.engine.write().unwrap_or_else(PoisonError::into_inner), name)?;
        let engine = self.engine.read().unwrap_or_else(PoisonError::into_inner);
        Ok(engine.render_with_context(name, data).map_err(Box::new)?)
    }

    /// What surrounds the pages of a site with this navigation, for this visitor.
    pub fn frame(&self, site: &SiteInfo, chrome: &Chrome) -> Result<Frame, RenderError> {
        let around = Context::from(value(&Around { site, chrome })?);
        let part = |name: &str| self.render(name, &around);
        Ok(Frame { links: part("links")?, top: part("top")?, bottom: part("bottom")? })
    }

    /// A view alone, for pages that have it as a part.
    pub fn part(&self, view: &dyn Page, site: &SiteInfo) -> Result<String, RenderError> {
        let mut data = view.data().map_err(unreadable)?;
        if let Some(fields) = data.as_object_mut() {
            fields.insert("site".to_owned(), value(&SiteFacts::from(site))?);
        }
        self.render(view.template(), &Context::from(data))
    }

    /// A view as a whole page.
    pub fn page(&self, view: &dyn Page, site: &SiteInfo, chrome: &Chrome) -> Result<String, RenderError> {
        self.page_in(&self.frame(site, chrome)?, view, site, chrome)
    }

    /// A view as a whole page, in a frame that was made before.
    pub fn page_in(&self, frame: &Frame, view: &dyn Page, site: &SiteInfo, chrome: &Chrome) -> Result<String, RenderError> {
        let body = self.part(view, site)?;
        let layout = Layout { title: &view.title(), body: &body, site: site.into(), chrome, frame };
        self.render(view.layout(), &Context::from(value(&layout)?))
    }
}

fn value(data: &impl Serialize) -> Result<Value, RenderError> {
    serde_json::to_value(data).map_err(unreadable)
}

fn unreadable(error: serde_json::Error) -> RenderError {
    RenderError::Page(Box::new(RenderErrorReason::SerdeError(error).into()))
}

/// Parses a template and the partials that it names.
fn register(engine: &mut Handlebars<'static>, name: &str) -> Result<(), RenderError> {
    let Some((_, source)) = TEMPLATES.iter().find(|(of, _)| *of == name) else { return Ok(()) };
    if engine.has_template(name) {
        return Ok(());
    }
    let source = compact(source);
    engine.register_template_string(name, &source).map_err(Box::new)?;
    source
        .split("{{> ")
        .skip(1)
        .filter_map(|rest| rest.split([' ', '}']).next())
        .try_for_each(|partial| register(engine, partial))
}

#[cfg(test)]
mod tests {
    use super::Renderer;
    use crate::{
        Chrome, SiteInfo,
        views::{Form, account::ForgotPage},
    };

    #[test]
    fn a_function_parses_its_own_templates_and_any_other_when_it_is_first_shown() {
        let (all, cart) = (Renderer::new().unwrap(), Renderer::of("cart").unwrap());
        let has = |renderer: &Renderer, name| renderer.engine.read().unwrap().has_template(name);
        assert!(has(&cart, "cart/cart") && has(&cart, "partials/totals") && has(&cart, "layout") && has(&cart, "problem"));
        assert!(!has(&cart, "auth/forgot") && !has(&cart, "partials/field"));

        let (view, site, chrome) =
            (ForgotPage { form: Form::default() }, SiteInfo::unknown("https://shop.example"), Chrome::default());
        assert_eq!(cart.page(&view, &site, &chrome).unwrap(), all.page(&view, &site, &chrome).unwrap());
        assert!(has(&cart, "auth/forgot") && has(&cart, "partials/field"));
    }
}
