//! The service itself does what Lambda, API Gateway and event source mappings do.

use runtime::{Function, Gateway, Mapping, Stage, Variables, Visitor};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

async fn echo() -> Arc<Function> {
    let binary = Stage::binary("echo").await.unwrap();
    Arc::new(Function::start_within(&binary, &Variables::new(), Duration::from_secs(3)).await.unwrap())
}

#[tokio::test]
async fn a_function_answers_fails_ends_and_is_started_again() {
    let echo = echo().await;
    assert_eq!(echo.invoke(&json!({ "a": 1 })).await, Ok(json!({ "a": 1 })));
    let failed = echo.invoke(&json!({ "do": "fail" })).await.unwrap_err();
    assert_eq!(failed.message, "as it was told");
    assert_eq!((echo.invoke(&json!({ "a": 2 })).await, echo.starts()), (Ok(json!({ "a": 2 })), 1));
    let ended = echo.invoke(&json!({ "do": "exit" })).await.unwrap_err();
    assert_eq!(ended.kind, "Runtime.ExitError");
    assert!(ended.message.contains("exit status: 3"), "{ended}");
    assert_eq!((echo.invoke(&json!({ "a": 3 })).await, echo.starts()), (Ok(json!({ "a": 3 })), 2));
    assert_eq!(echo.lines().iter().filter(|line| *line == "starting").count(), 2, "{:?}", echo.lines());
    assert!(echo.init().await > Duration::ZERO);
    assert!(echo.usage().await.unwrap().resident > 100_000);
}

#[tokio::test]
async fn an_event_that_takes_too_long_ends_the_process() {
    let echo = echo().await;
    let late = echo.invoke(&json!({ "do": "sleep" })).await.unwrap_err();
    assert_eq!((late.kind.as_str(), late.message.as_str()), ("Sandbox.Timedout", "Task timed out after 3.00 seconds"));
    assert_eq!((echo.invoke(&json!({})).await, echo.starts()), (Ok(json!({})), 2));
}

#[tokio::test]
async fn a_request_becomes_the_event_that_api_gateway_makes_of_it() {
    let gateway = Gateway::open(vec![("cart", echo().await)]).await.unwrap();
    let mut visitor = Visitor::new(gateway.address()).with("x-forwarded-for", "198.51.100.1").with("user-agent", "Test/1");
    visitor.cookies = [("a".to_owned(), "1".to_owned()), ("b".to_owned(), "2".to_owned())].into();
    let answer = visitor.post("/cart/lines/A%20B?x=1&y=%2F&x=2", &[("sku", "MUG")]).await.unwrap();
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let event: Value = serde_json::from_slice(&answer.body).unwrap();
    let host = gateway.address().strip_prefix("http://").unwrap();
    let context = &event["requestContext"];
    let expected = json!({
        "version": "2.0",
        "routeKey": "ANY /cart/{proxy+}",
        "rawPath": "/cart/lines/A B",
        "rawQueryString": "x=1&y=%2F&x=2",
        "cookies": ["a=1", "b=2"],
        "headers": {
            "accept": "text/html,*/*;q=0.8",
            "content-length": "7",
            "content-type": "application/x-www-form-urlencoded",
            "host": host,
            "origin": gateway.address(),
            "user-agent": "Test/1",
            "x-amzn-trace-id": event["headers"]["x-amzn-trace-id"],
            "x-forwarded-for": "198.51.100.1, 127.0.0.1",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "queryStringParameters": { "x": "1,2", "y": "/" },
        "pathParameters": { "proxy": "lines/A B" },
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "127",
            "http": {
                "method": "POST", "path": "/cart/lines/A B", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                "userAgent": "Test/1"
            },
            "requestId": context["requestId"],
            "routeKey": "ANY /cart/{proxy+}",
            "stage": "$default",
            "time": context["time"],
            "timeEpoch": context["timeEpoch"],
        },
        "body": "c2t1PU1VRw==",
        "isBase64Encoded": true,
    });
    assert_eq!(event, expected);
    assert!(context["timeEpoch"].as_u64().unwrap() > 1_700_000_000_000);
}

#[tokio::test]
async fn an_answer_becomes_a_response() {
    let gateway = Gateway::open(vec![("cart", echo().await)]).await.unwrap();
    let mut visitor = Visitor::new(gateway.address());
    let mut ask = async |order: Value| {
        visitor.send(http::Method::POST, "/cart", Some("application/json"), &order.to_string()).await.unwrap()
    };
    let answer = ask(json!({ "do": "answer", "answer": {
        "statusCode": 418, "headers": { "x-a": "1" }, "multiValueHeaders": { "x-b": ["2", "3"] },
        "cookies": ["c=4; Path=/", "d=5"],
        "body": "aGVsbG8=", "isBase64Encoded": true
    } }))
    .await;
    assert_eq!((answer.status, answer.text().as_str(), answer.header("x-a")), (418, "hello", "1"));
    let all = |name: &str| answer.headers.get_all(name).iter().map(|v| v.to_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(
        (all("x-b"), all("set-cookie")),
        (vec!["2".to_owned(), "3".to_owned()], vec!["c=4; Path=/".to_owned(), "d=5".to_owned()])
    );
    for (order, status, message) in [
        (json!({ "do": "fail" }), 500, r#"{"message":"Internal Server Error"}"#),
        (json!({ "do": "answer", "answer": { "statusCode": "many" } }), 500, r#"{"message":"Internal Server Error"}"#),
        (json!({ "do": "sleep" }), 503, r#"{"message":"Service Unavailable"}"#),
    ] {
        let answer = ask(order).await;
        assert_eq!((answer.status, answer.text().as_str()), (status, message));
    }
    assert_eq!(visitor.get("/elsewhere").await.unwrap().text(), r#"{"message":"Not Found"}"#);
}

fn record(number: u32, order: &str) -> Value {
    json!({ "do": order, "dynamodb": { "SequenceNumber": number.to_string() } })
}

/// Delivers records in one batch. Returns the sequence numbers that were given up, and how often the function was invoked.
async fn deliver(orders: &[&str], retries: u32) -> (Vec<String>, usize) {
    let records: Vec<Value> = orders.iter().zip(1..).map(|(order, number)| record(number, order)).collect();
    let echo = echo().await;
    let mut mapping = Mapping::new(echo.clone(), 100, retries);
    mapping.deliver(&records).await;
    let delivered: Vec<String> = echo.lines().iter().filter_map(|line| line.strip_prefix("record ").map(str::to_owned)).collect();
    let number = |record: &Value| record["dynamodb"]["SequenceNumber"].as_str().unwrap().to_owned();
    for record in &records {
        assert!(delivered.contains(&number(record)), "{record} was not delivered: {delivered:?}");
    }
    (mapping.dead_letters().iter().flat_map(|letter| letter.records.iter().map(number)).collect(), mapping.invocations())
}

#[tokio::test]
async fn a_mapping_goes_on_from_the_first_record_that_is_reported_and_gives_up_it_alone() {
    assert_eq!(deliver(&["", "", ""], 2).await, (vec![], 1));
    // All; from the second on; the second; again; and again; the others.
    assert_eq!(deliver(&["", "report", "", ""], 2).await, (vec!["2".to_owned()], 6));
    assert_eq!(deliver(&["report"], 0).await, (vec!["1".to_owned()], 1));
}

#[tokio::test]
async fn a_mapping_halves_a_batch_that_fails_until_what_fails_is_alone() {
    let (given_up, _) = deliver(&["", "", "fail", "", "", "fail", ""], 1).await;
    assert_eq!(given_up, ["3", "6"]);
}
