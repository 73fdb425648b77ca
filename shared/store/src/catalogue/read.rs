use super::{
    OF_VERSION, handle_key, money, name_key, product_key, sku_key, slug_key,
    staged::{Commits, is_staged, next_of},
    to_variant,
};
use crate::{
    Asked, Store, StoreError,
    error::failed,
    item::{Item, attribute, from_item, key_of, n, readable, readable_one, s},
    lists::{List, Page, Wanted},
};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    cart::Offer,
    catalogue::{Category, CategoryTree, Product, Snapshot, Source, Variant, stock_of},
    text::{Id, Name, Sku, Slug},
};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A product as the list of products shows it.
#[derive(Debug, Clone)]
pub struct ProductSummary {
    /// Opaque.
    pub id: Id,
    /// Its name.
    pub name: Name,
    /// Its page.
    pub slug: Slug,
    /// Where it hangs.
    pub category: Id,
    /// Whether it is on the site.
    pub visible: bool,
    /// Its variants, those that can be read.
    pub variants: Vec<Variant>,
}

/// What a slug leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlugTarget {
    /// The product's or category's identifier.
    pub id: Id,
    /// The slug it has now, where this one is an old one.
    pub moved_to: Option<Slug>,
}

impl Store {
    /// All categories, in one request a megabyte.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn categories(&self) -> Result<CategoryTree, StoreError> {
        let list = List::Categories;
        let page = self.page_of(&list.name(), &[list], Wanted::default()).await?;
        Ok(CategoryTree::new(readable(page.items, from_item)))
    }

    /// One category, from the table itself.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn category(&self, id: &Id) -> Result<Option<Category>, StoreError> {
        self.read_as(format!("CATEGORY#{id}"), "CATEGORY").await
    }

    /// A product with its variants.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn product(&self, id: &Id) -> Result<Option<Product>, StoreError> {
        let Some(item) = self.read(format!("PRODUCT#{id}"), "PRODUCT").await? else { return Ok(None) };
        Ok(self.assembled(vec![item]).await?.pop())
    }

    /// Products with their variants, those that are there. One that cannot be read is an error: who asks takes what is missing
    /// for deleted.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn products(&self, ids: &[Id]) -> Result<Vec<Product>, StoreError> {
        let items = self.read_many(ids.iter().map(product_key).collect()).await?;
        self.assembled(items).await
    }

    /// The product that an import took in under this handle from a file of that shop.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn product_of_handle(&self, source: Source, handle: &str) -> Result<Option<Product>, StoreError> {
        let Some(claim) = self.read_many(vec![handle_key(Some(source), handle)]).await?.pop() else { return Ok(None) };
        self.product(&attribute(&claim, "product")?).await
    }

    /// What a product's slug leads to.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn product_slug(&self, slug: &Slug) -> Result<Option<SlugTarget>, StoreError> {
        let found = self.read_many(vec![slug_key("PRODUCT", slug)]).await?.pop();
        found.map(|item| to_target(&item)).transpose()
    }

    /// What a category's slug leads to.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn category_slug(&self, slug: &Slug) -> Result<Option<SlugTarget>, StoreError> {
        let found = self.read_many(vec![slug_key("CATEGORY", slug)]).await?.pop();
        found.map(|item| to_target(&item)).transpose()
    }

    /// The address that a category has now, by one it had before; `None` for an address that is in use or was never there. One
    /// request, two where it had it.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn category_moved_to(&self, old: &Slug) -> Result<Option<Slug>, StoreError> {
        let Some(SlugTarget { id, moved_to: Some(_) }) = self.category_slug(old).await? else { return Ok(None) };
        Ok(self.category(&id).await?.map(|category| category.slug))
    }

    /// Whether a product's name is in use, and by which product.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn product_named(&self, name: &Name) -> Result<Option<Id>, StoreError> {
        let found = self.read_many(vec![name_key(name)]).await?.pop();
        found.map(|item| attribute(&item, "product")).transpose()
    }

    /// A page of products in the order of their names, hidden ones too; `search` keeps those whose name has the words.
    ///
    /// # Errors
    ///
    /// `StoreError::Position` when `start` is no position of this list, `StoreError::Unavailable` when the table does not answer.
    pub async fn products_page(
        &self,
        search: &str,
        start: Option<&str>,
        limit: usize,
    ) -> Result<Page<ProductSummary>, StoreError> {
        let (list, words) = (List::Products, search.trim().to_lowercase());
        let wanted = Wanted { start, words: &words, limit, ..Wanted::default() };
        let Page { items, next } = self.page_of(&list.name(), &[list], wanted).await?;
        let mut variants = by_sku(readable(self.variants_of(&items).await?, |item| to_variant(&item)));
        let items = readable(items, |item| to_summary(&item)).into_iter().map(|(product, skus)| {
            let variants = skus.iter().filter_map(|sku| variants.remove(sku)).collect();
            ProductSummary { variants, ..product }
        });
        Ok(Page { items: items.collect(), next })
    }

    /// What is offered of these variants, in one request up to 100. One that cannot be read is not offered: the rest of the cart
    /// can be bought.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn offers(&self, skus: &[Sku]) -> Result<BTreeMap<Sku, Offer>, StoreError> {
        let items = self.read_many(skus.iter().map(sku_key).collect()).await?;
        Ok(readable(items, |item| to_offer(&item)).into_iter().map(|offer| (offer.sku.clone(), offer)).collect())
    }

    /// Everything in the catalogue that can be read: a scan of the table, for full builds.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub fn snapshot(&self) -> Asked<'_, Result<Snapshot, StoreError>> {
        Box::pin(async move {
            let (mut found, mut start) = (Scanned::default(), None);
            loop {
                let scan = self
                    .client
                    .scan()
                    .table_name(&self.table)
                    .filter_expression("sk IN (:product, :sku, :category, :slug)")
                    .expression_attribute_values(":product", s("PRODUCT"))
                    .expression_attribute_values(":sku", s("SKU"))
                    .expression_attribute_values(":category", s("CATEGORY"))
                    .expression_attribute_values(":slug", s("SLUG"))
                    .set_exclusive_start_key(start);
                let answer = scan.send().await.map_err(|e| failed(&e))?;
                answer.items.unwrap_or_default().into_iter().for_each(|item| found.take(item));
                start = answer.last_evaluated_key;
                if start.is_none() {
                    return Ok(found.snapshot());
                }
            }
        })
    }

    /// The variants that these products name.
    async fn variants_of(&self, products: &[Item]) -> Result<Vec<Item>, StoreError> {
        // A product whose list cannot be read cannot be read as a whole; who assembles it says so.
        let skus = products.iter().flat_map(|item| attribute::<Vec<Sku>>(item, "skus").unwrap_or_default());
        self.read_many(skus.map(|sku| sku_key(&sku)).collect()).await
    }

    /// Products with their variants, each as one save has left it; an error where one of them cannot be read.
    async fn assembled(&self, products: Vec<Item>) -> Result<Vec<Product>, StoreError> {
        let (mut open, mut whole) = (products, Vec::new());
        let mut looked = HashSet::new();
        while !open.is_empty() {
            let found = self.variants_of(&open).await?;
            let versions = found.iter().map(|item| Ok((attribute(item, "sku")?, attribute(item, OF_VERSION)?)));
            let versions: HashMap<Sku, Option<u64>> = versions.collect::<Result<_, StoreError>>()?;
            let mut variants = by_sku(found.iter().map(to_variant).collect::<Result<_, _>>()?);
            let mut again = Vec::new();
            for item in open {
                // One that is as it was at the first look is not torn by a save, but by something else: it stays as it is.
                if is_torn(&item, &versions)?
                    && looked.insert((text(&item, "pk").to_owned(), attribute::<u64>(&item, "version")?))
                {
                    again.push(key_of(&item));
                } else {
                    whole.push(assemble(item, &mut variants)?);
                }
            }
            open = self.read_many(again).await?;
        }
        Ok(whole)
    }
}

