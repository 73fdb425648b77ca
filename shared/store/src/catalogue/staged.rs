//! Saves a product that needs more writes than a transaction has. Every reader sees all of the save or nothing.
//!
//! 1. **Stage.** Each variant's item gets its new content under `next`, with the identifier of the save. The item of a new
//!    variant has nothing else yet. Readers ignore what is staged.
//! 2. **Commit.** One transaction writes the product, marks it as `rolling`, and deletes the save's own item (`SAVE#id` /
//!    `SAVE`). From now on readers return what is staged ([`Store::as_committed`]).
//! 3. **Roll forward.** The new content takes the place of the old in each item. Then the mark is removed.
//!
//! If the writer dies after the commit, the next writer of the product rolls the save forward, or an order that is refused by a
//! staged item. If it dies before, the next writer who needs one of the items deletes the save's own item, so that it can never
//! be committed. Stock is staged as a difference, so that sales in between are not lost.

use super::{product_key, sku_key};
use crate::{
    Store, StoreError,
    catalogue::ProductWriteError,
    item::{Item, attribute, corrupt, expire, key, key_of, n, s, to_attribute},
    meter::count_unreadable,
    write::{NotWritten, Part, Write},
};
use aws_sdk_dynamodb::types::AttributeValue;
use clock::now;
use domain::text::{Id, Sku};
use futures_util::{StreamExt, stream};
use ids::new_id;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// Where a variant's item keeps what it becomes.
pub(crate) const NEXT: &str = "next";
/// Where a product's item keeps the save that is rolled forward.
pub(super) const ROLLING: &str = "rolling";
/// So many items of one save are written side by side.
const AT_ONCE: usize = 16;
/// So often a save clears its way of others before it gives up.
const MOST_TRIES: usize = 4;
/// What a save that was never committed leaves in the table goes after so many days.
const KEPT_DAYS: i64 = 1;
/// What a variant's item may have none of.
const OPTIONAL: [&str; 9] =
    ["compare_at", "weight_grams", "image", "stock_policy", "cost", "own_image", "barcode", "measure", NEXT];

/// What becomes of one variant's item.
#[derive(Debug, Clone)]
pub(super) struct VariantChange {
    pub(super) sku: Sku,
    pub(super) product: Id,
    /// Its balance as it was seen; `None` for a new variant.
    pub(super) seen: Option<i64>,
    /// Its item and its balance from now on; `None` when it goes.
    pub(super) becomes: Option<(Item, i64)>,
}

/// A save as a product's item notes it.
#[derive(Serialize, Deserialize)]
struct Rolling {
    save: Id,
    /// The variants that it takes away.
    gone: Vec<Sku>,
}

/// What an item becomes, as it keeps it.
#[derive(Serialize, Deserialize)]
pub(super) struct Next {
    save: Id,
    /// The product's version from which it counts.
    version: u64,
    /// What is added to the stock.
    stock: i64,
    gone: bool,
}

/// A save of a product: its own item, whatever else changes with it, and its variants.
#[derive(Clone)]
pub(super) struct Save {
    pub(super) product: Id,
    /// The version that it makes.
    pub(super) version: u64,
    /// Writes the product's item, or takes it away.
    pub(super) entry: Write,
    pub(super) others: Vec<Write>,
    pub(super) variants: Vec<VariantChange>,
}

impl VariantChange {
    /// The write, where all of them fit into one transaction.
    pub(super) fn write(self) -> Write {
        let Some((mut item, stock)) = self.becomes else { return Write::delete(sku_key(&self.sku)) };
        let Some(seen) = self.seen else {
            item.insert("stock".to_owned(), n(stock));
            return Write::create(item).part(Part::NewSku(self.sku));
        };
        let write = |set: &[&str]| overwrite(&self.sku, item, set).value(":product", s(self.product.as_str()));
        if seen == stock {
            return write(&[]).when("product = :product");
        }
        let write = write(&["stock = :stock"]).value(":stock", n(stock)).value(":seen", n(seen));
        write.when("product = :product AND stock = :seen").part(Part::Stock(self.sku))
    }

