//! Lists: the table's indexes, the keys of their entries, and how a page is read from them.
//!
//! DynamoDB gives one partition key 1,000 writes a second, in each index too. So a list that many write at once lies under
//! several keys, its shards: an entry's is the hash of its identifier. A page asks all shards at once and merges what they answer
//! by the sort key. An entry holds what lists show and no more; what else changes in an item writes no entry.
//!
//! A shop of the former keys has its lists in `gsi1` and `gsi2`, one key each, every entry a full copy. Until it has moved
//! ([`Store::move_lists`]) its lists are read there, and what is written gets both kinds of keys.

use crate::{
    Asked, Store, StoreError,
    catalogue::text,
    error::failed,
    item::{Item, s},
    settings,
};
use aws_sdk_dynamodb::{
    operation::query::builders::QueryFluentBuilder,
    types::{AttributeValue, Select},
};
use domain::order::OrderStatus;
use sha2::{Digest, Sha256};
use std::sync::atomic;

/// An index: its keys are `NAMEpk` and `NAMEsk`.
pub(crate) struct Index {
    pub(crate) name: &'static str,
    /// What an entry holds besides keys.
    pub(crate) shows: &'static [&'static str],
}

/// The table's indexes.
pub(crate) const INDEXES: [Index; 2] = [
    // Orders by owner, products.
    Index {
        name: "gsi3",
        shows: &[
            "number",
            "placed_at",
            "status",
            "total",
            "units",
            "name",
            "email",
            "id",
            "slug",
            "category",
            "skus",
            "visible",
            "words",
        ],
    },
    // Orders by status, categories.
    Index {
        name: "gsi4",
        shows: &[
            "number",
            "placed_at",
            "status",
            "total",
            "units",
            "name",
            "email",
            "payment_method",
            "id",
            "slug",
            "parent",
            "description",
            "image",
            "position",
            "version",
        ],
    },
];
/// Those of the former keys, with a full copy of each item.
pub(crate) const FORMER_INDEXES: [&str; 2] = ["gsi1", "gsi2"];

/// Which keys lists are read by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One key a list.
    Former,
    /// Several where many write at once.
    Spread,
}

/// What is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum List {
    /// Orders of a customer or of a guest's address, by moment.
    Owner(String),
    /// Orders of a status, by moment.
    Status(OrderStatus),
    /// Products by name.
    Products,
    /// Categories.
    Categories,
}

impl List {
    /// The list's name; also its key in the former layout.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Owner(owner) => owner.clone(),
            Self::Status(status) => format!("ORDERS#{status}"),
            Self::Products => "PRODUCTS".to_owned(),
            Self::Categories => "CATEGORIES".to_owned(),
        }
    }

    /// How many keys it lies under; none where it needs no more than one.
    ///
    /// Pending takes every order: at 5,000 a second, each shard of eight takes 625 writes, and has room for orders that leave it.
    /// Staff and the sweep bring orders into the other lists, one after the other. Products are written by staff and imports.
    fn shards(&self) -> Option<u8> {
        match self {
            Self::Owner(_) | Self::Categories => None,
            Self::Status(OrderStatus::Pending) => Some(8),
            Self::Status(_) => Some(2),
            Self::Products => Some(4),
        }
    }

    fn index(&self, layout: Layout) -> &'static str {
        match (layout, self) {
            (Layout::Spread, Self::Owner(_) | Self::Products) => "gsi3",
            (Layout::Spread, Self::Status(_) | Self::Categories) => "gsi4",
            (Layout::Former, Self::Status(_)) => "gsi2",
            (Layout::Former, _) => "gsi1",
        }
    }

    /// The keys under which it lies.
    fn keys(&self, layout: Layout) -> Vec<String> {
        let name = self.name();
        match self.shards().filter(|_| layout == Layout::Spread) {
            Some(shards) => (0..shards).map(|shard| format!("{name}#{shard}")).collect(),
            None => vec![name],
        }
    }

    /// The key of the entry for what has this identifier.
    pub(crate) fn key_of(&self, id: &str) -> String {
        let name = self.name();
        self.shards().map_or_else(|| name.clone(), |shards| format!("{name}#{}", Sha256::digest(id.as_bytes())[0] % shards))
    }

    /// Puts an item into the list, at this place.
    pub(crate) fn enter(&self, item: &mut Item, id: &str, place: &str, layout: Layout) {
        enter(item, self.index(Layout::Spread), self.key_of(id), place);
        if layout == Layout::Former {
            enter(item, self.index(Layout::Former), self.name(), place);
        }
    }
}

