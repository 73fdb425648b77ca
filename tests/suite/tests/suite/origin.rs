//! Behind a CDN: nobody goes round it, and it alone says where requests come from. The keys come from Secrets Manager and change
//! without signing anybody out.

use axum::Router;
use domain::customer::Role;
use http::StatusCode;
use render::Renderer;
use serde_json::json;
use store::Service;
use suite::{Client, Shop, goods};
use web::{App, KeyRing, Keys};

const ORIGIN: &str = "oooooooooooooooooooooooooooooooooooooooo";

fn secret(session_keys: &str) -> String {
    json!({ "session_keys": session_keys, "link_secret": "l".repeat(40), "origin_secret": ORIGIN }).to_string()
}

/// The shop's functions, as a process that started just now has them.
async fn functions(shop: &Shop, service: &Service, name: &str) -> Router {
    let keys = KeyRing::from_secret(service.clone(), name.to_owned()).await.unwrap();
    let app = App::from_parts(shop.table.store.clone(), Renderer::new().unwrap(), keys, "https://shop.example");
    suite::functions(&app)
}

/// Somebody at the CDN.
fn visitor(functions: &Router) -> Client {
    Client::new(functions.clone()).with("x-origin-verify", ORIGIN).with("cloudfront-viewer-address", "203.0.113.7:55555")
}

#[tokio::test]
async fn nobody_goes_round_the_cdn_and_what_shoppers_say_of_their_address_is_not_believed() {
    let shop = Shop::open().await;
    let keys = Keys::parse(&format!("k1:{}", "s".repeat(40)), &"l".repeat(40)).unwrap().behind(ORIGIN).unwrap();
    let app = App::new(shop.table.store.clone(), keys, "https://shop.example").unwrap();
    let functions = suite::functions(&app);
    for shown in ["", "guess"] {
        let mut past_it = visitor(&functions).with("x-origin-verify", shown);
        let refused = past_it.get("/cart").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.usage.round_trips <= 1, "the settings of the page at most");
    }
    assert_eq!(visitor(&functions).get("/cart").await.status, StatusCode::OK);
    // Another forwarded address each time, from one place.
    let lookup = [("number", "ABCDE-ABCDE"), ("email", "ada@example.com")];
    let mut last = StatusCode::OK;
    for i in 0..200 {
        let mut guesser = visitor(&functions);
        guesser.headers.insert("x-forwarded-for", format!("198.51.100.{i}").parse().unwrap());
        last = guesser.post("/orders", &lookup).await.status;
        if last == StatusCode::TOO_MANY_REQUESTS {
            break;
        }
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let mut elsewhere = visitor(&functions).with("cloudfront-viewer-address", "203.0.113.8:1");
    assert_ne!(elsewhere.post("/orders", &lookup).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
#[ignore = "needs Secrets Manager, which the embedded services do not have: run by make test-localstack"]
async fn keys_change_without_signing_anybody_out() {
    let service = Service::default();
    let name = format!("test-{}", ids::new_id());
    let manager = aws_sdk_secretsmanager::Client::new(&service.load("AWS_ENDPOINT_URL_SECRETS_MANAGER").await);
    let old = format!("2026-01:{}", "a".repeat(40));
    manager.create_secret().name(&name).secret_string(secret(&old)).send().await.unwrap();
    let shop = Shop::open().await;
    for email in ["ada@example.com", "bob@example.com"] {
        goods::account(&shop.table.store, email, Role::Customer).await;
    }
    let running = functions(&shop, &service, &name).await;
    let mut ada = visitor(&running);
    ada.signs_in("ada@example.com").await;
    let new = format!("2026-02:{}", "b".repeat(40));
    manager.put_secret_value().secret_id(&name).secret_string(secret(&format!("{new},{old}"))).send().await.unwrap();
    let started_later = functions(&shop, &service, &name).await;
    let mut ada = ada.at(started_later.clone());
    let refresh = ada.cookies["__Host-refresh"].clone();
    assert_eq!(ada.get("/account/profile").await.status, StatusCode::OK, "the new process takes a token of the old key");
    let mut bob = visitor(&started_later);
    bob.signs_in("bob@example.com").await;
    let mut bob = bob.at(running);
    let bobs = bob.cookies["__Host-refresh"].clone();
    assert_eq!(bob.get("/account/profile").await.status, StatusCode::OK, "the running process learns the new key");
    assert_eq!(
        (&ada.cookies["__Host-refresh"], &bob.cookies["__Host-refresh"]),
        (&refresh, &bobs),
        "no session was renewed for it"
    );
    manager.delete_secret().secret_id(&name).force_delete_without_recovery(true).send().await.unwrap();
}
