//! A function that lacks a setting does not start, and says which.

use axum::{Json, Router};
use runtime::{Function, Stage};
use serde_json::json;
use std::net::Ipv4Addr;
use tokio::net::TcpListener;

const APP: [(&str, &[&str]); 4] = [
    ("BASE_URL", &["", "shop.example", "https://shop.example/", "ftp://shop.example"]),
    ("TABLE_NAME", &["", "no table", "x"]),
    ("SESSION_KEYS", &["", "no-colon-but-long-enough-to-be-a-secret", "k1:short", ":0123456789abcdef0123456789abcdef"]),
    ("LINK_SECRET", &["", "short"]),
];

async fn names_what_is_wrong(function: &str, variable: &str, wrong: &[&str]) {
    let stage = Stage::open().await.unwrap();
    let binary = Stage::binary(function).await.unwrap();
    for value in [None].into_iter().chain(wrong.iter().copied().map(Some)) {
        let mut variables = stage.variables.clone();
        match value {
            Some(value) => variables.insert(variable.to_owned(), value.to_owned()),
            None => variables.remove(variable),
        };
        let Err(stopped) = Function::start(&binary, &variables).await else { panic!("{function} started: {variable}={value:?}") };
        assert!(stopped.reason.contains("exit"), "{function}: {stopped}");
        let said: Vec<_> = stopped.lines.iter().filter(|line| line.contains(variable)).collect();
        assert_eq!(said.len(), 1, "{function} says once which variable is wrong, {variable}={value:?}: {stopped}");
        if let Some(value) = value.filter(|value| value.len() > 12) {
            assert!(!stopped.lines.concat().contains(value), "the value may be a secret: {stopped}");
        }
    }
}

#[tokio::test]
async fn functions_that_answer_http_name_the_setting_that_is_missing_or_wrong() {
    for function in ["auth", "account", "cart", "checkout", "admin"] {
        for (variable, wrong) in APP {
            // Each wrong value in one function, its absence in all.
            names_what_is_wrong(function, variable, if function == "cart" { wrong } else { &[] }).await;
        }
    }
}

#[tokio::test]
async fn publish_names_the_setting_that_is_missing_or_wrong() {
    for variable in ["BASE_URL", "TABLE_NAME", "SITE_BUCKET"] {
        names_what_is_wrong("publish", variable, &[""]).await;
    }
}

#[tokio::test]
async fn notify_names_the_setting_that_is_missing_or_wrong() {
    for (variable, _) in APP {
        names_what_is_wrong("notify", variable, &[""]).await;
    }
    names_what_is_wrong("notify", "MAIL_FROM", &["", "nobody"]).await;
}

#[tokio::test]
async fn sweep_names_the_setting_that_is_missing_or_wrong() {
    names_what_is_wrong("sweep", "TABLE_NAME", &[""]).await;
}

#[tokio::test]
async fn a_function_that_stopped_is_started_again_with_the_next_event() {
    let stage = Stage::open().await.unwrap();
    let cart = stage.function("cart").await.unwrap();
    cart.stop().await;
    let page = cart.invoke(&crate::request("GET", "/cart")).await.unwrap();
    assert_eq!((page["statusCode"].as_u64(), cart.starts()), (Some(200), 2));
}

/// Secrets Manager with one secret.
async fn secrets(text: &str) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let secret = json!({ "ARN": "arn", "Name": "keys", "SecretString": text });
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(|| async { Json(secret) })).await });
    address
}

#[tokio::test]
async fn a_secret_that_cannot_be_used_stops_a_function_and_is_not_written_down() {
    let stage = Stage::open().await.unwrap();
    let binary = Stage::binary("cart").await.unwrap();
    let mut variables = stage.variables.clone();
    variables.insert("KEYS_SECRET".to_owned(), "keys".to_owned());
    let keys = |session_keys: &str, link_secret: &str, origin_secret: &str| {
        json!({ "session_keys": session_keys, "link_secret": link_secret, "origin_secret": origin_secret }).to_string()
    };
    let good = ["k1:0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210", "0011223344556677889900112233445566"];
    for (wrong, named) in [
        ("not-json-but-secret".to_owned(), "KEYS_SECRET"),
        (json!({ "session_keys": good[0] }).to_string(), "KEYS_SECRET"),
        (keys("k1:tooshortasecret", good[1], good[2]), "SESSION_KEYS"),
        (keys(good[0], "tooshortasecret", good[2]), "LINK_SECRET"),
        (keys(good[0], good[1], "tooshortasecret"), "KEYS_SECRET"),
    ] {
        variables.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER".to_owned(), secrets(&wrong).await);
        let Err(stopped) = Function::start(&binary, &variables).await else { panic!("started with {wrong}") };
        let said = stopped.lines.concat();
        assert!(stopped.reason.contains("exit") && said.contains(named), "{wrong}: {stopped}");
        assert!(!said.contains("tooshortasecret") && !said.contains("but-secret") && !said.contains("0123456789"), "{stopped}");
    }
    variables.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER".to_owned(), "http://127.0.0.1:1".to_owned());
    let Err(stopped) = Function::start(&binary, &variables).await else { panic!("started without its keys") };
    assert!(stopped.reason.contains("exit") && stopped.lines.concat().contains("KEYS_SECRET"), "{stopped}");
    variables.insert("AWS_ENDPOINT_URL_SECRETS_MANAGER".to_owned(), secrets(&keys(good[0], good[1], good[2])).await);
    let cart = Function::start(&binary, &variables).await.unwrap();
    let mut event = crate::request("GET", "/cart");
    assert_eq!(cart.invoke(&event).await.unwrap()["statusCode"], 403, "not through the CDN");
    event["headers"]["x-origin-verify"] = good[2].into();
    assert_eq!(cart.invoke(&event).await.unwrap()["statusCode"], 200);
}