/// Puts an item into an index, under this key at this place.
pub(crate) fn enter(item: &mut Item, index: &str, key: String, place: &str) {
    item.insert(format!("{index}pk"), s(key));
    item.insert(format!("{index}sk"), s(place));
}

/// Whether an attribute says where an item is listed, or which write it comes from, and nothing of the thing itself.
pub(crate) fn is_bookkeeping(attribute: &str) -> bool {
    attribute.starts_with("gsi") || attribute == "write_id"
}

/// A page of a list, and where the next one starts.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Opaque; `None` on the last page.
    pub next: Option<String>,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wanted<'a> {
    /// The position before it, from outside; the list's beginning where there is none.
    pub(crate) start: Option<&'a str>,
    /// From the end to the beginning.
    pub(crate) backwards: bool,
    /// Only what lies before this place.
    pub(crate) before: Option<&'a str>,
    /// Only items with these words.
    pub(crate) words: &'a str,
    /// At most so many; all where it is 0.
    pub(crate) limit: usize,
}

/// A list in one index, under all its keys.
struct Shards {
    index: &'static str,
    keys: Vec<String>,
}

impl Store {
    /// Which keys to read by. A shop that may not have moved is asked each time.
    pub(crate) async fn layout(&self) -> Result<Layout, StoreError> {
        if self.known_layout() == Layout::Former {
            self.note_layout(self.read(settings::KEY, settings::KEY).await?.as_ref());
        }
        Ok(self.known_layout())
    }

    /// What is known of that so far. Whoever writes by the former one writes both.
    pub(crate) fn known_layout(&self) -> Layout {
        if self.moved.load(atomic::Ordering::Relaxed) { Layout::Spread } else { Layout::Former }
    }

    /// Learns from the settings' item; a table without one is a new shop's.
    pub(crate) fn note_layout(&self, settings: Option<&Item>) {
        if settings.is_none_or(|item| item.contains_key(settings::MOVED)) {
            self.moved.store(true, atomic::Ordering::Relaxed);
        }
    }

    /// A page of several lists of one index, merged: one request for each of their keys, all at once. Positions are those of the
    /// list of this name.
    pub(crate) async fn page_of(&self, name: &str, lists: &[List], wanted: Wanted<'_>) -> Result<Page<Item>, StoreError> {
        let after = wanted.start.filter(|start| !start.is_empty()).map(|start| place_of(name, start)).transpose()?;
        let layout = self.layout().await?;
        let Some(index) = lists.first().map(|list| list.index(layout)) else { return Ok(Page { items: Vec::new(), next: None }) };
        let shards = Shards { index, keys: lists.iter().flat_map(|list| list.keys(layout)).collect() };
        let mut items = self.merged(&shards, after.as_deref(), wanted).await?;
        let place = |item: &Item| text(item, &format!("{index}sk")).to_owned();
        let more = wanted.limit > 0 && items.len() > wanted.limit;
        if more {
            items.truncate(wanted.limit);
        }
        let next = items.last().filter(|_| more).map(|last| position(name, &place(last)));
        Ok(Page { items, next })
    }

    /// Everything that is wanted of these keys in the order of the list, and one more where there is.
    async fn merged(&self, shards: &Shards, after: Option<&str>, wanted: Wanted<'_>) -> Result<Vec<Item>, StoreError> {
        let asked = shards.keys.iter().map(|key| self.entries(shards.index, key, after, wanted));
        let mut items: Vec<Item> = futures_util::future::try_join_all(asked).await?.into_iter().flatten().collect();
        let sort_key = format!("{}sk", shards.index);
        let place = |item: &Item| text(item, &sort_key).to_owned();
        items.sort_by_cached_key(place);
        // What goes from one key to another just now may be seen under both.
        items.dedup_by_key(|item| place(item));
        if wanted.backwards {
            items.reverse();
        }
        Ok(items)
    }

