//! Records that cannot be read are put aside; what is before and after them is done.

use domain::catalogue::Product;
use runtime::Stage;
use serde_json::{Value, json};
use store::mail::{Mail, MailKind};
use suite::goods;

/// Records that mean something to the function and cannot be read.
fn poison(kind: &str) -> Vec<Value> {
    let good = json!({
        "eventID": "p", "eventName": "INSERT", "eventSource": "aws:dynamodb", "awsRegion": "us-east-1",
        "dynamodb": {
            "SequenceNumber": "1", "SizeBytes": 1, "StreamViewType": "NEW_AND_OLD_IMAGES",
            "Keys": { "pk": { "S": "X#1" }, "sk": { "S": kind } }, "NewImage": { "pk": { "S": "X#1" }, "sk": { "S": kind } },
        },
    });
    let with = |number: &str, name: &str, value: Value| {
        let mut record = good.clone();
        record["dynamodb"]["SequenceNumber"] = number.into();
        record["dynamodb"][name] = value;
        record
    };
    vec![
        with("poison-1", "StreamViewType", "NEW_AND_OLD_IMAGES".into()),
        with("poison-2", "NewImage", json!({ "pk": { "S": "X#1" }, "sk": { "S": kind }, "id": { "N": "1" } })),
        with("poison-3", "NewImage", json!({ "pk": { "Z": 1 } })),
        with("poison-4", "NewImage", "text".into()),
        with("poison-5", "SizeBytes", json!({})),
    ]
}

fn numbers(records: &[Value]) -> Vec<&str> {
    records.iter().map(|record| record["dynamodb"]["SequenceNumber"].as_str().unwrap()).collect()
}

async fn rename(stage: &Stage, id: &str, name: &str) {
    let seen = stage.store.product(&goods::parse(id)).await.unwrap().unwrap();
    let renamed = Product { name: goods::parse(name), ..seen.clone() };
    stage.store.update_product(&seen, &renamed).await.unwrap();
}

fn names(name: &str) -> impl Fn(&Value) -> bool {
    move |record| record["dynamodb"]["NewImage"]["name"]["S"] == *name
}

#[tokio::test]
async fn what_cannot_be_read_is_put_aside_and_pages_before_and_after_it_are_published() {
    let stage = Stage::open().await.unwrap();
    let mut publish = stage.mapping("publish").await.unwrap();
    let mut feed = stage.feed().await.unwrap();
    publish.deliver(&feed.next().await.unwrap()).await;
    for (i, poison) in poison("PRODUCT").into_iter().enumerate() {
        let (before, after) = (format!("Before {i}"), format!("After {i}"));
        rename(&stage, "mug", &before).await;
        let mut records = feed.until(names(&before)).await.unwrap();
        records.push(poison);
        rename(&stage, "shirt", &after).await;
        records.extend(feed.until(names(&after)).await.unwrap());
        let given_up = publish.dead_letters().len();
        publish.deliver(&records).await;
        let letters = &publish.dead_letters()[given_up..];
        assert_eq!(letters.iter().map(|letter| numbers(&letter.records)).collect::<Vec<_>>(), [[format!("poison-{}", i + 1)]]);
        for (key, name) in [("products/mug/index.html", before), ("products/shirt/index.html", after)] {
            let page = String::from_utf8(stage.bucket.get(key).await.unwrap().unwrap().body).unwrap();
            assert!(page.contains(&name), "{key} lacks {name}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_put_aside_and_mail_before_and_after_it_is_sent() {
    let stage = Stage::open().await.unwrap();
    let mut notify = stage.mapping("notify").await.unwrap();
    let mut feed = stage.feed().await.unwrap();
    for (i, poison) in poison("MAIL").into_iter().enumerate() {
        let mut records = Vec::new();
        for end in ["before", "after"] {
            let to = format!("{end}{i}@example.com");
            stage.store.send_mail(&Mail::new(MailKind::AlreadyRegistered, goods::parse(&to))).await.unwrap();
            records.extend(feed.until(|record| record["dynamodb"]["NewImage"]["to"]["S"] == *to).await.unwrap());
            records.extend((end == "before").then(|| poison.clone()));
        }
        let given_up = notify.dead_letters().len();
        notify.deliver(&records).await;
        let letters = &notify.dead_letters()[given_up..];
        assert_eq!(letters.iter().map(|letter| numbers(&letter.records)).collect::<Vec<_>>(), [[format!("poison-{}", i + 1)]]);
        let sent = stage.mailbox.sent();
        for to in [format!("before{i}@example.com"), format!("after{i}@example.com")] {
            let times = sent.iter().filter(|mail| mail.iter().any(|(_, value)| *value == to)).count();
            assert_eq!(times, 1, "{to}: {sent:?}");
        }
    }
}

#[tokio::test]
async fn an_order_that_is_retried_with_its_batch_is_mailed_once() {
    let stage = Stage::open().await.unwrap();
    let mail = Mail::new(MailKind::AlreadyRegistered, goods::parse("ada@example.com"));
    stage.store.send_mail(&mail).await.unwrap();
    let records = stage.feed().await.unwrap().until(|record| record["dynamodb"]["NewImage"]["sk"]["S"] == "MAIL").await.unwrap();
    let (mut first, mut second) = (stage.mapping("notify").await.unwrap(), stage.mapping("notify").await.unwrap());
    tokio::join!(first.deliver(&records), second.deliver(&records));
    assert_eq!(stage.mailbox.sent().len(), 1, "two environments, one mail");
}
