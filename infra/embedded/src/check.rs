//! What is looked at before a database is used: whether it is the shop's, whole, in a form that is known here, has all of its
//! tables, and everything in them can be read.

use crate::{
    StartError,
    records::{connect, is_readable},
};
use rusqlite::{Connection, ErrorCode, Row, TransactionBehavior, types::ValueRef};
use std::{path::Path, thread};

/// The form of what the shop keeps. It counts up when an older version of the program could not read the data any more.
const FORM: i64 = 1;
/// What dynoxide makes in each of its databases.
const OWN: [&str; 3] = ["_config", "_tables", "_stream_records"];

/// Looks at every page of the file, every item and every record of the streams, and changes nothing. Takes a second for some
/// 400 MB.
pub(crate) fn check(file: &Path) -> Result<(), StartError> {
    let path = file.display().to_string();
    match look(file).map_err(|error| of_sqlite(file, &error))? {
        Found::Whole => Ok(()),
        Found::Newer => Err(StartError::Newer { path }),
        Found::Foreign => Err(StartError::Foreign { path }),
        Found::Damaged(reason) => Err(StartError::Damaged { path, reason }),
    }
}

enum Found {
    Whole,
    Newer,
    Foreign,
    Damaged(String),
}

fn look(file: &Path) -> rusqlite::Result<Found> {
    let connection = connect(file)?;
    let tables =
        names(&connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'", "")?;
    if !tables.is_empty() && !OWN.iter().any(|own| tables.iter().any(|table| table == own)) && items_of(&connection)?.is_empty() {
        return Ok(Found::Foreign);
    }
    // SQLite has no checksums: it does not see what has become of a text. One processor looks at the file, another at the texts.
    let (whole, texts) = thread::scope(|scope| {
        let texts = scope.spawn(|| unreadable(file));
        (damaged_page(&connection), texts.join())
    });
    if let Some(damage) = whole? {
        return Ok(Found::Damaged(damage));
    }
    let form: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if form > FORM {
        return Ok(Found::Newer);
    }
    // A panic is a bug, and none of the data's.
    let texts = texts.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let damage = texts.map_or_else(|| missing(&connection, &tables, form), |damage| Ok(Some(damage)))?;
    Ok(damage.map_or(Found::Whole, Found::Damaged))
}

fn damaged_page(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((found != "ok").then(|| found.replace('\n', " ")))
}

/// Tables with items, those of indexes too.
fn items_of(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    names(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%item_json TEXT%'", "")
}

/// What is no text, or no item under its key.
fn unreadable(file: &Path) -> rusqlite::Result<Option<String>> {
    let connection = connect(file)?;
    for part in items_of(&connection)? {
        let question = format!("SELECT item_json, {} FROM {}", is_item(&connection, &part)?, quoted(&part));
        if has(&connection, &question, |row| Ok(!is_readable(row, 0)? || !row.get::<_, bool>(1)?))? {
            return Ok(Some(format!("an item in {part} cannot be read")));
        }
    }
    if names(&connection, "SELECT name FROM sqlite_master WHERE name = '_stream_records'", "")?.is_empty() {
        return Ok(None);
    }
    let records = "SELECT new_image, old_image, sequence_number, keys_json, json_valid(keys_json) FROM _stream_records";
    Ok(has(&connection, records, is_damaged_record)?.then(|| "a record of the stream cannot be read".to_owned()))
}

/// Whether a record is no text, or was cut. There are many of them, and what their images say is not looked at: the follower
/// passes over one that says nothing.
fn is_damaged_record(row: &Row<'_>) -> rusqlite::Result<bool> {
    for column in 0..4 {
        if !is_readable(row, column)? {
            return Ok(true);
        }
    }
    for column in 0..2 {
        if let ValueRef::Text(image) = row.get_ref(column)?
            && !(image.starts_with(b"{") && image.ends_with(b"}"))
        {
            return Ok(true);
        }
    }
    Ok(!row.get::<_, bool>(4)?)
}

/// SQL that says whether a row holds an item under its own key. Of keys, texts are compared.
fn is_item(connection: &Connection, part: &str) -> rusqlite::Result<String> {
    let table = part.split("::").next().unwrap_or_default();
    let columns = if part.contains("::gsi::") { ["table_pk", "table_sk"] } else { ["pk", "sk"] };
    let keys = "SELECT value ->> 'AttributeName' FROM _tables, json_each(key_schema) WHERE table_name = ?1";
    let keys = if names(connection, "SELECT name FROM sqlite_master WHERE name = '_tables'", "")?.is_empty() {
        Vec::new()
    } else {
        names(connection, keys, table)?
    };
    let same = keys.iter().zip(columns).map(|(key, column)| {
        let path = format!("$.\"{key}\".S").replace('\'', "''");
        format!("({column} NOT LIKE 'S:%' OR coalesce('S:' || json_extract(item_json, '{path}') = {column}, 0))")
    });
    let same = std::iter::once("json_type(item_json) = 'object'".to_owned()).chain(same).collect::<Vec<_>>().join(" AND ");
    Ok(format!("CASE WHEN json_valid(item_json) THEN {same} ELSE 0 END"))
}

/// Whether any row is so.
fn has(connection: &Connection, question: &str, is_so: impl Fn(&Row<'_>) -> rusqlite::Result<bool>) -> rusqlite::Result<bool> {
    let mut question = connection.prepare(question)?;
    let mut rows = question.raw_query();
    while let Some(row) = rows.next()? {
        if is_so(row)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A table that was there and is gone. Those that were never finished have no stream yet.
fn missing(connection: &Connection, tables: &[String], form: i64) -> rusqlite::Result<Option<String>> {
    let is_gone = |name: &str| !tables.iter().any(|table| table == name);
    let gone = |name: &str| Some(format!("its table {name} is missing"));
    let items = items_of(connection)?;
    if let Some(own) = OWN.into_iter().find(|own| is_gone(own)) {
        // A first start that ended early may have made none yet.
        return Ok(if form > 0 || !items.is_empty() { gone(own) } else { None });
    }
    let known = names(connection, "SELECT table_name FROM _tables", "")?;
    if let Some(table) = items.iter().find(|part| !part.contains("::") && !known.contains(part)) {
        return Ok(Some(format!("its list of tables does not have {table}")));
    }
    for table in names(connection, "SELECT table_name FROM _tables WHERE stream_enabled = 1", "")? {
        let indexes = names(
            connection,
            "SELECT ?1 || '::gsi::' || (value ->> 'IndexName') FROM _tables, json_each(coalesce(gsi_definitions, '[]'))
                WHERE table_name = ?1",
            &table,
        )?;
        if let Some(part) = std::iter::once(&table).chain(&indexes).find(|part| is_gone(part)) {
            return Ok(gone(part));
        }
    }
    Ok(None)
}

/// What an error of SQLite means for who starts the shop.
pub(crate) fn of_sqlite(file: &Path, error: &rusqlite::Error) -> StartError {
    let (path, reason) = (file.display().to_string(), error.to_string().replace('\n', " "));
    match error.sqlite_error_code() {
        Some(
            ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::ReadOnly
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::SystemIoFailure
            | ErrorCode::DiskFull
            | ErrorCode::OutOfMemory,
        ) => StartError::Data { path, reason },
        // The file, or what it says of itself.
        _ => StartError::Damaged { path, reason },
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

    /// A database with a table, an item, and its record.
    fn database() -> (TempDir, std::path::PathBuf) {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("dynamodb.sqlite");
        let engine = Engine::new(Database::new(&file.to_string_lossy()).unwrap());
        assert_eq!(asks(&engine, "CreateTable", &table()).0, 200);
        let item = json!({ "TableName": "shop", "Item": { "pk": { "S": "a" }, "sk": { "S": "b" }, "name": { "S": "a lamp" } } });
        assert_eq!(asks(&engine, "PutItem", &item).0, 200);
        note_form(&file).unwrap();
        (folder, file)
    }

    #[test]
    fn what_cannot_be_read_or_is_missing_is_found_wherever_it_is() {
        let (_folder, whole) = database();
        assert!(check(&whole).is_ok(), "{:?}", check(&whole));
        let spoilt = |column: &str| format!("CAST(replace(CAST({column} AS BLOB), 'lamp', x'6cff6d70') AS TEXT)");
        for (change, words) in [
            (format!("UPDATE shop SET item_json = {}", spoilt("item_json")), "an item in shop cannot be read"),
            ("UPDATE shop SET item_json = '{}'".to_owned(), "an item in shop cannot be read"),
            ("UPDATE shop SET item_json = '[]'".to_owned(), "an item in shop cannot be read"),
            ("UPDATE shop SET item_json = replace(item_json, '\"a\"', '\"c\"')".to_owned(), "an item in shop cannot be read"),
            ("UPDATE shop SET item_json = substr(item_json, 1, 20)".to_owned(), "an item in shop cannot be read"),
            (format!("UPDATE \"shop::gsi::gsi1\" SET item_json = {}", spoilt("item_json")), "an item in shop::gsi::gsi1"),
            ("UPDATE \"shop::gsi::gsi2\" SET item_json = '{}'".to_owned(), "an item in shop::gsi::gsi2"),
            (format!("UPDATE _stream_records SET new_image = {}", spoilt("new_image")), "a record of the stream"),
            ("UPDATE _stream_records SET keys_json = '{'".to_owned(), "a record of the stream"),
            ("DROP TABLE shop".to_owned(), "its table shop is missing"),
            ("DROP TABLE \"shop::gsi::gsi2\"".to_owned(), "its table shop::gsi::gsi2 is missing"),
            ("DROP TABLE _tables".to_owned(), "its table _tables is missing"),
            ("DROP TABLE _stream_records".to_owned(), "its table _stream_records is missing"),
            ("DELETE FROM _tables".to_owned(), "its list of tables does not have shop"),
            ("UPDATE _tables SET key_schema = '{'".to_owned(), "malformed JSON"),
        ] {
            let (_folder, file) = database();
            assert!(connect(&file).unwrap().execute_batch(&change).is_ok(), "{change}");
            let refused = check(&file).unwrap_err();
            assert!(matches!(refused, StartError::Damaged { .. }), "{change}: {refused}");
            let said = refused.to_string();
            assert!(said.contains("dynamodb.sqlite is damaged: ") && said.contains(words), "{change}: {said}");
        }
    }

    #[test]
    fn a_database_of_another_program_is_not_taken_for_an_empty_one() {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("dynamodb.sqlite");
        assert!(check(&file).is_ok(), "nothing is there");
        connect(&file).unwrap().execute_batch("CREATE TABLE moz_places (id INTEGER); PRAGMA user_version = 77").unwrap();
        let refused = check(&file).unwrap_err();
        assert!(matches!(refused, StartError::Foreign { .. }), "{refused}");
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
