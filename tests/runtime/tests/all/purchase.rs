//! A purchase through the gateway, and what follows from it.

use runtime::{Mapping, Stage, Visitor};
use serde_json::Value;
use suite::goods;

fn is_mail(record: &Value) -> bool {
    record["dynamodb"]["Keys"]["sk"]["S"] == "MAIL"
}

/// Every object of the bucket with the tag of its content.
async fn objects(stage: &Stage) -> Vec<(String, String)> {
    let mut objects = Vec::new();
    for key in stage.bucket.keys().await.unwrap() {
        let tag = stage.bucket.get(&key).await.unwrap().unwrap().etag;
        objects.push((key, tag));
    }
    objects.sort();
    objects
}

async fn page(stage: &Stage, key: &str) -> String {
    String::from_utf8(stage.bucket.get(key).await.unwrap().unwrap().body).unwrap()
}

#[tokio::test]
async fn a_guest_buys_through_the_gateway_and_mail_and_pages_follow_from_the_stream() {
    let stage = Stage::open().await.unwrap();
    let gateway = stage.gateway().await.unwrap();
    let mut guest = Visitor::new(gateway.address());
    let number = guest.buys("SHIRT-M", "ada@example.com").await.unwrap();
    let done = guest.get(&format!("/checkout/done/{number}")).await.unwrap();
    assert!(done.status == 200 && done.text().contains(&number), "{}", done.text());
    assert_eq!(Visitor::new(gateway.address()).get(&format!("/orders/{number}")).await.unwrap().status, 404, "another's order");
    let order = stage.store.order(&number.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((order.email.as_str(), order.quote.lines[0].sku.as_str()), ("ada@example.com", "SHIRT-M"));

    let records = stage.feed().await.unwrap().until(is_mail).await.unwrap();
    let (mut publish, mut notify) = (stage.mapping("publish").await.unwrap(), stage.mapping("notify").await.unwrap());
    for mapping in [&mut publish, &mut notify] {
        mapping.deliver(&records).await;
        assert!(mapping.dead_letters().is_empty(), "{:?}", mapping.dead_letters());
    }
    assert!(page(&stage, "products/shirt/index.html").await.contains("only 2 left"));
    let sent = stage.mailbox.sent();
    let field = |name: &str| sent[0].iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
    assert_eq!((sent.len(), field("Destinations.member.1").as_deref()), (1, Some("ada@example.com")), "{sent:?}");
    assert_eq!(field("Source").as_deref(), Some("shop@shop.example"));
    let mail = aws_smithy_types::base64::decode(field("RawMessage.Data").unwrap()).unwrap();
    assert!(String::from_utf8(mail).unwrap().contains(&number));

    let before = objects(&stage).await;
    for mapping in [&mut publish, &mut notify] {
        mapping.deliver(&records).await;
        assert!(mapping.dead_letters().is_empty(), "{:?}", mapping.dead_letters());
    }
    assert_eq!(objects(&stage).await, before, "the same records again change nothing");
    assert_eq!(stage.mailbox.sent().len(), 1, "and send nothing");
}

#[tokio::test]
async fn mail_that_is_not_taken_is_tried_again_then_put_aside_and_can_be_sent_later() {
    let stage = Stage::open().await.unwrap();
    let gateway = stage.gateway().await.unwrap();
    Visitor::new(gateway.address()).buys("MUG", "ada@example.com").await.unwrap();
    let records = stage.feed().await.unwrap().until(is_mail).await.unwrap();
    let mut notify: Mapping = stage.mapping("notify").await.unwrap();
    stage.mailbox.refuses(true);
    notify.deliver(&records).await;
    let dead: Vec<Value> = notify.dead_letters().iter().flat_map(|letter| letter.records.clone()).collect();
    assert!(dead.len() == 1 && is_mail(&dead[0]), "{dead:?}");
    assert!(stage.mailbox.sent().is_empty());
    stage.mailbox.refuses(false);
    notify.deliver(&dead).await;
    assert_eq!(stage.mailbox.sent().len(), 1);
}

#[tokio::test]
async fn a_schedule_cancels_what_is_not_paid_in_time() {
    let stage = Stage::open().await.unwrap();
    let gateway = stage.gateway().await.unwrap();
    let number = Visitor::new(gateway.address()).buys("SHIRT-M", "ada@example.com").await.unwrap();
    let settings = stage.store.settings().await.unwrap().unwrap();
    stage.store.put_settings(&domain::settings::Settings { payment_days: 0, ..settings }).await.unwrap();
    let sweep = stage.function("sweep").await.unwrap();
    let event = serde_json::json!({
        "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event", "source": "aws.scheduler",
        "account": "000000000000", "time": "2026-01-02T03:04:05Z", "region": "us-east-1", "resources": [], "detail": "{}"
    });
    for _ in 0..2 {
        sweep.invoke(&event).await.unwrap();
        let order = stage.store.order(&number.parse().unwrap()).await.unwrap().unwrap();
        assert_eq!(order.status, domain::order::OrderStatus::Cancelled);
        let shirt = stage.store.product(&goods::parse("shirt")).await.unwrap().unwrap();
        assert_eq!(shirt.variants[1].stock, 3, "the stock is back, once");
    }
}