    /// Tells the item what it becomes once the save is committed, in place of what an `abandoned` save has left there.
    fn stage(&self, save: &Id, version: u64, abandoned: Option<&Id>) -> Result<Write, StoreError> {
        let (item, stock) = self.becomes.clone().unwrap_or_default();
        let seen = self.seen.unwrap_or_default();
        let next = Next { save: save.clone(), version, stock: stock - seen, gone: self.becomes.is_none() };
        let AttributeValue::M(mut next) = to_attribute(&next)? else { return Err(corrupt("a map is no map")) };
        next.insert("item".to_owned(), AttributeValue::M(without_key(item)));
        let write = Write::update(sku_key(&self.sku), "SET #next = :next, product = :product").name("#next", NEXT);
        let write = write.value(":next", AttributeValue::M(next)).value(":product", s(self.product.as_str()));
        if self.seen.is_none() {
            return Ok(write.when("attribute_not_exists(pk)"));
        }
        let mut condition = "product = :product".to_owned();
        let write = match abandoned {
            None => {
                condition.push_str(" AND attribute_not_exists(#next)");
                write
            }
            Some(abandoned) => {
                condition.push_str(" AND #next.#save = :abandoned");
                write.name("#save", "save").value(":abandoned", s(abandoned.as_str()))
            }
        };
        if self.becomes.is_none() || seen == stock {
            return Ok(write.when(condition));
        }
        Ok(write.when(format!("{condition} AND stock = :seen")).value(":seen", n(seen)))
    }
}

/// Sets all of an item and removes what it has none of.
fn overwrite(sku: &Sku, item: Item, set: &[&str]) -> Write {
    let gone: Vec<&str> = OPTIONAL.into_iter().filter(|name| !item.contains_key(*name)).collect();
    let item = without_key(item);
    let mut sets: Vec<String> = item.keys().map(|name| format!("#{name} = :{name}")).collect();
    sets.extend(set.iter().map(|set| (*set).to_owned()));
    let removes: Vec<String> = gone.iter().map(|name| format!("#{name}")).collect();
    let mut write = Write::update(sku_key(sku), format!("SET {} REMOVE {}", sets.join(", "), removes.join(", ")));
    for name in gone {
        write = write.name(&format!("#{name}"), name);
    }
    for (name, value) in item {
        write = write.name(&format!("#{name}"), &name).value(&format!(":{name}"), value);
    }
    write
}

fn without_key(mut item: Item) -> Item {
    item.retain(|name, _| !["pk", "sk", "stock"].contains(&name.as_str()));
    item
}

fn save_key(save: &Id) -> Item {
    key(format!("SAVE#{save}"), "SAVE")
}

/// Whether something is staged in an item.
pub(crate) fn is_staged(item: &Item) -> bool {
    super::text(item, "sk") == "SKU" && item.contains_key(NEXT)
}

pub(super) fn next_of(item: &Item) -> Result<Option<Next>, StoreError> {
    attribute(item, NEXT)
}

/// What an item becomes with its save; `None` when it goes.
fn after(item: &Item, next: &Next) -> Result<Option<Item>, StoreError> {
    if next.gone {
        return Ok(None);
    }
    let mut becomes = staged_item(item)?;
    becomes.extend(key_of(item));
    becomes.insert("stock".to_owned(), n(attribute::<Option<i64>>(item, "stock")?.unwrap_or_default() + next.stock));
    Ok(Some(becomes))
}

fn staged_item(item: &Item) -> Result<Item, StoreError> {
    let staged = item.get(NEXT).and_then(|next| next.as_m().ok()?.get("item")?.as_m().ok());
    staged.cloned().ok_or_else(|| crate::item::corrupt_attribute(item, NEXT))
}

/// What an item is while its save is not committed; `None` where it is nothing yet.
fn before(mut item: Item) -> Option<Item> {
    item.remove(NEXT);
    item.contains_key("sku").then_some(item)
}