/// Whether a product was saved between the reading of its own item and that of its variants.
fn is_torn(product: &Item, versions: &HashMap<Sku, Option<u64>>) -> Result<bool, StoreError> {
    let (skus, own): (Vec<Sku>, u64) = (attribute(product, "skus")?, attribute(product, "version")?);
    Ok(skus.iter().any(|sku| versions.get(sku).is_none_or(|version| version.is_some_and(|version| version > own))))
}

/// What a scan has found of the catalogue.
#[derive(Default)]
struct Scanned {
    categories: Vec<Category>,
    products: Vec<Item>,
    variants: HashMap<Sku, Variant>,
    staged: Vec<Item>,
    slugs: Vec<(Item, SlugTarget)>,
    unreadable: usize,
}

impl Scanned {
    fn take(&mut self, item: Item) {
        let read = match text(&item, "sk") {
            "PRODUCT" => {
                self.products.push(item);
                Some(())
            }
            "SKU" if is_staged(&item) => {
                self.staged.push(item);
                Some(())
            }
            "SKU" => readable_one(item, |item| to_variant(&item)).map(|v| drop(self.variants.insert(v.sku.clone(), v))),
            "CATEGORY" => readable_one(item, from_item).map(|category| self.categories.push(category)),
            _ => readable_one(item, |item| to_target(&item).map(|to| (item, to))).map(|slug| self.slugs.push(slug)),
        };
        self.unreadable += usize::from(read.is_none());
    }

