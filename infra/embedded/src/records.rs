//! What dynoxide leaves out of a table's stream: an index, and an end.
//!
//! dynoxide keeps the records of all streams in one SQLite table, for ever. Each write looks there for the newest sequence number
//! and each read for the first one after a position, and without an index both go through everything that was ever written: a
//! shop would be the slower the more it had sold. So the index that both need is made when the database is opened, and records
//! older than a day, as long as DynamoDB keeps them, are deleted once they were followed.
//!
//! The next sequence number follows the newest one that is there. The last record that was followed stays, so no number comes
//! twice, whatever the clock says.

use rusqlite::{Connection, Row, params, types::ValueRef};
use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::sync::watch;

/// How long DynamoDB keeps a record.
pub(crate) const KEPT: Duration = Duration::from_hours(24);
/// The write lock is held for so many records at a time: a few milliseconds.
const AT_ONCE: usize = 500;
/// What dynoxide adds to a stored sequence number, so that it has 21 digits as DynamoDB's have.
const OFFSET: u128 = 100_000_000_000_000_000_000;
/// Whatever else uses the file has so long to let go of it.
const BUSY: Duration = Duration::from_secs(5);

/// The records of the tables' streams, beside the reader of the stream.
#[derive(Debug, Clone)]
pub struct Records {
    file: PathBuf,
    written: watch::Receiver<()>,
}

impl Records {
    pub(crate) fn new(file: PathBuf, written: watch::Receiver<()>) -> Self {
        Self { file, written }
    }

    /// Waits for the next write to any table since the last call; for ever once the engine has stopped.
    pub async fn written(&mut self) {
        if self.written.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether a table's newest record comes before this sequence number, which was followed: the database is an older one than
    /// it was then.
    pub async fn end_before(&self, table: &str, followed: &str) -> Result<bool, RecordsError> {
        let Some(followed) = stored(followed) else { return Ok(false) };
        let (file, table) = (self.file.clone(), table.to_owned());
        let newest = tokio::task::spawn_blocking(move || newest(&file, &table)).await??;
        Ok(newest.is_none_or(|newest| newest < followed))
    }

    /// Deletes a table's records that are no text any more: the engine would stop before the first of them for ever. Returns how
    /// many.
    pub async fn drop_unreadable(&self, table: &str) -> Result<usize, RecordsError> {
        let (file, table) = (self.file.clone(), table.to_owned());
        Ok(tokio::task::spawn_blocking(move || drop_unreadable(&file, &table)).await??)
    }

    /// Deletes a table's records that are a day old and came before this sequence number, which was followed.
    pub async fn forget(&self, table: &str, followed: &str) -> Result<usize, RecordsError> {
        let Some(followed) = stored(followed) else { return Ok(0) };
        let (file, table) = (self.file.clone(), table.to_owned());
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(KEPT);
        Ok(tokio::task::spawn_blocking(move || forget(&file, &table, followed, since)).await??)
    }
}

/// A sequence number as dynoxide stores it.
fn stored(number: &str) -> Option<i64> {
    i64::try_from(number.parse::<u128>().ok()?.checked_sub(OFFSET)?).ok()
}

fn newest(file: &Path, table: &str) -> rusqlite::Result<Option<i64>> {
    let question = "SELECT MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records WHERE table_name = ?1";
    connect(file)?.query_row(question, [table], |row| row.get(0))
}

fn drop_unreadable(file: &Path, table: &str) -> rusqlite::Result<usize> {
    let connection = connect(file)?;
    let mut question = connection.prepare("SELECT id, * FROM _stream_records WHERE table_name = ?1")?;
    let columns = question.column_count();
    let mut rows = question.query([table])?;
    let mut unreadable = Vec::new();
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            if !is_readable(row, column)? {
                unreadable.push(row.get::<_, i64>(0)?);
                break;
            }
        }
    }
    for id in &unreadable {
        connection.execute("DELETE FROM _stream_records WHERE id = ?1", [id])?;
    }
    Ok(unreadable.len())
}

/// Whether a column is a text that can be read, or none.
pub(crate) fn is_readable(row: &Row<'_>, column: usize) -> rusqlite::Result<bool> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(text) => std::str::from_utf8(text).is_ok(),
        ValueRef::Blob(_) => false,
        _ => true,
    })
}

/// Why records were not deleted, or not looked at.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// SQLite says no.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The process is ending.
    #[error(transparent)]
    Ended(#[from] tokio::task::JoinError),
}

/// A second connection to dynoxide's file.
pub(crate) fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Makes the index of a database that dynoxide has opened.
pub(crate) fn index(file: &Path) -> rusqlite::Result<()> {
    connect(file)?.execute_batch(
        "CREATE INDEX IF NOT EXISTS _stream_records_in_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER))",
    )
}