/// The products of staged items, as far as they tell what is committed: their version, and the save that is rolling.
pub(super) struct Commits(HashMap<Id, (u64, Option<Id>)>);

enum State {
    Committed,
    Open,
    /// The product has gone on: the save was rolled forward since the item was read, or will never be committed.
    Past,
    /// There is no such product.
    NoProduct,
}

impl Commits {
    fn of(products: &[Item]) -> Result<Self, StoreError> {
        products.iter().map(Self::entry).collect::<Result<_, _>>().map(Self)
    }

    /// Of the products that can be read.
    pub(super) fn of_readable(products: &[Item]) -> Self {
        Self(products.iter().filter_map(|item| Self::entry(item).ok()).collect())
    }

    fn entry(item: &Item) -> Result<(Id, (u64, Option<Id>)), StoreError> {
        let rolling: Option<Rolling> = attribute(item, ROLLING)?;
        Ok((attribute(item, "id")?, (attribute(item, "version")?, rolling.map(|rolling| rolling.save))))
    }

    /// A staged item as these products have it, `None` where it is nothing. One whose product has gone on is as it was before.
    pub(super) fn settle(&self, item: Item, next: &Next) -> Result<Option<Item>, StoreError> {
        Ok(match self.state(&attribute(&item, "product")?, next) {
            State::Committed => after(&item, next)?,
            State::Open | State::Past => before(item),
            State::NoProduct => None,
        })
    }

    fn state(&self, product: &Id, next: &Next) -> State {
        match self.0.get(product) {
            None => State::NoProduct,
            Some((_, rolling)) if rolling.as_ref() == Some(&next.save) => State::Committed,
            Some((version, _)) if *version >= next.version => State::Past,
            Some(_) => State::Open,
        }
    }
}

impl Store {
    /// Items as they are: what a committed save has staged in them counts, what another has does not. Costs nothing where nothing
    /// is staged.
    pub(crate) async fn as_committed(&self, items: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        if !items.iter().any(is_staged) {
            return Ok(items);
        }
        let (mut staged, mut settled): (Vec<Item>, Vec<Item>) = items.into_iter().partition(is_staged);
        let mut looked = HashSet::new();
        while !staged.is_empty() {
            let commits = self.commits_of(&staged).await?;
            let mut again = Vec::new();
            for item in staged {
                let Some(next) = next_of(&item)? else {
                    settled.push(item);
                    continue;
                };
                let is_past = matches!(commits.state(&attribute(&item, "product")?, &next), State::Past);
                if is_past && looked.insert((super::text(&item, "pk").to_owned(), next.save.clone())) {
                    again.push(key_of(&item));
                } else {
                    settled.extend(commits.settle(item, &next)?);
                }
            }
            staged = self.read_raw(again).await?;
        }
        Ok(settled)
    }

    async fn commits_of(&self, staged: &[Item]) -> Result<Commits, StoreError> {
        let products: HashSet<Id> = staged.iter().map(|item| attribute(item, "product")).collect::<Result<_, _>>()?;
        Commits::of(&self.read_raw(products.iter().map(product_key).collect()).await?)
    }

    /// Saves a product in the three steps.
    pub(super) async fn save_in_steps(&self, save: Save) -> Result<(), ProductWriteError> {
        let (id, product) = (new_id(), save.product.clone());
        let mut own = save_key(&id);
        own.insert("product".to_owned(), s(product.as_str()));
        expire(&mut own, now().plus_days(KEPT_DAYS));
        self.write(Write::create(own)).await.map_err(StoreError::from)?;
        let gone: Vec<Sku> = save.variants.iter().filter(|v| v.becomes.is_none()).map(|v| v.sku.clone()).collect();
        let skus: Vec<Sku> = save.variants.iter().map(|v| v.sku.clone()).collect();
        let mut committed = self.stage(&id, &save).await;
        if committed.is_ok() {
            let rolling = to_attribute(&Rolling { save: id.clone(), gone })?;
            let mut writes = vec![save.entry.with(ROLLING, rolling)];
            writes.push(Write::delete(save_key(&id)).when("attribute_exists(pk)"));
            writes.extend(save.others);
            committed = self.transact_product(&product, writes).await;
        }
        match committed {
            Ok(()) => self.roll(&product, &id, &skus).await,
            // Nobody knows whether it is committed: who comes next finds out.
            Err(ProductWriteError::Store(StoreError::Unanswered(_))) => {}
            Err(_) => self.abandon(&id, &skus).await,
        }
        committed
    }

