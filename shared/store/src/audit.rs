//! The audit log: `AUDIT#month` / `moment#id` (GSI3 `AUDIT#subject`), one record of every change by staff, put in the
//! transaction of the change. So there is no change without its record, and no record of what was not done.
//!
//! Who it is comes from the session that the write waits for ([`crate::Guard`]). What a shopper, a schedule or the owner's
//! command line does is not staff's, and leaves none. A record has no address, name or telephone number of a shopper.

use crate::{
    StoreError, guard,
    item::{Item, key, to_item},
    lists::enter,
    write::Write,
};
use clock::now;
use domain::{customer::Role, text::Id, timestamp::Timestamp};
use ids::new_id;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A change by a member of staff.
#[derive(Serialize)]
struct AuditRecord {
    /// When it was written.
    at: Timestamp,
    /// Whose account it was.
    staff: Id,
    /// The account's role at that time.
    role: Role,
    /// What was changed, by its key: `PRODUCT#id`, `CATEGORY#id` or `ORDER#number`.
    subject: String,
    /// The fields that changed, as they were, as JSON; empty when it was made.
    before: String,
    /// The same fields as they are now, as JSON; empty when it was deleted.
    after: String,
}

/// The write that goes with a change, where a member of staff makes it. `before` is what was there, if anything; `after` is what
/// is there now, if anything. What is saved as it was is no change.
///
/// # Errors
///
/// [`StoreError::SessionEnded`] when the session has ended; any error of reading its record.
pub(crate) async fn record<T: Serialize>(
    subject: String,
    before: Option<&T>,
    after: Option<&T>,
) -> Result<Option<Write>, StoreError> {
    let Some(session) = guard::session().await? else { return Ok(None) };
    if !session.role.is_staff() {
        return Ok(None);
    }
    let (mut before, mut after) = difference(fields(before)?, fields(after)?);
    shorten(&mut before, &mut after);
    if before.is_empty() && after.is_empty() {
        return Ok(None);
    }
    let text = |fields: Map<String, Value>| if fields.is_empty() { String::new() } else { Value::Object(fields).to_string() };
    let (staff, role) = (session.customer, session.role);
    let record = AuditRecord { at: now(), staff, role, subject, before: text(before), after: text(after) };
    // Without a condition: its identifier is new.
    Ok(Some(Write::put(item(&record)?)))
}

fn item(record: &AuditRecord) -> Result<Item, StoreError> {
    let moment = record.at.to_string();
    let month = moment.get(..7).unwrap_or(&moment);
    // Identifiers begin with their moment: they sort by it, and no two are alike.
    let place = new_id().to_string();
    let mut item = to_item(key(format!("AUDIT#{month}"), &place), record)?;
    enter(&mut item, "gsi3", format!("AUDIT#{}", record.subject), &place);
    Ok(item)
}

fn fields(of: Option<&impl Serialize>) -> Result<Map<String, Value>, StoreError> {
    match of.map(serde_json::to_value).transpose().map_err(crate::item::corrupt)? {
        Some(Value::Object(fields)) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

/// Fields that differ after every write, and say nothing.
const OF_EVERY_WRITE: [&str; 2] = ["updated_at", "version"];

/// The fields in which two things differ.
fn difference(mut before: Map<String, Value>, mut after: Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    for name in OF_EVERY_WRITE {
        before.remove(name);
        after.remove(name);
    }
    let same: Vec<String> =
        before.iter().filter(|(name, value)| after.get(*name) == Some(value)).map(|(n, _)| n.clone()).collect();
    for name in same {
        before.remove(&name);
        after.remove(&name);
    }
    (before, after)
}

/// Bytes of both sides of a record at most: an item has room for 400 KB.
const MOST_BYTES: usize = 320 * 1024;
/// What stands for a field for which there is no room.
const TOO_LONG: &str = "(too long to be kept)";

/// Leaves the content of the longest fields out, until the rest has room.
fn shorten(before: &mut Map<String, Value>, after: &mut Map<String, Value>) {
    let length = |fields: &Map<String, Value>, name: &str| fields.get(name).map_or(0, |value| value.to_string().len());
    loop {
        let names = before.keys().chain(after.keys());
        let lengths: BTreeMap<&String, usize> = names.map(|name| (name, length(before, name) + length(after, name))).collect();
        let longest = lengths.iter().max_by_key(|(_, length)| **length).map(|(name, _)| (*name).clone());
        let Some(longest) = longest.filter(|_| lengths.values().sum::<usize>() > MOST_BYTES) else { return };
        for fields in [&mut *before, &mut *after] {
            if let Some(value) = fields.get_mut(&longest) {
                *value = TOO_LONG.into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn only_what_differs_is_recorded_and_what_came_or_went_is_whole() {
        let before =
            map(json!({ "name": "Mug", "price": "9.00", "tags": ["a"], "vendor": "x", "updated_at": "1", "version": 1 }));
        let after = map(json!({ "name": "Mug", "price": "9.50", "tags": ["a", "b"], "updated_at": "2", "version": 2 }));
        let (was, is) = difference(before.clone(), after);
        assert_eq!(Value::Object(was), json!({ "price": "9.00", "tags": ["a"], "vendor": "x" }));
        assert_eq!(Value::Object(is), json!({ "price": "9.50", "tags": ["a", "b"] }));
        let (none, made) = difference(Map::new(), before.clone());
        assert!(none.is_empty() && made.len() == 4, "{made:?}");
        let (same, too) = difference(before.clone(), before);
        assert!(same.is_empty() && too.is_empty());
    }

    #[test]
    fn a_change_that_no_item_has_room_for_is_recorded_without_its_longest_fields() {
        let before = map(json!({ "name": "Mug", "description": "x".repeat(200_000), "variants": ["y".repeat(100_000)] }));
        let after = map(json!({ "name": "Cup", "description": "z".repeat(200_000), "variants": ["w".repeat(100_000)] }));
        let (mut was, mut is) = (before.clone(), after.clone());
        shorten(&mut was, &mut is);
        assert_eq!((&was["name"], &is["name"], &was["variants"]), (&json!("Mug"), &json!("Cup"), &before["variants"]));
        assert_eq!((&was["description"], &is["description"]), (&json!(TOO_LONG), &json!(TOO_LONG)));
        let kept = (was.clone(), is.clone());
        shorten(&mut was, &mut is);
        assert_eq!((was, is), kept, "what has room stays");
    }
}
