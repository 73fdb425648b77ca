//! The back office.

use super::{Choice, Form, account::OrderRow, view};
use domain::{catalogue::StockPolicy, money::Money, order::Order};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// First page.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdminHome {
    /// What there is to do, for who works on orders.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work: Option<OrderWork>,
    /// May make products.
    pub sees_catalogue: bool,
}
view!(AdminHome, "admin/home", "admin/layout", |_v| "Overview");

/// Orders that wait, and the newest ones.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderWork {
    /// The newest orders.
    pub orders: Vec<OrderRow>,
    /// How many wait to be looked at; `99+` for more than that.
    pub pending: String,
    /// How many are being packed.
    pub processing: String,
}

/// A product as a row.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProductRow {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Page.
    pub slug: String,
    /// Category's name.
    pub category: String,
    /// Cheapest.
    pub price: Money,
    /// Variants.
    pub variants: usize,
    /// Units over all variants.
    pub stock: u64,
    /// Units sold beyond the stock, over all variants.
    pub sold_beyond: u64,
    /// Nobody counts any of its variants.
    pub untracked: bool,
    /// On the site.
    pub visible: bool,
}

/// Products.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdminProducts {
    /// Words.
    pub search: String,
    /// This page.
    pub products: Vec<ProductRow>,
    /// Address of the next page.
    pub next: Option<String>,
}
view!(AdminProducts, "admin/products", "admin/layout", |_v| "Products");

/// A variant as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct VariantInput {
    /// SKU; an empty one is no variant.
    pub sku: String,
    /// Values in the order of the options, separated by ` / `.
    pub values: String,
    /// Price.
    pub price: String,
    /// Price before.
    pub compare_at: String,
    /// Units.
    pub stock: String,
    /// Units when the form was shown; below zero, those sold beyond the stock.
    pub seen_stock: String,
    /// Units sold beyond the stock when the form was shown.
    #[serde(skip_deserializing)]
    pub sold_beyond: u32,
    /// `track`, `sell_when_out` or `untracked`.
    pub stock_policy: String,
    /// For sale.
    pub available: bool,
    /// Tax class.
    pub tax_class: String,
    /// `1.5 kg`; grams where it has no unit.
    pub weight: String,
    /// The address of one of the product's pictures.
    pub image: String,
    /// GTIN or the like.
    pub barcode: String,
    /// What one costs the merchant.
    pub cost: String,
    /// `750 ml / 1 l`.
    pub measure: String,
}

impl VariantInput {
    /// A row to fill in.
    pub fn empty() -> Self {
        let stock_policy = StockPolicy::default().name().to_owned();
        Self { available: true, stock: "0".to_owned(), stock_policy, ..Self::default() }
    }
}

/// A product as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct ProductInput {
    /// Name.
    pub name: String,
    /// Slug; empty for one made of the name.
    pub slug: String,
    /// Category's identifier.
    pub category: String,
    /// HTML.
    pub description: String,
    /// Brand.
    pub vendor: String,
    /// Who made it, with the address.
    pub manufacturer: String,
    /// Who answers for it in the EU, with the address.
    pub responsible_person: String,
    /// What search engines show in place of the name.
    pub seo_title: String,
    /// What search engines show in place of the description.
    pub seo_description: String,
    /// Separated by commas.
    pub tags: String,
    /// One per line: `Size: S, M, L`.
    pub options: String,
    /// One per line: `/media/x.svg | what it shows | 800x800`.
    pub images: String,
    /// On the site.
    pub visible: bool,
    /// On the home page.
    pub featured: bool,
    /// Version the form was made of.
    pub version: String,
    /// Variants.
    pub variants: Vec<VariantInput>,
}

/// A product's form.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdminProduct {
    /// `None` for a new one.
    pub id: Option<String>,
    /// Its page, while visible.
    pub page: Option<String>,
    /// Heading.
    pub heading: String,
    /// Fields.
    pub form: Form<ProductInput>,
    /// Categories.
    pub categories: Vec<Choice>,
    /// The product's pictures, of which a variant may have one.
    pub pictures: Vec<Choice>,
}
view!(AdminProduct, "admin/product", "admin/layout", |v| v.heading, |v| (&v.form).into());

/// A category as a row of the tree.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CategoryRow {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Page.
    pub slug: String,
    /// How far below the top, as dashes.
    pub indent: String,
}

/// The tree.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdminCategories {
    /// From the top down.
    pub categories: Vec<CategoryRow>,
}
view!(AdminCategories, "admin/categories", "admin/layout", |_v| "Categories");

/// A category as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct CategoryInput {
    /// Name.
    pub name: String,
    /// Slug; empty for one made of the name.
    pub slug: String,
    /// Identifier of the one above; empty at the top.
    pub parent: String,
    /// Sentences.
    pub description: String,
    /// Order among its siblings.
    pub position: String,
    /// Version the form was made of.
    pub version: String,
}

/// A category's form.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdminCategory {
    /// `None` for a new one.
    pub id: Option<String>,
    /// Heading.
    pub heading: String,
    /// Fields.
    pub form: Form<CategoryInput>,
    /// Possible ones above.
    pub parents: Vec<Choice>,
}
view!(AdminCategory, "admin/category", "admin/layout", |v| v.heading, |v| (&v.form).into());

/// Orders.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdminOrders {
    /// Filter.
    pub statuses: Vec<Choice>,
    /// This page.
    pub orders: Vec<OrderRow>,
    /// Address of the next page.
    pub next: Option<String>,
}
view!(AdminOrders, "admin/orders", "admin/layout", |_v| "Orders");

/// One order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdminOrder {
    /// The order.
    pub order: Order,
    /// Address as lines.
    pub address: Vec<String>,
    /// Moves it can make.
    pub moves: Vec<Choice>,
    /// Where it can be cancelled, while it can.
    pub cancel: Option<String>,
}
view!(AdminOrder, "admin/order", "admin/layout", |v| format!("Order {}", v.order.number));
