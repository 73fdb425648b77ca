use domain::{money::Currency, settings::Promise};
use serde::Serialize;
use utoipa::ToSchema;

/// What every page of the shop knows of it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SiteInfo {
    /// The shop's name.
    pub name: String,
    /// A sentence below it.
    pub tagline: String,
    /// Short reasons to buy here.
    pub promises: Vec<Promise>,
    /// Large picture of the home page.
    pub hero: Option<String>,
    /// Where customers write to.
    pub email: String,
    /// Currency of every amount.
    pub currency: Currency,
    /// `https://shop.example`, no slash at the end; for canonical links.
    pub base_url: String,
}

impl SiteInfo {
    /// Next to nothing: for a page that must be shown while the settings cannot be read.
    pub fn unknown(base_url: &str) -> Self {
        Self {
            name: "The shop".to_owned(),
            tagline: String::new(),
            promises: Vec::new(),
            hero: None,
            email: String::new(),
            currency: Currency::NONE,
            base_url: base_url.to_owned(),
        }
    }
}

/// What is around a view on one page.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Chrome {
    /// Path of the page, for its canonical link; none for pages that search engines should not keep.
    pub canonical: Option<String>,
    /// For search engines and link previews.
    pub description: String,
    /// Address of a picture for link previews.
    pub image: Option<String>,
    /// From the top to the page itself.
    pub breadcrumbs: Vec<Breadcrumb>,
    /// JSON-LD documents, as [`json_ld`] makes them.
    pub structured: Vec<String>,
    /// Top categories; empty on personal pages.
    pub navigation: Vec<NavLink>,
    /// First name of who is signed in.
    pub customer: Option<String>,
    /// A message on top of the page, after a redirect.
    pub notice: Option<String>,
    /// Whether staff is signed in.
    pub staff: bool,
    /// In the back office: may work on orders.
    pub sees_orders: bool,
    /// In the back office: may work on the catalogue.
    pub sees_catalogue: bool,
    /// Address of the neighbouring page before this one, in a list.
    pub previous: Option<String>,
    /// Address of the page after this one.
    pub next: Option<String>,
}

/// A step of the way to a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Breadcrumb {
    /// Shown name.
    pub name: String,
    /// Path.
    pub path: String,
}

/// A link of the navigation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NavLink {
    /// Shown name.
    pub name: String,
    /// Path.
    pub path: String,
}

/// A JSON-LD document as text that can stand in a script element: nothing in it ends the element.
pub fn json_ld(document: &serde_json::Value) -> String {
    document.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}