    /// The entries of one key: in one request as long as they fit into a megabyte and no words are looked for.
    fn entries<'a>(
        &'a self,
        index: &'static str,
        key: &'a str,
        after: Option<&'a str>,
        wanted: Wanted<'a>,
    ) -> Asked<'a, Result<Vec<Item>, StoreError>> {
        Box::pin(async move {
            let most = if wanted.limit == 0 { usize::MAX } else { wanted.limit + 1 };
            let (mut found, mut start) = (Vec::new(), None);
            loop {
                let mut query = self.query_of(index, key, after, wanted).set_exclusive_start_key(start);
                if wanted.limit > 0 {
                    query = query.limit(if wanted.words.is_empty() { i32::try_from(most).unwrap_or(i32::MAX) } else { 500 });
                }
                let answer = query.send().await.map_err(|e| failed(&e))?;
                found.extend(answer.items.unwrap_or_default());
                start = answer.last_evaluated_key;
                if start.is_none() || found.len() >= most {
                    found.truncate(most);
                    return Ok(found);
                }
            }
        })
    }

    fn query_of(&self, index: &'static str, key: &str, after: Option<&str>, wanted: Wanted<'_>) -> QueryFluentBuilder {
        let (condition, values) = span(index, after, wanted);
        let query = self.client.query().table_name(&self.table).index_name(index).scan_index_forward(!wanted.backwards);
        let mut query = query.key_condition_expression(condition).expression_attribute_values(":pk", s(key));
        for (name, value) in values {
            query = query.expression_attribute_values(name, value);
        }
        if wanted.words.is_empty() {
            return query;
        }
        query.filter_expression("contains(words, :words)").expression_attribute_values(":words", s(wanted.words))
    }

    /// How many entries a list has, counted up to this many.
    pub(crate) fn counted<'a>(&'a self, list: &'a List, most: usize) -> Asked<'a, Result<usize, StoreError>> {
        Box::pin(async move {
            let layout = self.layout().await?;
            let index = list.index(layout);
            let counts = list.keys(layout).into_iter().map(|key| async move {
                let query = self.query_of(index, &key, None, Wanted::default()).select(Select::Count);
                let answer = query.limit(i32::try_from(most).unwrap_or(i32::MAX)).send().await.map_err(|e| failed(&e))?;
                Ok::<_, StoreError>(usize::try_from(answer.count).unwrap_or_default())
            });
            Ok(futures_util::future::try_join_all(counts).await?.into_iter().sum::<usize>().min(most))
        })
    }
}

/// The condition for the part of a key behind one place and before another.
fn span(index: &str, after: Option<&str>, wanted: Wanted<'_>) -> (String, Vec<(&'static str, AttributeValue)>) {
    let place = |condition: &str| format!("{index}pk = :pk AND {index}sk {condition}");
    match (after, wanted.before, wanted.backwards) {
        (None, None, _) => (format!("{index}pk = :pk"), Vec::new()),
        (None, Some(before), _) => (place("< :before"), vec![(":before", s(before))]),
        (Some(after), _, true) => (place("< :after"), vec![(":after", s(after))]),
        (Some(after), None, false) => (place("> :after"), vec![(":after", s(after))]),
        // Between includes its ends: no place begins with another one.
        (Some(after), Some(before), false) => {
            (place("BETWEEN :after AND :before"), vec![(":after", s(format!("{after}~"))), (":before", s(before))])
        }
    }
}

/// A position as opaque text: the list and the place in it. It says nothing of keys, so it stays good when a shop moves.
fn position(list: &str, place: &str) -> String {
    hex::encode(format!("{list}\u{1f}{place}"))
}

/// The place of a position of this list. Anything else is none of that list's positions, and DynamoDB is not asked about it.
fn place_of(list: &str, position: &str) -> Result<String, StoreError> {
    let place = decode(position).and_then(|text| Some(text.strip_prefix(list)?.strip_prefix('\u{1f}')?.to_owned()));
    place.filter(|place| (1..=1024).contains(&place.len())).ok_or(StoreError::Position)
}

fn decode(text: &str) -> Option<String> {
    if text.len() > 4000 {
        return None;
    }
    String::from_utf8(hex::decode(text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_good_for_its_own_list_alone() {
        let own = position("ORDERS#pending", "2026-01-02T03:04:05.000Z#ABCDE-ABCDE");
        assert_eq!(place_of("ORDERS#pending", &own).ok().as_deref(), Some("2026-01-02T03:04:05.000Z#ABCDE-ABCDE"));
        for (list, position) in [("ORDERS#shipped", own.as_str()), ("ORDERS", &own), ("PRODUCTS", ""), ("PRODUCTS", "zz")] {
            assert!(matches!(place_of(list, position), Err(StoreError::Position)), "{list} {position}");
        }
        assert!(place_of("PRODUCTS", &position("PRODUCTS", "")).is_err(), "a place is not empty");
    }

    #[test]
    fn indexes_stay_below_what_dynamodb_allows() {
        for index in INDEXES {
            assert!(index.shows.len() <= 20, "{} shows {}", index.name, index.shows.len());
        }
    }

    #[test]
    fn a_list_of_several_keys_is_spread_evenly() {
        let list = List::Status(OrderStatus::Pending);
        let mut counts = std::collections::BTreeMap::new();
        for number in 0..8000 {
            *counts.entry(list.key_of(&format!("{number:05}"))).or_insert(0_u32) += 1;
        }
        assert_eq!(counts.len(), 8);
        assert!(counts.values().all(|count| (850..1150).contains(count)), "{counts:?}");
    }
}