    fn snapshot(mut self) -> Snapshot {
        let commits = Commits::of_readable(&self.products);
        for item in std::mem::take(&mut self.staged) {
            let settle = |item: Item| next_of(&item)?.map_or(Ok(None), |next| commits.settle(item, &next));
            match readable_one(item, settle) {
                Some(settled) => settled.into_iter().for_each(|item| self.take(item)),
                None => self.unreadable += 1,
            }
        }
        let tree = CategoryTree::new(self.categories);
        let mut snapshot = Snapshot { tree, unreadable: self.unreadable, ..Snapshot::default() };
        for item in self.products {
            match readable_one(item, |item| assemble(item, &mut self.variants)) {
                Some(product) => drop(snapshot.products.insert(product.id.clone(), product)),
                None => snapshot.unreadable += 1,
            }
        }
        for (item, target) in self.slugs {
            let noted = readable_one(item, |item| note_redirect(&mut snapshot, &item, target));
            snapshot.unreadable += usize::from(noted.is_none());
        }
        snapshot
    }
}

fn by_sku(variants: Vec<Variant>) -> HashMap<Sku, Variant> {
    variants.into_iter().map(|v| (v.sku.clone(), v)).collect()
}

/// A product from its item and the variants it names.
fn assemble(mut item: Item, variants: &mut HashMap<Sku, Variant>) -> Result<Product, StoreError> {
    let skus: Vec<Sku> = attribute(&item, "skus")?;
    item.insert("variants".to_owned(), AttributeValue::L(Vec::new()));
    let mut product: Product = from_item(item)?;
    product.variants = skus.iter().filter_map(|sku| variants.remove(sku)).collect();
    Ok(product)
}

/// The product of an entry, still without variants, and its SKUs.
fn to_summary(item: &Item) -> Result<(ProductSummary, Vec<Sku>), StoreError> {
    let product = ProductSummary {
        id: attribute(item, "id")?,
        name: attribute(item, "name")?,
        slug: attribute(item, "slug")?,
        category: attribute(item, "category")?,
        visible: attribute(item, "visible")?,
        variants: Vec::new(),
    };
    Ok((product, attribute(item, "skus")?))
}

/// The offer in a variant's item.
pub(crate) fn to_offer(item: &Item) -> Result<Offer, StoreError> {
    let mut item = item.clone();
    let price = money(&item, "price")?.unwrap_or_default();
    item.insert("price".to_owned(), s(price.to_string()));
    let (stock, _) = stock_of(attribute(&item, "stock")?);
    item.insert("stock".to_owned(), n(stock));
    from_item(item)
}

/// Takes note of an old address, unless what it led to is gone.
fn note_redirect(snapshot: &mut Snapshot, item: &Item, target: SlugTarget) -> Result<(), StoreError> {
    let SlugTarget { id, moved_to: Some(to) } = target else { return Ok(()) };
    let mut parts = text(item, "pk").splitn(3, '#').skip(1);
    let (kind, from) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let from: Slug = from.parse().map_err(crate::item::corrupt)?;
    if kind == "PRODUCT" && snapshot.products.contains_key(&id) {
        snapshot.product_redirects.insert(from, to);
    } else if kind == "CATEGORY" && snapshot.tree.get(&id).is_some() {
        snapshot.category_redirects.insert(from, to);
    }
    Ok(())
}

fn to_target(item: &Item) -> Result<SlugTarget, StoreError> {
    Ok(SlugTarget { id: attribute(item, "id")?, moved_to: attribute(item, "moved_to")? })
}

pub(crate) fn text<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(|v| v.as_s().ok()).map_or("", String::as_str)
}
