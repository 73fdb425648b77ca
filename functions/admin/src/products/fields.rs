//! A product's form as it is sent: by a browser, one field after the other, or by a program, as the document that it got.

use domain::catalogue::stock_of;
use render::views::{
    Form,
    admin::{ProductInput, VariantInput},
};
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use std::{collections::BTreeMap, fmt};

/// All fields by name. Those of a variant carry its row (`sku.0`, `price.0`, ..); a document has them in the list `variants`.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    typed: BTreeMap<String, String>,
    variants: Vec<VariantInput>,
}

/// The fields of a form as a browser sends them.
#[derive(Debug, utoipa::ToSchema)]
#[schema(example = json!({"name": "Mug", "category": "kitchen", "sku.0": "MUG", "price.0": "7.50", "stock.0": "3"}))]
#[expect(dead_code, reason = "describes the form")]
pub(crate) struct FormFields(BTreeMap<String, String>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text, or true or false")]
enum TextOrFlag {
    Text(String),
    Flag(bool),
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ByName;
        impl<'de> Visitor<'de> for ByName {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::default();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "variants" {
                        fields.variants = map.next_value()?;
                        continue;
                    }
                    let typed = if is_box(&name) { map.next_value()? } else { TextOrFlag::Text(map.next_value()?) };
                    let typed = match typed {
                        TextOrFlag::Text(text) => text,
                        TextOrFlag::Flag(flag) => flag.to_string(),
                    };
                    fields.typed.insert(name, typed);
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(ByName)
    }
}

/// Fields that are ticked or not.
fn is_box(name: &str) -> bool {
    matches!(name, "visible" | "featured" | "more") || name.starts_with("available.")
}

impl Fields {
    /// The form as typed, and whether more rows are asked for. Boxes that are neither ticked nor empty are refused in it.
    pub(crate) fn into_form(mut self) -> (Form<ProductInput>, bool) {
        let mut form = Form::new(ProductInput::default());
        let visible = form.keep("visible", self.flag("visible")).unwrap_or_default();
        let featured = form.keep("featured", self.flag("featured")).unwrap_or_default();
        let rows = self.typed.keys().filter_map(|k| k.strip_prefix("sku.")).filter_map(|row| row.parse::<u16>().ok());
        let mut rows: Vec<u16> = rows.collect();
        rows.sort_unstable();
        let mut variants = std::mem::take(&mut self.variants);
        variants.extend(rows.into_iter().map(|row| self.variant(row, &mut form)));
        form.input = ProductInput {
            name: self.text("name"),
            slug: self.text("slug"),
            category: self.text("category"),
            description: self.text("description"),
            vendor: self.text("vendor"),
            manufacturer: self.text("manufacturer"),
            responsible_person: self.text("responsible_person"),
            seo_title: self.text("seo_title"),
            seo_description: self.text("seo_description"),
            tags: self.text("tags"),
            options: self.text("options"),
            images: self.text("images"),
            visible,
            featured,
            version: self.text("version"),
            variants,
        };
        (form, self.text("more") == "true")
    }

    fn variant(&self, row: u16, form: &mut Form<ProductInput>) -> VariantInput {
        let of = |name: &str| self.text(&format!("{name}.{row}"));
        let available = self.flag(&format!("available.{row}"));
        let available = available.map_err(|why| format!("{}: “for sale” {why}", of("sku")));
        VariantInput {
            sku: of("sku"),
            values: of("values"),
            price: of("price"),
            compare_at: of("compare_at"),
            stock: of("stock"),
            seen_stock: of("seen_stock"),
            sold_beyond: stock_of(of("seen_stock").parse().unwrap_or(0)).1,
            stock_policy: of("stock_policy"),
            available: form.keep("variants", available).unwrap_or_default(),
            tax_class: of("tax_class"),
            weight: of("weight"),
            image: of("image"),
            barcode: of("barcode"),
            cost: of("cost"),
            measure: of("measure"),
        }
    }

    fn text(&self, name: &str) -> String {
        self.typed.get(name).cloned().unwrap_or_default()
    }

    /// A box: ticked, or not there.
    fn flag(&self, name: &str) -> Result<bool, &'static str> {
        match self.typed.get(name).map_or("", |typed| typed.trim()) {
            "true" | "on" => Ok(true),
            "false" | "" => Ok(false),
            _ => Err("must be true or false"),
        }
    }
}
