//! A draft over the product that is there already.

use super::Draft;
use crate::{Remark, column::Column};
use domain::{
    catalogue::{OptionType, Product, StockPolicy, TaxClass, Variant},
    text::Sku,
};
use std::collections::BTreeSet;

impl Draft {
    /// Whether the file has a column.
    pub fn says(&self, column: Column) -> bool {
        self.columns.contains(&column)
    }

    /// Whether the file says where products belong.
    pub fn says_category(&self) -> bool {
        [Column::Category, Column::CustomType, Column::Type].into_iter().any(|column| self.says(column))
    }

    /// Takes a draft's facts over into a product; what the file cannot say stays as it is. A variant of the product that the file
    /// does not have goes, with a remark. Returns how many quantities of the file were left alone, since the shop counts others.
    pub fn apply(&self, product: &mut Product, remarks: &mut Vec<Remark>) -> usize {
        let mut take = |column, take: &dyn Fn(&mut Product)| {
            if self.says(column) {
                take(product);
            }
        };
        take(Column::Description, &|p| p.description.clone_from(&self.description));
        take(Column::Vendor, &|p| p.vendor.clone_from(&self.vendor));
        take(Column::Tags, &|p| p.tags.clone_from(&self.tags));
        take(Column::Featured, &|p| p.featured = self.featured);
        take(Column::Manufacturer, &|p| p.manufacturer.clone_from(&self.manufacturer));
        take(Column::ResponsiblePerson, &|p| p.responsible_person.clone_from(&self.responsible_person));
        take(Column::SeoTitle, &|p| p.seo.title.clone_from(&self.seo.title));
        take(Column::SeoDescription, &|p| p.seo.description.clone_from(&self.seo.description));
        product.name = self.name.clone();
        if self.says(Column::Published) || self.says(Column::Status) {
            product.visible = self.visible;
        }
        let mut before = std::mem::take(&mut product.variants);
        let says_order = self.says(Column::OptionValues);
        let differ = if says_order { product.options != self.options } else { !same_options(&product.options, &self.options) };
        if (self.says_options() || before.is_empty()) && differ {
            product.options.clone_from(&self.options);
        }
        let mut taken: BTreeSet<Sku> = before.iter().chain(&self.variants).map(|variant| variant.sku.clone()).collect();
        let of_known: BTreeSet<Sku> = before.iter().map(|known| known.sku.clone()).collect();
        let mut left_alone = 0;
        for variant in &self.variants {
            let known = self.place_of(variant, &before).map(|place| before.remove(place));
            let is_other = |known: &Variant| self.counted.contains(&variant.sku) && known.balance() != variant.balance();
            left_alone += usize::from(known.as_ref().is_some_and(is_other));
            let before = known.as_ref().and_then(|known| known.compare_at);
            if let Some(known) = known.as_ref().filter(|known| known.sku != variant.sku && !self.made_skus.contains(&variant.sku))
            {
                remarks
                    .push(Remark::new(self.line, format!("the SKU {} is {} in this shop and stays so", variant.sku, known.sku)));
            }
            let merged = match known {
                Some(known) => self.merged(variant, known),
                // A made SKU is not that of another variant, which may go.
                None if self.made_skus.contains(&variant.sku) && of_known.contains(&variant.sku) => {
                    Variant { sku: free(&variant.sku, &mut taken), ..variant.clone() }
                }
                None => variant.clone(),
            };
            if let (Some(before), None, false) = (before, merged.compare_at, self.says(Column::CompareAt)) {
                let text =
                    format!("the price of {} is not below {before} any more, which is left out as the price before", merged.sku);
                remarks.push(Remark::new(self.line, text));
            }
            product.variants.push(merged);
        }
        for gone in before {
            let text = format!("the variant {} is not in the file: it is deleted, with a stock of {}", gone.sku, gone.stock);
            remarks.push(Remark::new(self.line, text));
        }
        left_alone
    }

    fn says_options(&self) -> bool {
        self.says(Column::OptionName(0))
    }