    /// Tells each variant's item what it becomes.
    async fn stage(&self, id: &Id, save: &Save) -> Result<(), ProductWriteError> {
        let mut open: Vec<(&VariantChange, Option<Id>)> = save.variants.iter().map(|change| (change, None)).collect();
        for _ in 0..MOST_TRIES {
            let staging = open.iter().map(|(change, abandoned)| change.stage(id, save.version, abandoned.as_ref()));
            let staged = self.write_each(staging.collect::<Result<_, _>>()?).await;
            let mut again = Vec::new();
            for ((change, _), staged) in open.into_iter().zip(staged) {
                match staged {
                    Ok(_) => {}
                    Err(NotWritten::Failed(error)) => return Err(error.into()),
                    Err(NotWritten::Condition(item)) => again.push((change, self.clear(change, item).await?)),
                }
            }
            open = again;
            if open.is_empty() {
                return Ok(());
            }
        }
        Err(StoreError::Conflict.into())
    }

    /// Clears the way to an item in which it could not be staged, or says what is in the way. Answers with the save that has left
    /// something there and will never be committed.
    async fn clear(&self, change: &VariantChange, item: Item) -> Result<Option<Id>, ProductWriteError> {
        let Some(next) = next_of(&item)? else {
            let is_other = attribute::<Option<Id>>(&item, "product")?.as_ref() != Some(&change.product);
            return match change.seen {
                None => Err(ProductWriteError::SkuTaken(change.sku.clone())),
                Some(_) if is_other => Err(StoreError::Conflict.into()),
                // What was staged there has been rolled forward meanwhile.
                Some(seen) if attribute::<i64>(&item, "stock")? == seen => Ok(None),
                Some(_) => Err(ProductWriteError::StockChanged(change.sku.clone())),
            };
        };
        if self.free(&item, &next).await? {
            return Ok(None);
        }
        match change.seen {
            None => Err(ProductWriteError::SkuTaken(change.sku.clone())),
            Some(_) => Ok(Some(next.save)),
        }
    }

    /// Ends the save that is staged in an item: rolls it forward where it is committed, and makes sure that it never is, where it
    /// is not. Whether the item is now as if nothing had been staged in it.
    async fn free(&self, item: &Item, next: &Next) -> Result<bool, StoreError> {
        // After this it is committed already, or never.
        self.write(Write::delete(save_key(&next.save))).await?;
        let product: Id = attribute(item, "product")?;
        let commits = self.commits_of(std::slice::from_ref(item)).await?;
        if matches!(commits.state(&product, next), State::Committed) {
            return self.finish(&product).await;
        }
        let is_nothing = before(item.clone()).is_none() || matches!(commits.state(&product, next), State::NoProduct);
        if is_nothing {
            return was_staged(self.write(while_staged(Write::delete(key_of(item)), &next.save)).await);
        }
        Ok(false)
    }

    /// Whether a SKU that was refused as another product's was none's, but staged by a save that was never committed; it is free
    /// now.
    pub(super) async fn free_abandoned(&self, sku: &Sku) -> Result<bool, StoreError> {
        let Some(item) = self.read_item(sku_key(sku)).await? else { return Ok(true) };
        match next_of(&item)? {
            Some(next) if before(item.clone()).is_none() => self.free(&item, &next).await,
            _ => Ok(false),
        }
    }

