//! Conditions of writes, clause by clause: what `AND` joins.
//!
//! A clause is known by the kind of item, what is done with it, and its own text:
//! `SKU: ADD stock :back if attribute_exists(pk)`.

use serde_json::Value;

/// The operations that may carry conditions.
pub(crate) const WRITES: [&str; 4] = ["PutItem", "DeleteItem", "UpdateItem", "TransactWriteItems"];
const CONDITION: &str = "ConditionExpression";
const UPDATE: &str = "UpdateExpression";

/// All clauses of a request.
pub(crate) fn clauses(operation: &str, body: &mut Value) -> Vec<String> {
    writes(operation, body).into_iter().flat_map(|(verb, write)| named(&verb, write)).map(|(name, _)| name).collect()
}

/// Takes a clause out of a request, and what only it names.
pub(crate) fn take_out(operation: &str, body: &mut Value, clause: &str) {
    for (verb, write) in writes(operation, body) {
        let all = named(&verb, write);
        let left: Vec<&str> = all.iter().filter(|(name, _)| name != clause).map(|(_, text)| text.as_str()).collect();
        if left.len() == all.len() {
            continue;
        }
        if left.is_empty() {
            remove(write, CONDITION);
        } else {
            write[CONDITION] = left.join(" AND ").into();
        }
        tidy(write);
    }
}

/// The single writes of a request, each with its verb.
fn writes<'a>(operation: &str, body: &'a mut Value) -> Vec<(String, &'a mut Value)> {
    if let Some(verb) = operation.strip_suffix("Item") {
        return vec![(verb.to_owned(), body)];
    }
    let items = body["TransactItems"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut);
    items.flatten().map(|(verb, write)| (verb.clone(), write)).collect()
}

/// A write's clauses, by name and as they stand.
fn named(verb: &str, write: &Value) -> Vec<(String, String)> {
    let condition = write[CONDITION].as_str().unwrap_or_default();
    let sk = write["Key"]["sk"]["S"].as_str().or(write["Item"]["sk"]["S"].as_str()).unwrap_or_default();
    let kind = sk.split('#').next().unwrap_or_default();
    let what = match write[UPDATE].as_str() {
        Some(update) => unsigned(update),
        None => verb.to_lowercase(),
    };
    split(condition).into_iter().map(|clause| (format!("{kind}: {what} if {clause}"), clause.to_owned())).collect()
}

/// An update without the mark that each write of one item leaves.
fn unsigned(update: &str) -> String {
    update.replace("SET write_id = :write_id, ", "SET ").replace("SET write_id = :write_id ", "")
}

/// What `AND` joins at the top. Where `OR` stands there too, the whole is one clause.
fn split(condition: &str) -> Vec<&str> {
    let (mut depth, mut start, mut clauses) = (0, 0, Vec::new());
    for (at, character) in condition.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            ' ' if depth == 0 && condition[at..].starts_with(" OR ") => return vec![condition],
            ' ' if depth == 0 && condition[at..].starts_with(" AND ") => {
                clauses.push(&condition[start..at]);
                start = at + " AND ".len();
            }
            _ => {}
        }
    }
    clauses.push(&condition[start..]);
    clauses.retain(|clause| !clause.is_empty());
    clauses
}

/// Leaves the names and values that are still used; the table refuses others.
fn tidy(write: &mut Value) {
    let expressions = [CONDITION, UPDATE].map(|name| write[name].as_str().unwrap_or_default().to_owned()).join(" ");
    let is_word = |c: char| c.is_alphanumeric() || "_:#".contains(c);
    let used: Vec<&str> = expressions.split(|c| !is_word(c)).collect();
    for field in ["ExpressionAttributeNames", "ExpressionAttributeValues"] {
        if let Some(placeholders) = write[field].as_object_mut() {
            placeholders.retain(|placeholder, _| used.contains(&placeholder.as_str()));
            if placeholders.is_empty() {
                remove(write, field);
            }
        }
    }
}

fn remove(write: &mut Value, field: &str) {
    write.as_object_mut().expect("a write").remove(field);
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_clause_is_taken_out_with_what_only_it_names() {
        let update = json!({
            "Key": { "pk": { "S": "SKU#MUG" }, "sk": { "S": "SKU" } },
            "UpdateExpression": "SET stock = stock - :quantity",
            "ConditionExpression": "stock >= :quantity AND #price = :seen AND (a = :a OR b = :b)",
            "ExpressionAttributeNames": { "#price": "price" },
            "ExpressionAttributeValues": { ":quantity": {}, ":seen": {}, ":a": {}, ":b": {} }
        });
        let mut body = json!({ "TransactItems": [{ "Update": update }] });
        let clauses = clauses("TransactWriteItems", &mut body);
        let texts: Vec<&str> = clauses.iter().map(|c| c.split_once(" if ").unwrap().1).collect();
        assert_eq!(texts, ["stock >= :quantity", "#price = :seen", "(a = :a OR b = :b)"]);
        take_out("TransactWriteItems", &mut body, &clauses[1]);
        let write = &body["TransactItems"][0]["Update"];
        assert_eq!(write["ConditionExpression"], "stock >= :quantity AND (a = :a OR b = :b)");
        assert!(write["ExpressionAttributeNames"].is_null() && write["ExpressionAttributeValues"][":seen"].is_null(), "{write}");
        for clause in [&clauses[0], &clauses[2]] {
            take_out("TransactWriteItems", &mut body, clause);
        }
        let write = &body["TransactItems"][0]["Update"];
        assert!(write["ConditionExpression"].is_null(), "{write}");
        assert_eq!(write["ExpressionAttributeValues"], json!({ ":quantity": {} }), "the update needs it");
    }

    #[test]
    fn what_or_joins_is_one_clause() {
        assert_eq!(split("a = :a OR b = :b"), ["a = :a OR b = :b"]);
        assert!(split("").is_empty());
    }
}
