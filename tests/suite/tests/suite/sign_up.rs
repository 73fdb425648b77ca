//! New accounts, proving an address, forgotten passwords, the profile.

use http::StatusCode;
use serde_json::Value;
use store::mail::Mail;
use suite::{Client, Shop, goods, tour::link};

const EMAIL: &str = "ada@example.com";

async fn sign_up(client: &mut Client, email: &str, password: &str) -> suite::Answer {
    client.post("/auth/sign-up", &[("name", "Ada <b>"), ("email", email), ("password", password)]).await
}

#[tokio::test]
async fn a_new_account_is_proven_by_a_link_that_works_once() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    let number = guest.buys("MUG", "1", EMAIL).await;
    let mut ada = shop.visitor();
    assert!(sign_up(&mut ada, EMAIL, goods::PASSWORD).await.text.contains("Please check your e-mail"));
    ada.signs_in(EMAIL).await;
    assert!(!ada.get("/account/orders").await.text.contains(&number), "the address is not proven yet");
    let secret = link(&shop, "verify", EMAIL).await;
    let asked = ada.get(&format!("/auth/verify?token={secret}")).await;
    assert!(asked.text.contains("Confirm my address"), "a look at the link does not use it up");
    let proof = [("token", secret.as_str()), ("password", goods::PASSWORD)];
    let done = ada.post("/auth/verify", &proof).await;
    assert!(done.text.contains("Your address is confirmed"), "{}", done.text);
    assert!(done.text.contains("The order you placed with it as a guest is in your account now"), "{}", done.text);
    assert!(ada.get("/account/orders").await.text.contains(&number), "the guest's order has joined the account");
    let again = ada.post("/auth/verify", &proof).await;
    assert!(again.text.contains("does not work any more"));
}

#[tokio::test]
async fn a_taken_address_is_answered_as_a_new_one_and_its_owner_is_told() {
    let shop = Shop::open().await;
    let first = sign_up(&mut shop.visitor(), EMAIL, goods::PASSWORD).await;
    let second = sign_up(&mut shop.visitor(), EMAIL, "another long sentence here").await;
    assert_eq!((first.status, &first.text), (second.status, &second.text));
    let mails = shop.table.items("MAIL#").await;
    assert!(mails.iter().any(|m| m["kind"] == "already_registered" && m["to"] == EMAIL));
    let mut ada = shop.visitor();
    ada.signs_in(EMAIL).await;
}

#[tokio::test]
async fn weak_passwords_and_bad_addresses_are_refused_and_the_rest_stays_typed() {
    let shop = Shop::open().await;
    for (email, password, words) in [
        (EMAIL, "short", "at least 10 characters"),
        (EMAIL, "password123", "too easy to guess"),
        (EMAIL, "ada@example.com", "too easy to guess"),
        (EMAIL, &"x".repeat(129), "at most 128 characters"),
        ("nonsense", goods::PASSWORD, "is not an e-mail address"),
        ("a@mailinator.com", goods::PASSWORD, "throw-away"),
    ] {
        let refused = sign_up(&mut shop.visitor(), email, password).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{email} {password}");
        assert!(refused.text.contains(words), "{words} is not in {}", refused.text);
        assert!(refused.text.contains("value=\"Ada &lt;b&gt;\""), "what was typed is there, escaped");
        assert!(!refused.text.contains(&format!("value=\"{password}\"")) || password == email, "the password is not");
    }
    assert!(shop.table.items("EMAIL#").await.is_empty());
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_a_link_that_works_once() {
    let shop = Shop::open().await;
    let ada = shop.customer(EMAIL).await;
    let known = shop.visitor().post("/auth/forgot", &[("email", EMAIL)]).await;
    let unknown = shop.visitor().post("/auth/forgot", &[("email", "nobody@example.com")]).await;
    assert_eq!((known.status, &known.text), (unknown.status, &unknown.text));
    let secret = link(&shop, "reset", EMAIL).await;
    let mut visitor = shop.visitor();
    let weak = visitor.post("/auth/reset", &[("token", &secret), ("password", "short")]).await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY, "a weak password does not use the link up");
    let fields = [("token", secret.as_str()), ("password", "a quite different sentence of mine")];
    assert_eq!(visitor.post("/auth/reset", &fields).await.location(), "/auth/sign-in");
    assert_eq!(visitor.post("/auth/reset", &fields).await.status, StatusCode::GONE);
    let mut signed_out = ada.clone();
    assert_eq!(signed_out.get("/account").await.status, StatusCode::SEE_OTHER, "sessions have ended");
    let mails = shop.table.items("MAIL#").await;
    let to_nobody = mails.into_iter().find(|m| m["to"] == "nobody@example.com").unwrap();
    let to_nobody: Mail = serde_json::from_value(to_nobody).unwrap();
    assert_eq!(web::mail::compose(&shop.app, &to_nobody).await.unwrap(), None, "it is not sent");
}

