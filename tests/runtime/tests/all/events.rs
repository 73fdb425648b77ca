//! What API Gateway hands over, and what it gets back.

use crate::{cookies, form, request};
use runtime::{HTTP_FUNCTIONS, Stage};
use serde_json::json;

#[tokio::test]
async fn every_function_answers_the_events_of_its_paths() {
    let stage = Stage::open().await.unwrap();
    for (name, path, status) in [
        ("auth", "/auth/sign-in", 200),
        ("account", "/account", 303),
        ("cart", "/cart", 200),
        ("checkout", "/checkout", 303),
        ("checkout", "/orders", 200),
        ("admin", "/admin", 404),
    ] {
        let function = stage.function(name).await.unwrap();
        let answer = function.invoke(&request("GET", path)).await.unwrap();
        assert_eq!(answer["statusCode"], status, "{path}: {answer}");
        assert_eq!(answer["headers"]["cache-control"], "no-store", "{path}: {answer}");
    }
}

#[tokio::test]
async fn an_unknown_address_is_a_page_for_people_and_a_problem_for_programs() {
    let stage = Stage::open().await.unwrap();
    for (name, prefixes) in HTTP_FUNCTIONS {
        let function = stage.function(name).await.unwrap();
        let mut event = request("GET", &format!("/{}/there/is/no/such/thing", prefixes[0]));
        let page = function.invoke(&event).await.unwrap();
        assert_eq!(page["statusCode"], 404, "{name}: {page}");
        assert_eq!(page["headers"]["content-type"], "text/html; charset=utf-8", "{name}: {page}");
        assert!(page["body"].as_str().unwrap().contains("There is no such page"), "{name}: {page}");
        event["headers"]["accept"] = "application/json".into();
        let problem = function.invoke(&event).await.unwrap();
        assert_eq!(problem["statusCode"], 404, "{name}: {problem}");
        assert_eq!(problem["headers"]["content-type"], "application/problem+json", "{name}: {problem}");
    }
}

#[tokio::test]
async fn several_cookies_come_in_and_go_out() {
    let stage = Stage::open().await.unwrap();
    let cart = stage.function("cart").await.unwrap();
    let added = cart.invoke(&form("/cart/lines", "sku=MUG&quantity=2")).await.unwrap();
    assert_eq!(added["statusCode"], 303, "{added}");
    assert!(added["headers"].get("set-cookie").is_none(), "{added}");
    let mut set = cookies(&added);
    assert!(set.len() >= 2, "{set:?}");
    set.insert(0, "other=1".to_owned());
    let mut look = request("GET", "/cart");
    look["headers"]["accept"] = "application/json".into();
    look["cookies"] = json!(set);
    let seen = cart.invoke(&look).await.unwrap();
    let page: serde_json::Value = serde_json::from_str(seen["body"].as_str().unwrap()).unwrap();
    assert!(page.to_string().contains("\"MUG\""), "{page}");
}

#[tokio::test]
async fn bodies_come_as_text_and_in_base64() {
    let stage = Stage::open().await.unwrap();
    let cart = stage.function("cart").await.unwrap();
    let mut plain = form("/cart/lines", "");
    plain["body"] = "sku=MUG&quantity=1".into();
    plain["isBase64Encoded"] = false.into();
    for event in [plain, form("/cart/lines", "sku=MUG&quantity=1")] {
        let added = cart.invoke(&event).await.unwrap();
        assert_eq!(added["statusCode"], 303, "{added}");
    }
    let mut broken = form("/cart/lines", "");
    broken["body"] = "no base64!".into();
    let refused = cart.invoke(&broken).await;
    assert!(refused.as_ref().is_ok_and(|a| a["statusCode"].as_u64().unwrap() / 100 == 4) || refused.is_err(), "{refused:?}");
    assert_eq!(cart.invoke(&request("GET", "/cart")).await.unwrap()["statusCode"], 200);
}

#[tokio::test]
async fn the_query_is_taken_as_it_was_typed() {
    let stage = Stage::open().await.unwrap();
    let auth = stage.function("auth").await.unwrap();
    let mut event = request("GET", "/auth/sign-in");
    event["rawQueryString"] = "next=%2Faccount%2Forders%3Fa%3D1%26b%3D2&c=1&c=2".into();
    // Several values of one name are joined here, and cannot be told from a comma that was typed.
    event["queryStringParameters"] = json!({ "next": "/elsewhere", "c": "1,2" });
    let page = auth.invoke(&event).await.unwrap();
    assert_eq!(page["statusCode"], 200, "{page}");
    assert!(page["body"].as_str().unwrap().contains("value=\"/account/orders?a&#x3D;1&amp;b&#x3D;2\""), "{page}");
    event["rawQueryString"] = "next=%2Fa&next=%2Fb".into();
    event["queryStringParameters"] = json!({ "next": "/a,/b" });
    let page = auth.invoke(&event).await.unwrap();
    assert_eq!(page["statusCode"], 400, "two values where one is expected: {page}");
}

#[tokio::test]
async fn forms_from_the_shops_own_address_are_taken_whatever_host_the_gateway_has() {
    let stage = Stage::open().await.unwrap();
    let cart = stage.function("cart").await.unwrap();
    let mut event = form("/cart/lines", "sku=MUG&quantity=1");
    event["headers"]["x-forwarded-host"] = "shop.example".into();
    assert_eq!(cart.invoke(&event).await.unwrap()["statusCode"], 303);
    event["headers"]["origin"] = "https://elsewhere.example".into();
    event["headers"]["x-forwarded-host"] = "elsewhere.example".into();
    assert_eq!(cart.invoke(&event).await.unwrap()["statusCode"], 403, "who sends the form cannot choose the host");
}

#[tokio::test]
async fn attempts_are_counted_by_the_address_that_the_gateway_saw() {
    let stage = Stage::open().await.unwrap();
    let auth = stage.function("auth").await.unwrap();
    let mut event = form("/auth/sign-in", "email=ada%40example.com&password=wrong");
    event["headers"]["x-forwarded-for"] = "198.51.100.1, 203.0.113.7".into();
    assert_eq!(auth.invoke(&event).await.unwrap()["statusCode"], 422);
    for (source, counted) in [("203.0.113.7", 2), ("198.51.100.1", 1)] {
        let attempts = stage.store.count_attempt(&format!("sign-in source {source}"), 15 * 60).await.unwrap();
        assert_eq!(attempts, counted, "what the shopper wrote into a header is not believed: {source}");
    }
}
