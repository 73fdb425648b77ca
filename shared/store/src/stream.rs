//! The table's stream, read in process: what Lambda does for the deployed shop.

use crate::{Store, StoreError, changes::Record, error::failed, item::Item};
use aws_sdk_dynamodbstreams::{
    Client, config,
    operation::get_records::GetRecordsError,
    types::{AttributeValue, ShardIteratorType},
};
use aws_types::SdkConfig;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

/// How far each shard has been read, by its identifier.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Positions(BTreeMap<String, Position>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Position {
    /// From the oldest record that is kept.
    Start,
    /// After the record of this sequence number.
    After(String),
    /// A closed shard, read to its end.
    Done,
}

impl Positions {
    /// The sequence numbers of the last records that were read, one for each shard that is being read.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        self.0.values().filter_map(|position| match position {
            Position::After(number) => Some(number.as_str()),
            _ => None,
        })
    }
}

/// A reader of the stream.
#[derive(Debug)]
pub struct Stream {
    client: Client,
    arn: String,
    /// The shards, as they were at that moment: an engine on one machine reads all records to list them.
    shards: Vec<String>,
    listed: Instant,
    positions: Positions,
    /// Iterators of shards that are being read.
    iterators: HashMap<String, String>,
}

/// Shards are listed again when one has ended, and after so long whatever happens.
const LISTED_AGAIN: Duration = Duration::from_mins(5);
/// As many records as one request returns at most; when it does, more are waiting.
pub const BATCH: u16 = 500;

impl Store {
    /// Reads the stream on from where it was left, or from now on.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the stream does not answer or is not there.
    pub async fn stream(&self, positions: Option<Positions>) -> Result<Stream, StoreError> {
        let arn = self.stream_arn().await?.ok_or_else(|| StoreError::Unavailable("the table has no stream".to_owned()))?;
        let from_now = positions.is_none();
        let mut stream = Stream {
            client: client(&self.sdk),
            arn,
            shards: Vec::new(),
            listed: Instant::now(),
            positions: positions.unwrap_or_default(),
            iterators: HashMap::new(),
        };
        if from_now {
            for shard in stream.shards().await? {
                let iterator = stream.iterator(&shard, ShardIteratorType::Latest, None).await?;
                stream.iterators.extend(iterator.map(|iterator| (shard.clone(), iterator)));
                stream.positions.0.insert(shard, Position::Start);
            }
        }
        Ok(stream)
    }
}

impl Stream {
    /// How far it has been read: to be kept when all that was returned is done.
    pub fn positions(&self) -> &Positions {
        &self.positions
    }

    /// The records since the last call, those of one key in their order; empty when there are none yet.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the stream does not answer; the same records come with the next call.
    pub async fn next(&mut self) -> Result<Vec<Record>, StoreError> {
        let mut records = Vec::new();
        if self.shards.is_empty() || self.listed.elapsed() > LISTED_AGAIN {
            self.shards = self.shards().await?;
            self.listed = Instant::now();
        }
        for shard in self.shards.clone() {
            let position = self.positions.0.entry(shard.clone()).or_insert(Position::Start).clone();
            if position == Position::Done {
                continue;
            }
            let iterator = match self.iterators.remove(&shard) {
                Some(iterator) => Some(iterator),
                None => self.iterator_at(&shard, &position).await?,
            };
            let Some(iterator) = iterator else { continue };
            let request = self.client.get_records().shard_iterator(iterator).limit(BATCH.into());
            let answer = match request.send().await {
                Ok(answer) => answer,
                // An iterator lives a quarter of an hour: the next call gets a new one.
                Err(error) if error.as_service_error().is_some_and(GetRecordsError::is_expired_iterator_exception) => continue,
                // What other shards had is not lost; the next call fails first.
                Err(_) if !records.is_empty() => return Ok(records),
                Err(error) => return Err(failed(&error)),
            };
            let found = answer.records.unwrap_or_default();
            if let Some(last) = found.iter().filter_map(|r| r.dynamodb.as_ref()?.sequence_number.clone()).next_back() {
                self.positions.0.insert(shard.clone(), Position::After(last));
            }
            if let Some(next) = answer.next_shard_iterator {
                self.iterators.insert(shard, next);
            } else {
                self.positions.0.insert(shard, Position::Done);
                self.shards.clear();
            }
            for record in found.into_iter().filter_map(|r| r.dynamodb) {
                records.push(Record { old: to_item(record.old_image), new: to_item(record.new_image) });
            }
        }
        Ok(records)
    }

    /// The shards, parents before children.
    async fn shards(&self) -> Result<Vec<String>, StoreError> {
        let mut shards = Vec::new();
        let mut start = None;
        loop {
            let request = self.client.describe_stream().stream_arn(&self.arn).set_exclusive_start_shard_id(start);
            let Some(stream) = request.send().await.map_err(|e| failed(&e))?.stream_description else { return Ok(shards) };
            for shard in stream.shards.unwrap_or_default() {
                shards.extend(shard.shard_id);
            }
            start = stream.last_evaluated_shard_id;
            if start.is_none() {
                return Ok(shards);
            }
        }
    }

    async fn iterator_at(&self, shard: &str, position: &Position) -> Result<Option<String>, StoreError> {
        match position {
            Position::After(number) => {
                match self.iterator(shard, ShardIteratorType::AfterSequenceNumber, Some(number)).await {
                    // What was not read in a day is gone: on with the oldest that is kept.
                    Err(_) => self.iterator(shard, ShardIteratorType::TrimHorizon, None).await,
                    iterator => iterator,
                }
            }
            Position::Start => self.iterator(shard, ShardIteratorType::TrimHorizon, None).await,
            Position::Done => Ok(None),
        }
    }

    async fn iterator(&self, shard: &str, kind: ShardIteratorType, after: Option<&String>) -> Result<Option<String>, StoreError> {
        let request = self.client.get_shard_iterator().stream_arn(&self.arn).shard_id(shard).shard_iterator_type(kind);
        let answer = request.set_sequence_number(after.cloned()).send().await.map_err(|e| failed(&e))?;
        Ok(answer.shard_iterator)
    }
}

/// An image of a record, in the terms of the table's own client.
fn to_item(image: Option<HashMap<String, AttributeValue>>) -> Item {
    let plain: serde_dynamo::Item = image.unwrap_or_default().into();
    plain.into()
}

/// Streams are served beside the tables, except in the cloud, where they have a host of their own.
fn client(shared: &SdkConfig) -> Client {
    let config = config::Builder::from(shared);
    let cloud = shared.endpoint_url().filter(|endpoint| endpoint.contains("://dynamodb."));
    let own = cloud.map(|endpoint| endpoint.replace("://dynamodb.", "://streams.dynamodb."));
    let config = match own {
        Some(endpoint) => config.endpoint_url(endpoint),
        None => config,
    };
    Client::from_conf(config.build())
}