    /// Rolls a product's save forward, if one is rolling. Whether there was one.
    pub(crate) async fn finish(&self, product: &Id) -> Result<bool, StoreError> {
        let Some(item) = self.read_item(product_key(product)).await? else { return Ok(false) };
        let Some(rolling) = attribute::<Option<Rolling>>(&item, ROLLING)? else { return Ok(false) };
        let mut skus: Vec<Sku> = attribute(&item, "skus")?;
        skus.extend(rolling.gone);
        self.try_roll(product, &rolling.save, &skus).await?;
        Ok(true)
    }

    /// The third step of a save that is committed. Where it fails, readers do without, and the next writer does it.
    async fn roll(&self, product: &Id, save: &Id, skus: &[Sku]) {
        if let Err(error) = self.try_roll(product, save, skus).await {
            count_unreadable();
            tracing::error!(%product, %error, "a save is not rolled forward yet");
        }
    }

    async fn try_roll(&self, product: &Id, save: &Id, skus: &[Sku]) -> Result<(), StoreError> {
        self.each_staged(save, skus, |sku, item, next| {
            if next.gone {
                return Ok(Write::delete(key_of(item)));
            }
            let write = overwrite(sku, staged_item(item)?, &["stock = if_not_exists(stock, :zero) + :difference"]);
            Ok(write.value(":zero", n(0)).value(":difference", n(next.stock)))
        })
        .await?;
        let done = Write::update(product_key(product), "REMOVE #rolling").name("#rolling", ROLLING).name("#save", "save");
        match self.write(done.when("#rolling.#save = :save").value(":save", s(save.as_str()))).await {
            Err(NotWritten::Failed(error)) => Err(error),
            Ok(_) | Err(NotWritten::Condition(_)) => Ok(()),
        }
    }

    /// Takes back what a save has staged that is not committed. What stays is in nobody's way.
    async fn abandon(&self, save: &Id, skus: &[Sku]) {
        let abandoned = async {
            self.write(Write::delete(save_key(save))).await?;
            let back = |sku: &Sku, item: &Item, _: &Next| {
                let is_nothing = before(item.clone()).is_none();
                Ok(if is_nothing { Write::delete(key_of(item)) } else { Write::update(sku_key(sku), "REMOVE #next") })
            };
            self.each_staged(save, skus, back).await
        };
        if let Err(error) = abandoned.await {
            tracing::warn!(%error, "what a save has staged stays for now");
        }
    }

    /// Writes every item in which this save is staged; one that somebody else has written is passed over.
    async fn each_staged(
        &self,
        save: &Id,
        skus: &[Sku],
        write: impl Fn(&Sku, &Item, &Next) -> Result<Write, StoreError>,
    ) -> Result<(), StoreError> {
        let mut writes = Vec::new();
        for item in self.read_raw(skus.iter().map(sku_key).collect()).await? {
            if let Some(next) = next_of(&item)?.filter(|next| next.save == *save) {
                let sku: Sku = super::text(&item, "pk").trim_start_matches("SKU#").parse().map_err(corrupt)?;
                writes.push(while_staged(write(&sku, &item, &next)?, save));
            }
        }
        self.write_each(writes).await.into_iter().try_for_each(|written| was_staged(written).map(drop))
    }

    /// Writes side by side, with what became of each in their order.
    async fn write_each(&self, writes: Vec<Write>) -> Vec<Result<Item, NotWritten>> {
        let writes: Vec<_> = writes.into_iter().map(|write| self.write(write)).collect();
        stream::iter(writes).buffered(AT_ONCE).collect().await
    }
}

/// A write of an item in which this save is staged.
fn while_staged(write: Write, save: &Id) -> Write {
    let write = write.name("#next", NEXT).name("#save", "save").value(":save", s(save.as_str()));
    write.when("#next.#save = :save")
}

/// Whether the save was still staged in an item that was written.
fn was_staged(written: Result<Item, NotWritten>) -> Result<bool, StoreError> {
    match written {
        Ok(_) => Ok(true),
        Err(NotWritten::Condition(_)) => Ok(false),
        Err(NotWritten::Failed(error)) => Err(error),
    }
}
