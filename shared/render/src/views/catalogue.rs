//! The static pages.

use super::view;
use crate::{Breadcrumb, NavLink};
use domain::{
    catalogue::{Image, StockState},
    money::Money,
    settings::Promise,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A product as a card of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Card {
    /// Page.
    pub path: String,
    /// Name.
    pub name: String,
    /// Leading picture.
    pub image: Option<Image>,
    /// Cheapest variant.
    pub price: Money,
    /// Whether variants differ in price.
    pub from: bool,
    /// The price before, of a product without a range.
    pub compare_at: Option<Money>,
    /// Nothing to be had.
    pub sold_out: bool,
}
view!(Card, "catalogue/card", |v| v.name);

/// A category as a tile.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Tile {
    /// Page.
    pub path: String,
    /// Name.
    pub name: String,
    /// Picture.
    pub image: Option<String>,
    /// How many products it and those below have.
    pub count: usize,
    /// Categories below.
    pub children: Vec<NavLink>,
}

/// The home page.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Home {
    /// Top categories.
    pub categories: Vec<Tile>,
    /// Chosen by staff: cards as HTML.
    pub featured: String,
    /// The newest: cards as HTML.
    pub newest: String,
    /// The shop's name.
    pub name: String,
    /// A sentence below it.
    pub tagline: String,
    /// Short reasons to buy here.
    pub promises: Vec<Promise>,
    /// Large picture.
    pub hero: Option<String>,
}
view!(Home, "catalogue/home", |v| v.name);

/// All categories.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Categories {
    /// Top categories with those below.
    pub categories: Vec<Tile>,
}
view!(Categories, "catalogue/categories", |_v| "All categories");

/// A link to one order of a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SortLink {
    /// `Price, low to high`.
    pub name: String,
    /// Its first page.
    pub path: String,
    /// Shown now.
    pub current: bool,
}

/// A number of the page list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PageLink {
    /// 1, 2, ..; 0 stands for a gap.
    pub number: usize,
    /// Address.
    pub path: String,
    /// Shown now.
    pub current: bool,
}

/// Products of a category, or all.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Listing {
    /// Name of the category.
    pub heading: String,
    /// All products, of whatever category.
    pub everything: bool,
    /// A sentence or two.
    pub description: String,
    /// Way to it.
    pub breadcrumbs: Vec<Breadcrumb>,
    /// Categories below.
    pub children: Vec<Tile>,
    /// Orders.
    pub sorts: Vec<SortLink>,
    /// This page's products: cards as HTML.
    pub cards: String,
    /// Number of the first shown.
    pub first: usize,
    /// Number of the last shown.
    pub last: usize,
    /// Of how many.
    pub total: usize,
    /// Page list.
    pub pages: Vec<PageLink>,
    /// Title, with page and order, unique over the site.
    pub title: String,
}
view!(Listing, "catalogue/listing", |v| v.title);

/// A variant as the product's page offers it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct VariantChoice {
    /// What is posted.
    pub sku: String,
    /// `M / Blue`.
    pub label: String,
    /// The places of its values in their options: `0 2`.
    pub place: String,
    /// Price.
    pub price: Money,
    /// Price before.
    pub compare_at: Option<Money>,
    /// Price for each unit of measure.
    pub unit_price: Option<UnitPrice>,
    /// Its own picture: the `src` of one of the product's.
    pub image: Option<String>,
    /// In the words of the page.
    pub state: StockState,
    /// Units left.
    pub stock: u32,
    /// Chosen at first.
    pub selected: bool,
}

/// An option of a product, with the values to choose from.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OptionGroup {
    /// What it is called on the page: `option-0`.
    pub id: String,
    /// `Size`.
    pub name: String,
    /// The values that variants have.
    pub values: Vec<OptionChoice>,
    /// Too many values to show all at once.
    pub long: bool,
}

/// A value of an option.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OptionChoice {
    /// `M`.
    pub value: String,
    /// Its place in the option.
    pub place: usize,
    /// Chosen at first.
    pub selected: bool,
}

/// What a unit of measure costs: `€8.00 per l`, of a bottle that holds `750 ml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnitPrice {
    /// What `per` costs.
    pub price: Money,
    /// `l`, or `100 ml`.
    pub per: String,
    /// `750 ml`.
    pub contents: String,
}

/// A product's page.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProductPage {
    /// What search engines and tabs show.
    pub title: String,
    /// Name.
    pub name: String,
    /// Brand.
    pub vendor: Option<String>,
    /// Sanitised HTML.
    pub description: String,
    /// Way to it.
    pub breadcrumbs: Vec<Breadcrumb>,
    /// Pictures.
    pub images: Vec<Image>,
    /// Names of the options.
    pub options: Vec<String>,
    /// Variants.
    pub variants: Vec<VariantChoice>,
    /// More than one.
    pub has_choice: bool,
    /// Few variants of one option: the page shows them all at once.
    pub few: bool,
    /// What to choose by where there are several options; else empty.
    pub groups: Vec<OptionGroup>,
    /// The variant that is shown first.
    pub chosen: VariantChoice,
    /// Nothing to be had.
    pub sold_out: bool,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Who made it, with the address.
    pub manufacturer: Option<String>,
    /// Who answers for it in the EU, with the address.
    pub responsible_person: Option<String>,
    /// Others of its category: cards as HTML.
    pub related: String,
}
view!(ProductPage, "catalogue/product", |v| v.title);

/// Nothing is at this address.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NotFound {
    /// Where to go instead.
    pub categories: Vec<NavLink>,
}
view!(NotFound, "catalogue/not_found", |_v| "Page not found");