/// A stored number is no less than the microseconds at which it was given, so it says how old its record is at most.
fn forget(file: &Path, table: &str, followed: i64, since: Duration) -> rusqlite::Result<usize> {
    let connection = connect(file)?;
    let before = followed.min(i64::try_from(since.as_micros()).unwrap_or(i64::MAX));
    let mut deleted = 0;
    loop {
        let done = connection.execute(
            "DELETE FROM _stream_records WHERE id IN (
                SELECT id FROM _stream_records WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) < ?2
                ORDER BY CAST(sequence_number AS INTEGER) LIMIT ?3)",
            params![table, before, AT_ONCE],
        )?;
        deleted += done;
        if done < AT_ONCE {
            return Ok(deleted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use dynoxide::{Database, actions, storage::Storage, storage_backend::Clock};
    use serde_json::{Value, json};
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };
    use tempfile::TempDir;

    const NOW: Duration = Duration::from_secs(1_790_000_000);
    const YESTERDAY: Duration = NOW.checked_sub(KEPT).unwrap();
    const LONG_AGO: Duration = YESTERDAY.checked_sub(KEPT).unwrap();

    /// A moment that stands still.
    #[derive(Debug)]
    struct At(Duration);

    impl Clock for At {
        fn now_unix_secs(&self) -> u64 {
            self.0.as_secs()
        }

        fn now_unix_secs_f64(&self) -> f64 {
            self.0.as_secs_f64()
        }
    }

    /// A database as it is opened for a shop, with a table that has a stream.
    fn database() -> (TempDir, PathBuf, Engine) {
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("dynamodb.sqlite");
        let engine = Engine::new(Database::new(&file.to_string_lossy()).unwrap());
        index(&file).unwrap();
        let table = json!({
            "TableName": "shop",
            "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_AND_OLD_IMAGES" },
        });
        asks(&engine, "DynamoDB_20120810.CreateTable", &table);
        (folder, file, engine)
    }

    fn asks(engine: &Engine, target: &str, body: &Value) -> Value {
        let answer = engine.answer(target, body.to_string().as_bytes());
        let body = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(answer.status, 200, "{target}: {body}");
        body
    }

    fn put(name: &str) -> Value {
        json!({ "TableName": "shop", "Item": { "pk": { "S": name } } })
    }

    /// Records of the past, the last one at that time.
    fn history(file: &Path, count: u64, last: Duration) {
        let sql = "
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
            INSERT INTO _stream_records (table_name, event_name, keys_json, sequence_number, shard_id, created_at)
            SELECT 'shop', 'INSERT', '{}', CAST(?2 - ?1 + i AS TEXT), 'shardId-00000001-shop', 0 FROM n";
        connect(file).unwrap().execute(sql, params![count, u64::try_from(last.as_micros()).unwrap()]).unwrap();
    }

    fn numbers(file: &Path) -> Vec<i64> {
        let connection = connect(file).unwrap();
        let mut found = connection.prepare("SELECT CAST(sequence_number AS INTEGER) FROM _stream_records ORDER BY 1").unwrap();
        found.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// How many instructions SQLite carries out for a write by dynoxide, and for reading what is new.
    async fn instructions(file: &Path) -> (u64, u64) {
        let storage = Storage::new(&file.to_string_lossy()).unwrap();
        let steps = Arc::new(AtomicU64::new(0));
        let counted = steps.clone();
        storage.conn().progress_handler(
            1,
            Some(move || {
                counted.fetch_add(1, Ordering::Relaxed);
                false
            }),
        );
        actions::put_item::execute(&storage, serde_json::from_value(put("first")).unwrap()).await.unwrap();
        let write = steps.swap(0, Ordering::Relaxed);
        let last = *numbers(file).last().unwrap();
        let position = actions::get_shard_iterator::encode_shard_iterator("shop", "shardId-00000001-shop", last - 1);
        let request = serde_json::from_value(json!({ "ShardIterator": position })).unwrap();
        let found = actions::get_records::execute(&storage, request).await.unwrap();
        assert_eq!(found.records.len(), 1);
        (write, steps.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn writing_and_following_cost_the_same_after_any_history() {
        let (_folder, file, engine) = database();
        asks(&engine, "DynamoDB_20120810.PutItem", &put("first"));
        let (write, read) = instructions(&file).await;
        history(&file, 20_000, YESTERDAY);
        let (later_write, later_read) = instructions(&file).await;
        assert!(later_write < write + 20, "a write: {write} instructions, {later_write} after 20,000 records");
        assert!(later_read < read + 20, "a read: {read} instructions, {later_read} after 20,000 records");
    }

    #[test]
    fn records_of_yesterday_are_forgotten_once_they_were_followed() {
        let (_folder, file, _engine) = database();
        let old = i64::try_from((LONG_AGO).as_micros()).unwrap();
        history(&file, 2_000, LONG_AGO);
        history(&file, 10, NOW);
        assert_eq!(forget(&file, "other", i64::MAX, YESTERDAY).unwrap(), 0, "another table's");
        assert_eq!(forget(&file, "shop", old - 5, YESTERDAY).unwrap(), 1_994, "not those that are still to be followed");
        assert_eq!(numbers(&file).first(), Some(&(old - 5)), "the last that was followed stays");
        assert_eq!(forget(&file, "shop", i64::MAX, YESTERDAY).unwrap(), 6);
        assert_eq!(numbers(&file).len(), 10, "a day is kept");
    }

    #[test]
    fn no_sequence_number_comes_twice() {
        let (_folder, file, _engine) = database();
        history(&file, 100, NOW);
        let last = *numbers(&file).last().unwrap();
        assert_eq!(forget(&file, "shop", last, NOW + KEPT).unwrap(), 99);
        // The clock was set back.
        let storage = Storage::new(&file.to_string_lossy()).unwrap().with_clock(Arc::new(At(YESTERDAY)));
        assert_eq!(storage.next_stream_sequence_number("shop").unwrap(), last + 1);
    }

    #[tokio::test]
    async fn a_record_that_cannot_be_read_is_dropped_and_those_around_it_are_read() {
        let (_folder, file, engine) = database();
        for name in ["first", "second", "third"] {
            asks(&engine, "DynamoDB_20120810.PutItem", &put(name));
        }
        let records = Records::new(file.clone(), engine.written());
        assert_eq!(records.drop_unreadable("shop").await.unwrap(), 0);
        let spoil = "UPDATE _stream_records SET new_image = CAST(replace(CAST(new_image AS BLOB), 'second', x'ff') AS TEXT)";
        connect(&file).unwrap().execute_batch(spoil).unwrap();
        let shard = json!({ "StreamArn": "arn:aws:dynamodb:dynoxide:000000000000:table/shop/stream/1" });
        let stream = asks(&engine, "DynamoDBStreams_20120810.DescribeStream", &shard);
        let shard = &stream["StreamDescription"]["Shards"][0]["ShardId"];
        let from = json!({ "StreamArn": stream["StreamDescription"]["StreamArn"], "ShardId": shard,
            "ShardIteratorType": "TRIM_HORIZON" });
        let iterator = asks(&engine, "DynamoDBStreams_20120810.GetShardIterator", &from);
        let next = json!({ "ShardIterator": iterator["ShardIterator"] }).to_string();
        let refused = engine.answer("DynamoDBStreams_20120810.GetRecords", next.as_bytes());
        assert_eq!(refused.status, 500, "the engine stops there");
        assert_eq!(records.drop_unreadable("shop").await.unwrap(), 1);
        let answer = engine.answer("DynamoDBStreams_20120810.GetRecords", next.as_bytes());
        let found: Value = serde_json::from_slice(&answer.body).unwrap();
        let names: Vec<&str> =
            found["Records"].as_array().unwrap().iter().map(|r| r["dynamodb"]["Keys"]["pk"]["S"].as_str().unwrap()).collect();
        assert_eq!(names, ["first", "third"]);
    }

    #[tokio::test]
    async fn what_was_written_is_said_and_can_be_forgotten_by_its_public_number() {
        let (_folder, file, engine) = database();
        let mut records = Records::new(file.clone(), engine.written());
        asks(&engine, "DynamoDB_20120810.PutItem", &put("first"));
        tokio::time::timeout(Duration::from_secs(5), records.written()).await.unwrap();
        let wait = tokio::time::timeout(Duration::from_millis(50), records.written()).await;
        assert!(wait.is_err(), "nothing was written since");
        history(&file, 100, Duration::from_secs(1));
        let shard = json!({ "StreamArn": "arn:aws:dynamodb:dynoxide:000000000000:table/shop/stream/1" });
        let stream = asks(&engine, "DynamoDBStreams_20120810.DescribeStream", &shard);
        let newest = &stream["StreamDescription"]["Shards"][0]["SequenceNumberRange"]["EndingSequenceNumber"];
        assert_eq!(records.forget("shop", newest.as_str().unwrap()).await.unwrap(), 100);
        assert_eq!(numbers(&file).len(), 1);
    }
}
