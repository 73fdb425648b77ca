//! A batch of the table's stream as Lambda hands it over.

use crate::Delivery;
use aws_lambda_events::event::dynamodb::EventRecord;
use serde_json::{Value, json};
use std::time::Duration;
use store::changes::Record;

/// An event that is no batch of a stream. Lambda tries it again and then moves it to the dead letters.
#[derive(Debug, thiserror::Error)]
#[error("the event is no batch of the table's stream: {0}")]
pub struct Malformed(&'static str);

/// The records of an event. One that cannot be read does not spoil the others.
pub fn deliveries(mut event: Value) -> Result<Vec<Delivery>, Malformed> {
    let Some(Value::Array(records)) = event.get_mut("Records").map(Value::take) else {
        return Err(Malformed("it has no records"));
    };
    records.into_iter().map(delivery).collect()
}

fn delivery(record: Value) -> Result<Delivery, Malformed> {
    let id = record["dynamodb"]["SequenceNumber"].as_str().ok_or(Malformed("a record has no sequence number"))?.to_owned();
    let (written, change) = match serde_json::from_value::<EventRecord>(record) {
        Ok(record) => {
            let written = record.change.approximate_creation_date_time.timestamp_millis();
            let change = Record::new(record.change.old_image, record.change.new_image).change();
            (Duration::from_millis(written.try_into().unwrap_or(0)), change.map_err(|e| e.to_string()))
        }
        // The words of the decoder may quote the record.
        Err(error) => (Duration::ZERO, Err(format!("a record cannot be read ({:?})", error.classify()))),
    };
    Ok(Delivery { id, written, change })
}

/// The answer that names what failed: Lambda goes on from the first of them.
pub(crate) fn answer(failed: &[String]) -> Value {
    let failures: Vec<Value> = failed.iter().map(|id| json!({ "itemIdentifier": id })).collect();
    json!({ "batchItemFailures": failures })
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::changes::Change;

    fn record(number: &str, image: Value) -> Value {
        json!({
            "eventID": number, "eventName": "INSERT", "eventSource": "aws:dynamodb", "awsRegion": "eu-central-1",
            "dynamodb": { "SequenceNumber": number, "SizeBytes": 1, "ApproximateCreationDateTime": 1_700_000_000,
                "Keys": { "pk": { "S": "a" }, "sk": { "S": "b" } }, "NewImage": image },
        })
    }

    #[test]
    fn a_record_that_cannot_be_read_does_not_spoil_the_others() {
        let settings = json!({ "pk": { "S": "SETTINGS" }, "sk": { "S": "SETTINGS" } });
        let product = json!({ "pk": { "S": "PRODUCT#x" }, "sk": { "S": "PRODUCT" } });
        let batch = json!({ "Records": [record("1", settings), record("2", product), record("3", json!({ "pk": { "Z": 1 } }))] });
        let read = deliveries(batch).unwrap();
        assert_eq!(read[0].change, Ok(Change::Settings));
        assert_eq!(read[0].written, Duration::from_secs(1_700_000_000));
        assert!(read[1].change.is_err() && read[2].change.is_err(), "{read:?}");
        assert_eq!(read.iter().map(|d| d.id.as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);
    }

    #[test]
    fn what_is_no_batch_is_refused_whole() {
        for event in [json!(null), json!([]), json!({}), json!({ "Records": {} }), json!({ "Records": [{}] }), json!("x")] {
            assert!(deliveries(event.clone()).is_err(), "{event}");
        }
    }

    #[test]
    fn failures_are_named_by_their_sequence_numbers() {
        assert_eq!(answer(&["7".to_owned()]), json!({ "batchItemFailures": [{ "itemIdentifier": "7" }] }));
        assert_eq!(answer(&[]), json!({ "batchItemFailures": [] }));
    }
}
