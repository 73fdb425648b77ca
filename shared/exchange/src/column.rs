//! The columns that mean something here, by the names that they have in files.

/// What a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    /// What names the product in its shop.
    Handle,
    /// The product's name.
    Title,
    /// HTML.
    Description,
    /// Who made it.
    Vendor,
    /// A path in Shopify's taxonomy: `Clothing > Shirts`.
    Category,
    /// A name that the merchant chose, in earlier templates.
    CustomType,
    /// A name that the merchant chose.
    Type,
    /// Words, with commas between them.
    Tags,
    /// `true` where it is on the site.
    Published,
    /// `active`, `draft` or `archived`.
    Status,
    /// The name of the first, second or third option, from 0.
    OptionName(u8),
    /// The variant's value of it.
    OptionValue(u8),
    /// The variant's SKU.
    Sku,
    /// Its weight in grams.
    Grams,
    /// Its stock.
    Quantity,
    /// Its price.
    Price,
    /// What it cost before.
    CompareAt,
    /// `false` where no tax is due.
    Taxable,
    /// A picture's address.
    Image,
    /// Its place among the product's pictures, from 1.
    Position,
    /// What it shows.
    Alt,
    /// `true` where it is a gift card.
    GiftCard,
    /// Who counts the stock; nobody where it is empty.
    Tracker,
    /// `continue` where it is sold on when there is none left, else `deny`.
    Policy,
    /// The address of the variant's own picture.
    VariantImage,
    /// What a scanner reads.
    Barcode,
    /// What one costs the merchant.
    Cost,
    /// What search engines show in place of the title.
    SeoTitle,
    /// What search engines show in place of the description.
    SeoDescription,
    /// How much a variant holds.
    TotalMeasure,
    /// In which unit.
    TotalUnit,
    /// What the unit price is for.
    BaseMeasure,
    /// In which unit.
    BaseUnit,
    /// The product's address. Only this shop's own exports have this column and those below.
    Address,
    /// Where this shop fetched the picture from.
    ImageOrigin,
    /// `standard`, `reduced` or `zero`.
    TaxClass,
    /// `false` where staff do not let it be sold.
    Available,
    /// `true` where it is on the home page.
    Featured,
    /// Who made it, with the address.
    Manufacturer,
    /// Who answers for it in the EU, with the address.
    ResponsiblePerson,
    /// `woocommerce` where the product came from there.
    Source,
    /// What names the product there, where that is not the handle.
    SourceHandle,
    /// The address of the product's category, which tells two of one name apart.
    CategoryAddress,
    /// Categories of the shop as JSON, whatever product the row is of.
    Categories,
    /// The values of each option as JSON, in the order of the shop: `[["S","M"],["Red"]]`.
    OptionValues,
    /// When the product was made: the order of listings.
    Created,
    /// Addresses that lead to the product, with spaces between them.
    OldAddresses,
}

