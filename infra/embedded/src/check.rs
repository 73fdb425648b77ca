//! What is looked at before a database is used: whether it is whole, in a form that is known here, and has all of its tables.

use crate::{StartError, records::connect};
use rusqlite::{Connection, ErrorCode, TransactionBehavior};
use std::path::Path;

/// The form of what the shop keeps. It counts up when an older version of the program could not read the data any more.
const FORM: i64 = 1;

/// Looks at every page of the file and every item, and changes nothing. Takes a second for some 400 MB.
pub(crate) fn check(file: &Path) -> Result<(), StartError> {
    let form = look(file).map_err(|error| of_sqlite(file, &error))?;
    match form {
        Ok(form) if form > FORM => Err(StartError::Newer { path: file.display().to_string() }),
        Ok(_) => Ok(()),
        Err(damage) => Err(StartError::Damaged { path: file.display().to_string(), reason: damage }),
    }
}

/// The form of the data, or what is wrong with the file.
fn look(file: &Path) -> rusqlite::Result<Result<i64, String>> {
    let connection = connect(file)?;
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Ok(Err(found.replace('\n', " ")));
    }
    // SQLite has no checksums: it does not see what has become of a text.
    for part in names(&connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%item_json TEXT%'", "")? {
        let question = format!("SELECT EXISTS (SELECT 1 FROM {} WHERE NOT json_valid(item_json))", quoted(&part));
        if connection.query_row(&question, [], |row| row.get(0))? {
            return Ok(Err(format!("an item in {part} cannot be read")));
        }
    }
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map(Ok)
}

/// What an error of SQLite means for who starts the shop.
pub(crate) fn of_sqlite(file: &Path, error: &rusqlite::Error) -> StartError {
    let (path, reason) = (file.display().to_string(), error.to_string().replace('\n', " "));
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StartError::Damaged { path, reason },
        _ => StartError::Data { path, reason },
    }
}

/// Notes the form of what is written from now on.
pub(crate) fn note_form(file: &Path) -> rusqlite::Result<()> {
    connect(file)?.pragma_update(None, "user_version", FORM)
}

/// Takes away tables that were never finished: dynoxide makes a table in several steps, its stream last, and a process may end
/// in between. A table with items in it was finished.
pub(crate) fn remove_unfinished(file: &Path) -> rusqlite::Result<()> {
    let mut connection = connect(file)?;
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for table in names(&change, "SELECT table_name FROM _tables WHERE stream_enabled = 0", "")? {
        let parts = names(
            &change,
            "SELECT name FROM sqlite_master WHERE type = 'table' AND (name = ?1 OR substr(name, 1, length(?1) + 2) = ?1 || '::')",
            &table,
        )?;
        let items =
            |part: &String| change.query_row(&format!("SELECT EXISTS (SELECT 1 FROM {})", quoted(part)), [], |row| row.get(0));
        let has_items: Vec<bool> = parts.iter().map(items).collect::<rusqlite::Result<_>>()?;
        if has_items.contains(&true) {
            continue;
        }
        for part in &parts {
            change.execute(&format!("DROP TABLE {}", quoted(part)), [])?;
        }
        change.execute("DELETE FROM _tables WHERE table_name = ?1", [&table])?;
    }
    change.commit()
}

/// A column of names. The question may have one parameter.
fn names(connection: &Connection, question: &str, parameter: &str) -> rusqlite::Result<Vec<String>> {
    let mut question = connection.prepare(question)?;
    if question.parameter_count() > 0 {
        question.raw_bind_parameter(1, parameter)?;
    }
    question.raw_query().mapped(|row| row.get(0)).collect()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DynamoDb, engine::Engine};
    use dynoxide::Database;
    use serde_json::{Value, json};
    use tempfile::TempDir;

    const STEPS: [&str; 4] = ["shop::gsi::gsi2", "shop::gsi::gsi1", "shop", ""];

    fn asks(engine: &Engine, operation: &str, request: &Value) -> (u16, Value) {
        let answer = engine.answer(&format!("DynamoDB_20120810.{operation}"), request.to_string().as_bytes());
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    fn table() -> Value {
        let index = |name: &str| {
            json!({
                "IndexName": name, "KeySchema": [{ "AttributeName": "sk", "KeyType": "HASH" }],
                "Projection": { "ProjectionType": "ALL" },
            })
        };
        json!({
            "TableName": "shop",
            "AttributeDefinitions": [
                { "AttributeName": "pk", "AttributeType": "S" }, { "AttributeName": "sk", "AttributeType": "S" },
            ],
            "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
            "GlobalSecondaryIndexes": [index("gsi1"), index("gsi2")],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
        })
    }

    #[test]
    fn a_table_whose_making_stopped_at_any_step_is_made_anew() {
        // From the last step back: without a stream, without one index, without any, without the items' own table.
        for missing in 0..STEPS.len() {
            let folder = TempDir::new().unwrap();
            let file = folder.path().join("dynamodb.sqlite");
            let engine = Engine::new(Database::new(&file.to_string_lossy()).unwrap());
            assert_eq!(asks(&engine, "CreateTable", &table()).0, 200);
            drop(engine);
            let connection = connect(&file).unwrap();
            connection.execute("UPDATE _tables SET stream_enabled = 0, stream_label = NULL", []).unwrap();
            for name in &STEPS[..missing] {
                connection.execute(&format!("DROP TABLE {}", quoted(name)), []).unwrap();
            }
            drop(connection);
            remove_unfinished(&file).unwrap();
            let engine = Engine::new(Database::new(&file.to_string_lossy()).unwrap());
            assert_eq!(asks(&engine, "CreateTable", &table()).0, 200, "{missing}");
            let item = json!({ "TableName": "shop", "Item": { "pk": { "S": "a" }, "sk": { "S": "b" } } });
            assert_eq!(asks(&engine, "PutItem", &item).0, 200, "{missing}");
        }
    }

    #[test]
    fn a_table_that_is_finished_stays() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("dynamodb.sqlite");
        let engine = Engine::new(Database::new(&file.to_string_lossy()).unwrap());
        assert_eq!(asks(&engine, "CreateTable", &table()).0, 200);
        drop(engine);
        remove_unfinished(&file).unwrap();
        let engine = Engine::new(Database::new(&file.to_string_lossy()).unwrap());
        assert_eq!(asks(&engine, "DescribeTable", &json!({ "TableName": "shop" })).0, 200);
    }

    #[tokio::test]
    async fn a_database_of_a_newer_version_is_refused_and_stays_as_it_is() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("dynamodb.sqlite");
        DynamoDb::start(Some(&file)).await.unwrap().stop().await;
        for (change, back) in [
            ("PRAGMA user_version = 2", "PRAGMA user_version = 1"),
            ("UPDATE _config SET value = '999' WHERE key = 'schema_version'", "SELECT 1"),
        ] {
            connect(&file).unwrap().execute_batch(change).unwrap();
            let before = std::fs::read(&file).unwrap();
            let refused = DynamoDb::start(Some(&file)).await.unwrap_err();
            assert!(matches!(refused, StartError::Newer { .. }), "{refused}");
            assert_eq!(std::fs::read(&file).unwrap(), before);
            connect(&file).unwrap().execute_batch(back).unwrap();
        }
    }
}
