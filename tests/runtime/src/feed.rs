use anyhow::{Context, Result};
use aws_sdk_dynamodbstreams::{
    Client,
    types::{AttributeValue, Record, ShardIteratorType, StreamRecord},
};
use aws_smithy_types::base64;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};
use store::{Service, Store};
use tokio::time::sleep;

/// Between two looks at a stream that had nothing new.
const PAUSE: Duration = Duration::from_millis(50);

/// Reads a table's stream through the SDK, from its oldest record on, as the records that Lambda hands to functions.
pub struct Feed {
    client: Client,
    arn: String,
    /// Where to read on, by shard; nothing where a shard has ended.
    iterators: BTreeMap<String, Option<String>>,
}

impl Feed {
    /// The stream of a table.
    pub async fn of(table: &Store, service: &Service) -> Result<Self> {
        let client = Client::new(&service.load("AWS_ENDPOINT_URL_DYNAMODB").await);
        let arn = table.stream_arn().await?.context("the table has no stream")?;
        Ok(Self { client, arn, iterators: BTreeMap::new() })
    }

    /// The records since the last call.
    pub async fn next(&mut self) -> Result<Vec<Value>> {
        let mut records = Vec::new();
        for shard in self.shards().await? {
            let iterator = match self.iterators.remove(&shard) {
                Some(None) => continue,
                Some(Some(iterator)) => Some(iterator),
                None => {
                    let request = self.client.get_shard_iterator().stream_arn(&self.arn).shard_id(&shard);
                    request.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await?.shard_iterator
                }
            };
            let answer = self.client.get_records().set_shard_iterator(iterator).send().await?;
            records.extend(answer.records.unwrap_or_default().iter().map(|record| event_record(record, &self.arn)));
            self.iterators.insert(shard, answer.next_shard_iterator);
        }
        Ok(records)
    }

    /// The records up to one of which this is true; gives up after five seconds.
    pub async fn until(&mut self, done: impl Fn(&Value) -> bool) -> Result<Vec<Value>> {
        let mut records = Vec::new();
        for _ in 0..100 {
            records.extend(self.next().await?);
            if records.iter().any(&done) {
                return Ok(records);
            }
            sleep(PAUSE).await;
        }
        anyhow::bail!("no such record among {}", records.len())
    }

    async fn shards(&self) -> Result<Vec<String>> {
        let description = self.client.describe_stream().stream_arn(&self.arn).send().await?.stream_description;
        let shards = description.and_then(|stream| stream.shards).unwrap_or_default();
        Ok(shards.into_iter().filter_map(|shard| shard.shard_id).collect())
    }
}

/// A record as it is in an event.
fn event_record(record: &Record, arn: &str) -> Value {
    json!({
        "eventID": record.event_id,
        "eventName": record.event_name.as_ref().map(ToString::to_string),
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "eventSourceARN": arn,
        "dynamodb": record.dynamodb.as_ref().map(change),
    })
}

fn change(record: &StreamRecord) -> Value {
    let mut change = json!({
        "Keys": record.keys.as_ref().map(item),
        "SequenceNumber": record.sequence_number,
        "SizeBytes": record.size_bytes.unwrap_or(0),
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    });
    for (name, image) in [("NewImage", &record.new_image), ("OldImage", &record.old_image)] {
        if let Some(image) = image.as_ref().filter(|image| !image.is_empty()) {
            change[name] = item(image);
        }
    }
    if let Some(moment) = record.approximate_creation_date_time {
        change["ApproximateCreationDateTime"] = json!(moment.secs());
    }
    change
}

fn item(item: &HashMap<String, AttributeValue>) -> Value {
    item.iter().map(|(name, value)| (name.clone(), attribute(value))).collect::<Map<_, _>>().into()
}

/// DynamoDB's JSON of a value.
fn attribute(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::B(bytes) => json!({ "B": base64::encode(bytes) }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::Bs(all) => json!({ "BS": all.iter().map(base64::encode).collect::<Vec<_>>() }),
        AttributeValue::M(map) => json!({ "M": item(map) }),
        AttributeValue::L(list) => json!({ "L": list.iter().map(attribute).collect::<Vec<_>>() }),
        AttributeValue::Bool(truth) => json!({ "BOOL": truth }),
        _ => json!({ "NULL": true }),
    }
}
