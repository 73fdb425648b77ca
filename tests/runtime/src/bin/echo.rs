//! A function for tests of the service itself: answers with its event, or does what the event says.

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    println!("starting");
    run(service_fn(answer)).await
}

async fn answer(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (event, id) = (event.payload, event.context.request_id);
    eprintln!("invoked {id}");
    let body = event["body"].as_str().and_then(|body| serde_json::from_str(body).ok());
    let order: &Value = body.as_ref().unwrap_or(&event);
    match order["do"].as_str() {
        Some("exit") => std::process::exit(3),
        Some("sleep") => tokio::time::sleep(Duration::from_mins(1)).await,
        Some("fail") => return Err("as it was told".into()),
        Some("answer") => return Ok(order["answer"].clone()),
        _ => {}
    }
    match event["Records"].as_array() {
        Some(records) => follow(records),
        None => Ok(event),
    }
}

/// Fails as the first record that says so.
fn follow(records: &[Value]) -> Result<Value, Error> {
    for record in records {
        eprintln!("record {}", record["dynamodb"]["SequenceNumber"].as_str().unwrap_or_default());
        match record["do"].as_str() {
            Some("fail") => return Err("a record failed".into()),
            Some("report") => {
                return Ok(json!({ "batchItemFailures": [{ "itemIdentifier": record["dynamodb"]["SequenceNumber"] }] }));
            }
            _ => {}
        }
    }
    Ok(json!({ "batchItemFailures": [] }))
}
