//! Moves a shop from the former keys of its lists to those of today ([`crate::lists`]), while it is open.
//!
//! Until it has moved, what is written gets both kinds of keys and lists are read by the former ones. The move gives what was
//! written before the keys of today, under the version that was read, until nothing is left without; then it says so in the
//! settings' item, and lists are read by the keys of today. It may be stopped and begun again at any time.
//!
//! Functions of the former version must have ended before: they write former keys alone.

use crate::{
    Store, StoreError,
    catalogue::{category_entry, product_entry, text},
    error::failed,
    item::{Item, attribute, key, key_of, n, readable_one, s},
    lists::{FORMER_INDEXES, INDEXES, Layout},
    order::{order_entry, to_order},
    settings,
    write::{NotWritten, Write},
};
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::{StreamExt, TryStreamExt, stream};

/// Items written at once.
const AT_ONCE: usize = 16;
/// What is listed and has no keys of today.
const TO_MOVE: &str = "sk IN (:order, :product, :category) AND attribute_not_exists(gsi3sk) AND attribute_not_exists(gsi4sk)";
/// What still has keys of before.
const TO_CLEAR: &str = "attribute_exists(gsi1pk) OR attribute_exists(gsi2pk)";

/// What a move has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moved {
    /// Items that got the keys of today, or lost those of before.
    pub written: u64,
    /// Items that cannot be read and stay as they are. No list shows them, before or after.
    pub unreadable: u64,
}

impl Store {
    /// Gives everything that is listed the keys of today and has lists read by them. `tell` hears how many items are done.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer or lacks an index; `Unanswered` when a write may have been done.
    pub async fn move_lists(&self, mut tell: impl FnMut(u64)) -> Result<Moved, StoreError> {
        let indexes = self.indexes().await?;
        if let Some(missing) = INDEXES.iter().find(|index| !indexes.contains(&(index.name.to_owned(), true))) {
            return Err(StoreError::Unavailable(format!("the table's index {} is not there yet", missing.name)));
        }
        self.layout().await?;
        let mut moved = Moved::default();
        loop {
            let pass = self.pass(TO_MOVE, |done| tell(moved.written + done)).await?;
            moved = Moved { written: moved.written + pass.written, unreadable: pass.unreadable };
            if pass.written == 0 {
                break;
            }
        }
        // It counts as a version: who saves the settings as they were before is refused.
        let done = Write::update(key(settings::KEY, settings::KEY), "SET #moved = :yes ADD version :one")
            .when("attribute_exists(pk) AND attribute_not_exists(#moved)")
            .name("#moved", settings::MOVED)
            .value(":yes", AttributeValue::Bool(true))
            .value(":one", n(1));
        match self.write(done).await {
            // Nobody has set the shop up, or it had moved.
            Ok(_) | Err(NotWritten::Condition(_)) => {}
            Err(NotWritten::Failed(error)) => return Err(error),
        }
        self.layout().await?;
        Ok(moved)
    }

    /// Takes the former keys off everything, once lists are not read by them any more.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer or lacks an index; `Unanswered` when a write may have been done.
    pub async fn clear_former_keys(&self, tell: impl FnMut(u64)) -> Result<Moved, StoreError> {
        match self.layout().await? {
            Layout::Spread => self.pass(TO_CLEAR, tell).await,
            Layout::Former => Ok(Moved::default()),
        }
    }

    /// All of it for a table that nobody else uses: makes the indexes of today, moves the lists, and removes what was before.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer or lacks an index; `Unanswered` when a write may have been done.
    pub async fn bring_up_to_date(&self) -> Result<Moved, StoreError> {
        if !self.indexes().await?.iter().any(|(name, _)| FORMER_INDEXES.contains(&name.as_str())) {
            return Ok(Moved::default());
        }
        self.add_indexes().await?;
        let moved = self.move_lists(|_| ()).await?;
        self.clear_former_keys(|_| ()).await?;
        self.drop_former_indexes().await?;
        Ok(moved)
    }

    /// Whether lists are read by the keys of today.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer, `StoreError::Corrupt` when what it holds cannot be read.
    pub async fn lists_have_moved(&self) -> Result<bool, StoreError> {
        Ok(self.layout().await? == Layout::Spread)
    }

    /// Goes through the table once and writes what the filter finds.
    async fn pass(&self, filter: &str, mut tell: impl FnMut(u64)) -> Result<Moved, StoreError> {
        let (mut done, mut start) = (Moved::default(), None);
        loop {
            let mut scan = self.client.scan().table_name(&self.table).consistent_read(true).filter_expression(filter);
            if filter == TO_MOVE {
                for (name, kind) in [(":order", "ORDER"), (":product", "PRODUCT"), (":category", "CATEGORY")] {
                    scan = scan.expression_attribute_values(name, s(kind));
                }
            }
            let answer = scan.set_exclusive_start_key(start).send().await.map_err(|e| failed(&e))?;
            let writes = answer.items.unwrap_or_default().into_iter().map(|item| self.bring(item, filter));
            let written: Vec<bool> = stream::iter(writes).buffer_unordered(AT_ONCE).try_collect().await?;
            let readable = written.iter().filter(|written| **written).count() as u64;
            done = Moved { written: done.written + readable, unreadable: done.unreadable + written.len() as u64 - readable };
            tell(done.written);
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(done);
            }
        }
    }

    /// Writes one item anew; `false` where it cannot be read. One that was written meanwhile is looked at in the next pass.
    async fn bring(&self, item: Item, filter: &str) -> Result<bool, StoreError> {
        let write = if filter == TO_CLEAR {
            let clear = Write::update(key_of(&item), "REMOVE gsi1pk, gsi1sk, gsi2pk, gsi2sk");
            Some(clear.when("attribute_exists(pk)"))
        } else {
            let layout = self.known_layout();
            readable_one(item, |item| moving(&item, layout))
        };
        let Some(write) = write else { return Ok(false) };
        match self.write(write).await {
            Ok(_) | Err(NotWritten::Condition(_)) => Ok(true),
            Err(NotWritten::Failed(error)) => Err(error),
        }
    }
}

/// Adds the keys of today to an item as it was read.
fn moving(item: &Item, layout: Layout) -> Result<Write, StoreError> {
    let entry = match text(item, "sk") {
        "ORDER" => order_entry(&to_order(item.clone())?, layout)?,
        "PRODUCT" => product_entry(&attribute(item, "id")?, &attribute(item, "name")?, layout),
        _ => category_entry(&attribute(item, "id")?, layout),
    };
    let set: Vec<String> = entry.keys().map(|name| format!("#{name} = :{name}")).collect();
    let seen: u64 = attribute(item, "version")?;
    let mut write = Write::update(key_of(item), format!("SET {}", set.join(", "))).at_version(seen);
    for (name, value) in entry {
        write = write.name(&format!("#{name}"), &name).value(&format!(":{name}"), value);
    }
    Ok(write)
}
