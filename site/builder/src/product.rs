use crate::{Object, Site, paths::product_path, summary::summary};
use domain::{
    catalogue::{Product, Variant},
    text::{Barcode, Id},
};
use render::{
    Breadcrumb, Chrome, RenderError, json_ld,
    views::catalogue::{ProductPage, UnitPrice, VariantChoice},
};
use serde_json::{Value, json};

/// Other products on a product's page.
pub(crate) const RELATED: usize = 4;

impl Site<'_> {
    pub(crate) fn product(&self, id: &Id) -> Result<Option<Object>, RenderError> {
        let Some(product) = self.snapshot.products.get(id).filter(|p| p.visible) else { return Ok(None) };
        let Some(chosen) = product.variants.iter().find(|v| v.is_buyable()).or(product.variants.first()) else { return Ok(None) };
        let path = product_path(&product.slug);
        let mut breadcrumbs = self.breadcrumbs(Some(&product.category));
        breadcrumbs.push(Breadcrumb { name: product.name.to_string(), path: path.clone() });
        let view = ProductPage {
            title: product.seo.title.clone().unwrap_or_else(|| product.name.to_string()),
            name: product.name.to_string(),
            vendor: product.vendor.clone(),
            description: product.description.clone(),
            images: product.images.clone(),
            options: product.options.iter().map(|o| o.name.clone()).collect(),
            variants: product.variants.iter().map(|v| self.choice(v, v.sku == chosen.sku)).collect(),
            has_choice: product.variants.len() > 1,
            chosen: self.choice(chosen, true),
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

    fn choice(&self, variant: &Variant, selected: bool) -> VariantChoice {
        VariantChoice {
            sku: variant.sku.to_string(),
            label: variant.label(),
            values: variant.options.iter().map(|o| o.value.clone()).collect(),
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