#[tokio::test]
async fn asking_for_a_new_password_does_the_same_work_for_every_address() {
    let shop = Shop::open().await;
    shop.customer(EMAIL).await;
    let mut usages = Vec::new();
    for email in [EMAIL, "bob@example.com"] {
        usages.push(shop.visitor().post("/auth/forgot", &[("email", email)]).await.usage);
    }
    assert_eq!(usages[0], usages[1]);
}

#[tokio::test]
async fn a_reset_mail_that_is_composed_again_carries_the_same_link() {
    let shop = Shop::open().await;
    shop.customer(EMAIL).await;
    shop.visitor().post("/auth/forgot", &[("email", EMAIL)]).await;
    assert_eq!(link(&shop, "reset", EMAIL).await, link(&shop, "reset", EMAIL).await);
    assert_eq!(shop.table.items("TOKEN#").await.len(), 1);
}

#[tokio::test]
async fn a_link_of_one_kind_does_not_do_what_the_other_does() {
    let shop = Shop::open().await;
    sign_up(&mut shop.visitor(), EMAIL, goods::PASSWORD).await;
    let verify = link(&shop, "verify", EMAIL).await;
    let fields = [("token", verify.as_str()), ("password", "a quite different sentence of mine")];
    assert_eq!(shop.visitor().post("/auth/reset", &fields).await.status, StatusCode::GONE);
    shop.visitor().signs_in(EMAIL).await;
}

#[tokio::test]
async fn profile_and_addresses_are_kept_and_checked() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    let saved = ada.post("/account/profile", &[("name", "Ada Lovelace"), ("phone", "+49 30 1234567")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let refused = ada.post("/account/profile", &[("name", ""), ("phone", "call me")]).await;
    assert!(refused.text.contains("must not be empty") && refused.text.contains("is not a telephone number"));
    let fields = [("name", "Ada"), ("line1", "Am Hang 3"), ("postal_code", "10115"), ("city", "Berlin"), ("country", "DE")];
    ada.post("/account/addresses", &fields).await;
    let list: Value = ada.clone().wanting_json().get("/account/addresses").await.json();
    assert_eq!(list["addresses"][0]["lines"], serde_json::json!(["Ada", "Am Hang 3", "10115 Berlin", "Germany"]));
    let id = list["addresses"][0]["id"].as_str().unwrap().to_owned();
    let mut bob = shop.customer("bob@example.com").await;
    for path in [format!("/account/addresses/{id}"), format!("/account/addresses/{id}/delete")] {
        assert_eq!(bob.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(bob.post(&path, &fields).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let changed: Vec<(&str, &str)> = fields.iter().map(|(n, v)| if *n == "city" { (*n, "Potsdam") } else { (*n, *v) }).collect();
    ada.post(&format!("/account/addresses/{id}"), &changed).await;
    assert!(ada.get("/account/addresses").await.text.contains("Potsdam"));
    let confirm = ada.get(&format!("/account/addresses/{id}/delete")).await;
    assert!(confirm.text.contains("Remove this address?"));
    ada.post(&format!("/account/addresses/{id}/delete"), &[]).await;
    assert!(!ada.get("/account/addresses").await.text.contains("Potsdam"));
}