/// The names: those of Shopify's former template, then those of the present one.
const NAMES: &[(Column, &[&str])] = &[
    (Column::Handle, &["Handle", "URL handle"]),
    (Column::Title, &["Title"]),
    (Column::Description, &["Body (HTML)", "Description", "Body HTML"]),
    (Column::Vendor, &["Vendor"]),
    (Column::Category, &["Product Category", "Standard Product Type"]),
    (Column::CustomType, &["Custom Product Type"]),
    (Column::Type, &["Type", "Product Type"]),
    (Column::Tags, &["Tags"]),
    (Column::Published, &["Published", "Published on online store"]),
    (Column::Status, &["Status"]),
    (Column::OptionName(0), &["Option1 Name"]),
    (Column::OptionName(1), &["Option2 Name"]),
    (Column::OptionName(2), &["Option3 Name"]),
    (Column::OptionValue(0), &["Option1 Value"]),
    (Column::OptionValue(1), &["Option2 Value"]),
    (Column::OptionValue(2), &["Option3 Value"]),
    (Column::Sku, &["Variant SKU", "SKU"]),
    (Column::Grams, &["Variant Grams", "Weight value (grams)"]),
    (Column::Quantity, &["Variant Inventory Qty", "Inventory quantity"]),
    (Column::Price, &["Variant Price", "Price"]),
    (Column::CompareAt, &["Variant Compare At Price", "Compare-at price"]),
    (Column::Taxable, &["Variant Taxable", "Charge tax"]),
    (Column::Image, &["Image Src", "Product image URL"]),
    (Column::Position, &["Image Position"]),
    (Column::Alt, &["Image Alt Text"]),
    (Column::GiftCard, &["Gift Card"]),
    (Column::Tracker, &["Variant Inventory Tracker", "Inventory tracker"]),
    (Column::Policy, &["Variant Inventory Policy", "Continue selling when out of stock"]),
    (Column::VariantImage, &["Variant Image", "Variant image URL"]),
    (Column::Barcode, &["Variant Barcode", "Barcode"]),
    (Column::Cost, &["Cost per item"]),
    (Column::SeoTitle, &["SEO Title"]),
    (Column::SeoDescription, &["SEO Description"]),
    (Column::TotalMeasure, &["Unit Price Total Measure"]),
    (Column::TotalUnit, &["Unit Price Total Measure Unit"]),
    (Column::BaseMeasure, &["Unit Price Base Measure"]),
    (Column::BaseUnit, &["Unit Price Base Measure Unit"]),
    (Column::Address, &["Shop: address"]),
    (Column::ImageOrigin, &["Shop: image origin"]),
    (Column::TaxClass, &["Shop: tax class"]),
    (Column::Available, &["Shop: for sale"]),
    (Column::Featured, &["Shop: featured"]),
    (Column::Manufacturer, &["Shop: manufacturer"]),
    (Column::ResponsiblePerson, &["Shop: responsible person"]),
    (Column::Source, &["Shop: source"]),
    (Column::SourceHandle, &["Shop: source handle"]),
    (Column::CategoryAddress, &["Shop: category address"]),
    (Column::Categories, &["Shop: categories"]),
    (Column::OptionValues, &["Shop: option values"]),
    (Column::Created, &["Shop: created"]),
    (Column::OldAddresses, &["Shop: old addresses"]),
];

/// Columns that nobody reads, with the values that say what the shop does anyway.
const USUAL: [(&str, &[&str]); 7] = [
    ("variant fulfillment service", &["manual"]),
    ("fulfillment service", &["manual"]),
    ("variant requires shipping", &["true"]),
    ("requires shipping", &["true"]),
    // Weights are shown in grams.
    ("variant weight unit", &["g", "kg", "lb", "oz"]),
    ("weight unit for display", &["g", "kg", "lb", "oz"]),
    ("google shopping / custom product", &["false"]),
];

impl Column {
    /// The column that has this name in a file, however it is written.
    pub fn of(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, names)| names.iter().any(|known| name.eq_ignore_ascii_case(known))).map(|(column, _)| *column)
    }

    /// The name that this shop's exports give it.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(column, _)| *column == self).and_then(|(_, names)| names.first()).copied().unwrap_or_default()
    }

    /// Its names: `Handle or URL handle`.
    pub fn names(self) -> String {
        let names = NAMES.iter().find(|(column, _)| *column == self).map_or(&[] as &[&str], |(_, names)| names);
        names.iter().take(2).map(|name| format!("“{name}”")).collect::<Vec<_>>().join(" or ")
    }
}

/// Whether a cell of a column that nobody reads says what the shop does anyway.
pub(crate) fn is_usual(column: &str, cell: &str) -> bool {
    let usual = USUAL.iter().find(|(name, _)| column.eq_ignore_ascii_case(name));
    usual.is_some_and(|(_, values)| values.iter().any(|value| cell.eq_ignore_ascii_case(value)))
}
