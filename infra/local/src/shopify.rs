//! Product files of other shops are imported, and the catalogue is exported as one of Shopify's.

mod export;
mod images;
mod import;

pub(crate) use export::export;
pub(crate) use import::import;

/// The columns that are written, as Shopify names them.
pub(crate) mod column {
    pub(crate) const HANDLE: &str = "Handle";
    pub(crate) const TITLE: &str = "Title";
    pub(crate) const BODY: &str = "Body (HTML)";
    pub(crate) const VENDOR: &str = "Vendor";
    pub(crate) const CATEGORY: &str = "Product Category";
    pub(crate) const TYPE: &str = "Type";
    pub(crate) const TAGS: &str = "Tags";
    pub(crate) const PUBLISHED: &str = "Published";
    pub(crate) const OPTIONS: [(&str, &str); 3] =
        [("Option1 Name", "Option1 Value"), ("Option2 Name", "Option2 Value"), ("Option3 Name", "Option3 Value")];
    pub(crate) const SKU: &str = "Variant SKU";
    pub(crate) const GRAMS: &str = "Variant Grams";
    pub(crate) const QUANTITY: &str = "Variant Inventory Qty";
    pub(crate) const PRICE: &str = "Variant Price";
    pub(crate) const COMPARE_AT: &str = "Variant Compare At Price";
    pub(crate) const TAXABLE: &str = "Variant Taxable";
    pub(crate) const IMAGE: &str = "Image Src";
    pub(crate) const POSITION: &str = "Image Position";
    pub(crate) const ALT: &str = "Image Alt Text";
}
