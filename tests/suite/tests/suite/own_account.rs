//! What a customer changes in several windows at the same time.

use http::StatusCode;
use suite::{Client, Shop};
use tokio::task::JoinSet;

const EMAIL: &str = "ada@example.com";

/// A form: where it goes, and its fields.
type Form = (String, Vec<(&'static str, String)>);

fn address(path: &str, city: &str) -> Form {
    let fields = [("name", "Ada"), ("line1", "Am Hang 3"), ("postal_code", "10115"), ("city", city), ("country", "DE")];
    (path.to_owned(), fields.map(|(name, value)| (name, value.to_owned())).into())
}

fn new_address(city: &str) -> Form {
    address("/account/addresses", city)
}

/// Sends a form; returns the answer's status and text.
async fn send(window: &Client, (path, fields): Form) -> (StatusCode, String) {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = window.clone().post(&path, &fields).await;
    (answer.status, answer.text)
}

/// Sends forms at once, each from a window of its own.
async fn at_once(ada: &Client, forms: Vec<Form>) -> Vec<(StatusCode, String)> {
    let mut sending = JoinSet::new();
    for form in forms {
        let window = ada.clone();
        sending.spawn(async move { send(&window, form).await });
    }
    sending.join_all().await
}

/// The addresses in the book: identifier and city, by city.
async fn book(ada: &Client) -> (Vec<String>, Vec<String>) {
    let list = ada.clone().wanting_json().get("/account/addresses").await.json();
    let row = |row: &serde_json::Value| {
        let city = row["lines"][2].as_str().unwrap().trim_start_matches("10115 ").to_owned();
        (city, row["id"].as_str().unwrap().to_owned())
    };
    let mut rows: Vec<_> = list["addresses"].as_array().unwrap().iter().map(row).collect();
    rows.sort();
    let (cities, ids) = rows.into_iter().unzip();
    (ids, cities)
}

#[tokio::test]
async fn eight_addresses_added_at_once_are_all_in_the_book() {
    let shop = Shop::open().await;
    let ada = shop.customer(EMAIL).await;
    let cities: Vec<String> = (1..=8).map(|i| format!("City {i}")).collect();
    let answers = at_once(&ada, cities.iter().map(|city| new_address(city)).collect()).await;
    assert!(answers.iter().all(|(status, _)| *status == StatusCode::SEE_OTHER), "{answers:?}");
    assert_eq!(book(&ada).await.1, cities);
}

#[tokio::test]
async fn profile_and_addresses_changed_at_once_are_all_changed() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    for city in ["A", "B", "C", "D"] {
        send(&ada, new_address(city)).await;
    }
    let (ids, _) = book(&ada).await;
    let of = |at: usize| format!("/account/addresses/{}", ids[at]);
    let profile = || ("/account/profile".to_owned(), vec![("name", "Ada King".to_owned()), ("phone", "030 123456".to_owned())]);
    let forms = vec![
        address(&of(0), "New A"),
        address(&of(1), "New B"),
        (format!("{}/delete", of(2)), Vec::new()),
        new_address("E"),
        profile(),
        profile(),
    ];
    let answers = at_once(&ada, forms).await;
    assert!(answers.iter().all(|(status, _)| *status == StatusCode::SEE_OTHER), "{answers:?}");
    assert_eq!(book(&ada).await.1, ["D", "E", "New A", "New B"]);
    assert!(ada.get("/account/profile").await.text.contains("value=\"Ada King\""));
}

#[tokio::test]
async fn an_address_book_that_is_filled_at_once_is_never_overfull() {
    let shop = Shop::open().await;
    let ada = shop.customer(EMAIL).await;
    for i in 0..17 {
        send(&ada, new_address(&format!("City {i}"))).await;
    }
    let answers = at_once(&ada, (0..8).map(|i| new_address(&format!("More {i}"))).collect()).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == StatusCode::SEE_OTHER).count(), 3, "{answers:?}");
    let full: Vec<_> = answers.iter().filter(|(status, _)| *status == StatusCode::CONFLICT).collect();
    assert!(full.iter().all(|(_, text)| text.contains("An account can have at most 20 addresses.")), "{answers:?}");
    assert_eq!((full.len(), book(&ada).await.1.len()), (5, 20));
}