    /// Where a variant is among those that are there: by its SKU, and where the file has none for it, by its options. One whose
    /// SKU was another product's has that with a number behind it.
    fn place_of(&self, variant: &Variant, known: &[Variant]) -> Option<usize> {
        let by_sku = || known.iter().position(|known| known.sku == variant.sku);
        let is_named = |sku: &Sku| !self.made_skus.contains(sku) && self.variants.iter().any(|variant| variant.sku == *sku);
        let is_alike = |known: &Variant| !is_named(&known.sku) && same_values(known, variant);
        if is_named(&variant.sku) {
            let is_numbered = |known: &Variant| known.sku.is_numbered(&variant.sku) && is_alike(known);
            return by_sku().or_else(|| known.iter().position(is_numbered));
        }
        if !self.says_options() {
            return by_sku().or((known.len() == 1 && self.variants.len() == 1).then_some(0));
        }
        known.iter().position(is_alike)
    }

    /// A variant of the file over the one that is there. Sales have counted since the file was written.
    fn merged(&self, variant: &Variant, known: Variant) -> Variant {
        let mut merged = variant.clone();
        (merged.stock, merged.sold_beyond) = (known.stock, known.sold_beyond);
        merged.stock_policy = self.policy_over(variant, &known);
        // Other shops know only whether something is taxed.
        let is_taxed_alike = (variant.tax_class == TaxClass::Zero) == (known.tax_class == TaxClass::Zero);
        if !self.says(Column::TaxClass) && (is_taxed_alike || !self.says(Column::Taxable)) {
            merged.tax_class = known.tax_class;
        }
        let mut keep = |column, keep: &dyn Fn(&mut Variant)| {
            if !self.says(column) {
                keep(&mut merged);
            }
        };
        keep(Column::OptionName(0), &|v| v.options.clone_from(&known.options));
        keep(Column::Available, &|v| v.available = known.available);
        keep(Column::CompareAt, &|v| v.compare_at = known.compare_at.filter(|before| *before > v.price));
        keep(Column::Grams, &|v| v.weight_grams = known.weight_grams);
        keep(Column::VariantImage, &|v| v.image.clone_from(&known.image));
        keep(Column::Barcode, &|v| v.barcode.clone_from(&known.barcode));
        keep(Column::Cost, &|v| v.cost = known.cost);
        keep(Column::TotalMeasure, &|v| v.measure = known.measure);
        Variant { sku: known.sku, ..merged }
    }

    /// A file may say who tracks the stock, or whether it is sold on, or both.
    fn policy_over(&self, variant: &Variant, known: &Variant) -> StockPolicy {
        use StockPolicy::{SellWhenOut, Track, Untracked};
        match (self.says(Column::Tracker), self.says(Column::Policy), variant.stock_policy, known.stock_policy) {
            (false, false, _, known) | (false, true, Track, known @ Untracked) | (true, false, Track, known @ SellWhenOut) => {
                known
            }
            (_, _, own, _) => own,
        }
    }
}

/// The SKU with the first number behind it that nobody has; it is taken then.
fn free(sku: &Sku, taken: &mut BTreeSet<Sku>) -> Sku {
    let free = (2..u32::MAX).map(|number| sku.numbered(number)).find(|sku| !taken.contains(sku)).unwrap_or_else(|| sku.clone());
    taken.insert(free.clone());
    free
}

/// Whether two variants are chosen by the same values, whatever the options are called.
fn same_values(a: &Variant, b: &Variant) -> bool {
    a.options.iter().map(|option| &option.value).eq(b.options.iter().map(|option| &option.value))
}

/// The same names and values; their order is the shop's.
fn same_options(known: &[OptionType], new: &[OptionType]) -> bool {
    let values = |option: &OptionType| option.values.iter().cloned().collect::<BTreeSet<String>>();
    known.len() == new.len() && known.iter().zip(new).all(|(a, b)| a.name == b.name && values(a) == values(b))
}
