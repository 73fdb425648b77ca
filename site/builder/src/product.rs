use crate::{Object, Site, paths::product_path, summary::summary};
use domain::{
    catalogue::{OptionType, OptionValue, Product, Variant},
    text::{Barcode, Id},
};
use render::{
    Breadcrumb, Chrome, RenderError, json_ld,
    views::catalogue::{OptionChoice, OptionGroup, ProductPage, UnitPrice, VariantChoice},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Other products on a product's page.
pub(crate) const RELATED: usize = 4;

/// The most variants, and values of an option, that are shown all at once.
const FEW: usize = 12;

impl Site<'_> {
    pub(crate) fn product(&self, id: &Id) -> Result<Option<Object>, RenderError> {
        let Some(product) = self.snapshot.products.get(id).filter(|p| p.visible) else { return Ok(None) };
        let Some(chosen) = product.variants.iter().find(|v| v.is_buyable()).or(product.variants.first()) else { return Ok(None) };
        let path = product_path(&product.slug);
        let mut breadcrumbs = self.breadcrumbs(Some(&product.category));
        breadcrumbs.push(Breadcrumb { name: product.name.to_string(), path: path.clone() });
        let groups = groups(product, chosen);
        let several = groups.iter().filter(|group| group.values.len() > 1).count() > 1;
        let view = ProductPage {
            title: product.seo.title.clone().unwrap_or_else(|| product.name.to_string()),
            name: product.name.to_string(),
            vendor: product.vendor.clone(),
            description: product.description.clone(),
            images: product.images.clone(),
            options: product.options.iter().map(|o| o.name.clone()).collect(),
            variants: product.variants.iter().map(|v| self.choice(product, v, v.sku == chosen.sku)).collect(),
            has_choice: product.variants.len() > 1,
            few: !several && product.variants.len() <= FEW,
            // Nothing is left to choose where all is sold out.
            groups: if several && !product.is_sold_out() { groups } else { Vec::new() },
            chosen: self.choice(product, chosen, true),
            sold_out: product.is_sold_out(),
            tags: product.tags.clone(),
            manufacturer: product.manufacturer.clone(),
            responsible_person: product.responsible_person.clone(),
            related: self.related(product)?,
            breadcrumbs,
        };
        let description = product.seo.description.clone().unwrap_or_else(|| summary(&product.description, 160));
        let chrome = Chrome {
            canonical: Some(path.clone()),
            image: product.images.first().map(|i| i.src.clone()),
            structured: vec![
                json_ld(&self.product_data(product, &description)),
                json_ld(&self.breadcrumb_list(&view.breadcrumbs)),
            ],
            description,
            ..Chrome::default()
        };
        self.page(path, &view, chrome).map(Some)
    }

    fn choice(&self, product: &Product, variant: &Variant, selected: bool) -> VariantChoice {
        VariantChoice {
            sku: variant.sku.to_string(),
            label: variant.label(),
            place: places(product, variant).iter().map(usize::to_string).collect::<Vec<_>>().join(" "),
            price: variant.price,
            compare_at: variant.compare_at,
            unit_price: variant.measure.and_then(|measure| {
                let price = measure.price(variant.price, self.info.currency)?;
                Some(UnitPrice { price, per: measure.base().each(), contents: measure.total().to_string() })
            }),
            image: variant.image.clone(),
            state: variant.stock_state(),
            stock: variant.stock,
            selected,
        }
    }

    /// The next products of the same category, by identifier and around the end.
    fn related(&self, product: &Product) -> Result<String, RenderError> {
        let members = self.members(Some(&product.category));
        let own = members.iter().position(|p| self.products.get(*p).is_some_and(|p| p.id == product.id)).unwrap_or(0);
        let others = members.iter().cycle().skip(own + 1).take(members.len().saturating_sub(1).min(RELATED));
        self.cards(others.copied())
    }

    /// `Product` of schema.org with an `Offer` for each variant.
    fn product_data(&self, product: &Product, description: &str) -> Value {
        let url = self.absolute(&product_path(&product.slug));
        let offer = |variant: &Variant| {
            let mut offer = json!({
                "@type": "Offer",
                "sku": variant.sku,
                "name": if variant.options.is_empty() { product.name.to_string() } else { variant.label() },
                "price": self.info.currency.round(variant.price.amount()),
                "priceCurrency": self.info.currency,
                "availability": format!("https://schema.org/{}", variant.stock_state().schema()),
                "itemCondition": "https://schema.org/NewCondition",
                "url": url,
            });
            if let Some(gtin) = variant.barcode.as_ref().and_then(Barcode::gtin) {
                offer["gtin"] = json!(gtin);
            }
            offer
        };
        let mut data = json!({
            "@context": "https://schema.org",
            "@type": "Product",
            "name": product.name,
            "description": description,
            "image": product.images.iter().map(|i| self.absolute(&i.src)).collect::<Vec<_>>(),
            "url": url,
            "offers": product.variants.iter().map(offer).collect::<Vec<_>>(),
        });
        if let [only] = product.variants.as_slice() {
            data["sku"] = json!(only.sku);
        }
        if let Some(vendor) = &product.vendor {
            data["brand"] = json!({ "@type": "Brand", "name": vendor });
        }
        data
    }
}

/// The place of each value of a variant in its option.
fn places(product: &Product, variant: &Variant) -> Vec<usize> {
    let place = |(option, own): (&OptionType, &OptionValue)| option.values.iter().position(|v| *v == own.value).unwrap_or(0);
    product.options.iter().zip(&variant.options).map(place).collect()
}

/// Each option with the values that variants have.
fn groups(product: &Product, chosen: &Variant) -> Vec<OptionGroup> {
    let variants: Vec<Vec<usize>> = product.variants.iter().map(|v| places(product, v)).collect();
    let chosen = places(product, chosen);
    let group = |(at, option): (usize, &OptionType)| {
        let used: BTreeSet<usize> = variants.iter().filter_map(|places| places.get(at).copied()).collect();
        let choice = |(place, value): (usize, &String)| OptionChoice {
            value: value.clone(),
            place,
            selected: chosen.get(at) == Some(&place),
        };
        let values: Vec<_> = option.values.iter().enumerate().filter(|(place, _)| used.contains(place)).map(choice).collect();
        OptionGroup { id: format!("option-{at}"), name: option.name.clone(), long: values.len() > FEW, values }
    };
    product.options.iter().enumerate().map(group).collect()
}
