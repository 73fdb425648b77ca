//! Events that are none: answered with an error, and the function lives on.

use crate::request;
use runtime::{HTTP_FUNCTIONS, Stage};
use serde_json::{Value, json};

fn without(mut event: Value, name: &str) -> String {
    event.as_object_mut().unwrap().remove(name);
    event.to_string()
}

#[tokio::test]
async fn a_malformed_event_is_an_error_and_the_next_one_is_answered_by_the_same_process() {
    let stage = Stage::open().await.unwrap();
    let good = request("GET", "/cart");
    let mut no_method = good.clone();
    no_method["requestContext"]["http"]["method"] = "not a method".into();
    let malformed = [
        String::new(),
        "{".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "\"text\"".to_owned(),
        "\u{0}\u{1}".to_owned(),
        json!({ "Records": [] }).to_string(),
        without(good.clone(), "requestContext"),
        no_method.to_string(),
    ];
    for (name, prefixes) in HTTP_FUNCTIONS {
        let function = stage.function(name).await.unwrap();
        for event in &malformed {
            let refused = function.invoke_raw(event.clone()).await;
            assert!(refused.is_err(), "{name} took {event:?}: {refused:?}");
        }
        let page = function.invoke(&request("GET", &format!("/{}", prefixes[0]))).await.unwrap();
        assert!(page["statusCode"].as_u64().unwrap() < 500, "{name}: {page}");
        assert_eq!(function.starts(), 1, "{name}");
    }
}

#[tokio::test]
async fn events_with_little_in_them_are_answered() {
    let stage = Stage::open().await.unwrap();
    let cart = stage.function("cart").await.unwrap();
    let bare = json!({ "rawPath": "/cart", "requestContext": { "http": { "method": "GET" } } });
    assert_eq!(cart.invoke(&bare).await.unwrap()["statusCode"], 200);
    for path in ["", "/", "cart", "//", "/cart/%", "/cart/\u{0}", "/cart?x=1", "/cart/../admin", "/\u{fc}"] {
        let answer = cart.invoke(&request("GET", path)).await;
        let status = answer.as_ref().ok().and_then(|answer| answer["statusCode"].as_u64());
        assert!(status.is_none_or(|status| status < 500), "{path:?}: {answer:?}");
    }
    assert_eq!(cart.invoke(&bare).await.unwrap()["statusCode"], 200);
    assert_eq!(cart.starts(), 1);
}

#[tokio::test]
async fn a_malformed_batch_is_an_error_and_the_next_one_is_done() {
    let stage = Stage::open().await.unwrap();
    for name in ["publish", "notify"] {
        let function = stage.function(name).await.unwrap();
        for event in ["", "{", "null", "[]", "{}", r#"{"Records":{}}"#, r#"{"Records":[{}]}"#, r#"{"Records":[1]}"#] {
            let refused = function.invoke_raw(event).await;
            assert!(refused.is_err(), "{name} took {event:?}: {refused:?}");
        }
        let done = function.invoke(&json!({ "Records": [] })).await.unwrap();
        assert_eq!(done, json!({ "batchItemFailures": [] }), "{name}");
        assert_eq!(function.starts(), 1, "{name}");
    }
}
