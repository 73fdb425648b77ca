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
    let (before, after) = difference(fields(before)?, fields(after)?);
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
}
