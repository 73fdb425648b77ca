//! Territories with other taxes than their country's: where the shop sells, sends and taxes.

use domain::settings::Settings;
use http::StatusCode;
use serde_json::{Value, json};
use suite::{Answer, Client, Shop};

/// A shop in Germany that sells to Spain, Portugal and Finland; Madeira and Åland are listed, the Canary Islands are when
/// `canary`.
async fn shop(canary: bool) -> Shop {
    let shop = Shop::open().await;
    let settings = shop.table.store.settings().await.unwrap().unwrap();
    let mut stored: Value = serde_json::to_value(&settings).unwrap();
    stored["taxes"]["rates"] = json!({
        "DE": { "standard": "20", "reduced": null }, "ES": { "standard": "21", "reduced": null },
        "PT": { "standard": "23", "reduced": null }, "PT-30": { "standard": "22", "reduced": null },
        "FI": { "standard": "25.5", "reduced": null }
    });
    let mut sold = vec!["DE", "ES", "PT", "PT-30", "FI", "AX"];
    sold.extend(canary.then_some("ES-CN"));
    stored["countries"] = json!(sold);
    stored["shipping"] = json!([
        { "id": "standard", "name": "Standard", "price": "5.00", "countries": ["DE", "ES", "PT", "PT-30", "FI"],
          "free_from": null,
          "estimate": "3 days" },
        { "id": "ferry", "name": "Ferry", "price": "12.00", "countries": ["ES-CN"], "free_from": null, "estimate": "9 days" }
    ]);
    shop.table.store.put_settings(&serde_json::from_value::<Settings>(stored).unwrap()).await.unwrap();
    shop
}

async fn goes_to(client: &mut Client, country: &str, postal_code: &str) -> Answer {
    let fields = [
        ("email", "ada@example.com"),
        ("name", "Ada Example"),
        ("line1", "Am Hang 3"),
        ("postal_code", postal_code),
        ("city", "There"),
        ("region", "Region"),
        ("country", country),
    ];
    client.post("/checkout", &fields).await
}

async fn with_mug(shop: &Shop) -> Client {
    let mut guest = shop.visitor();
    guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "2")]).await;
    guest
}

/// The review's quote, for an address and a method.
async fn quote(shop: &Shop, country: &str, postal_code: &str, method: &str) -> Value {
    let mut guest = with_mug(shop).await;
    let next = goes_to(&mut guest, country, postal_code).await;
    assert_eq!(next.status, StatusCode::SEE_OTHER, "{}", next.text);
    guest.post("/checkout/delivery", &[("shipping_method", method)]).await;
    guest.post("/checkout/payment", &[("payment_method", "bank_transfer")]).await;
    guest.wanting_json().get("/checkout/review").await.json()["cart"]["quote"].clone()
}

#[tokio::test]
async fn the_review_has_the_tax_of_the_territory_and_not_of_its_country() {
    let shop = shop(true).await;
    for (country, postal_code, method, rate, tax) in [
        ("ES", "28013", "standard", "21", "3.47"),
        ("ES", "35001", "ferry", "0", "0.00"),
        ("ES", "E-38001", "ferry", "0", "0.00"),
        ("PT", "1000-205", "standard", "23", "3.73"),
        ("PT", "9000-001", "standard", "22", "3.60"),
    ] {
        let quote = quote(&shop, country, postal_code, method).await;
        assert_eq!((&quote["lines"][0]["tax_rate"], &quote["tax"]), (&rate.into(), &tax.into()), "{country} {postal_code}");
    }
}

#[tokio::test]
async fn an_order_to_a_territory_keeps_its_tax() {
    let shop = shop(true).await;
    let mut guest = with_mug(&shop).await;
    goes_to(&mut guest, "ES", "38001").await;
    let delivery = guest.get("/checkout/delivery").await;
    assert!(delivery.text.contains("Ferry") && !delivery.text.contains("Standard"), "{}", delivery.text);
    guest.post("/checkout/delivery", &[("shipping_method", "ferry")]).await;
    guest.post("/checkout/payment", &[("payment_method", "bank_transfer")]).await;
    let review = guest.get("/checkout/review").await;
    assert!(review.text.contains("€0.00"), "the tax is shown: {}", review.text);
    let placed = guest.places(&review).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.text);
    let order = shop.table.items("ORDER#").await.remove(0);
    assert_eq!((&order["lines"][0]["tax_rate"], &order["address"]["country"]), (&"0".into(), &"ES".into()));
}

#[tokio::test]
async fn a_territory_the_shop_does_not_sell_to_is_refused_by_its_name() {
    let shop = shop(false).await;
    let mut guest = with_mug(&shop).await;
    for (country, postal_code, name) in
        [("ES", "35001", "Canary Islands"), ("ES", "51001", "Ceuta"), ("DE", "27498", "Heligoland"), ("PT", "9500-001", "Azores")]
    {
        let refused = goes_to(&mut guest, country, postal_code).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{postal_code}");
        let sentence = format!("Postal code belongs to {name}, where we do not deliver");
        assert!(refused.text.contains(&sentence), "{sentence} is not in {}", refused.text);
        assert!(refused.text.contains("shop@shop.example") && refused.text.contains(&format!("value=\"{postal_code}\"")));
    }
    let mut ada = shop.customer("ada@example.com").await;
    let fields =
        [("name", "Ada"), ("line1", "Calle 3"), ("postal_code", "35001"), ("city", "X"), ("region", "Y"), ("country", "ES")];
    let refused = ada.post("/account/addresses", &fields).await;
    assert!(refused.text.contains("belongs to Canary Islands"), "{}", refused.text);
}

#[tokio::test]
async fn a_territory_that_no_method_lists_is_named_where_delivery_is_chosen() {
    let shop = shop(false).await;
    let mut guest = with_mug(&shop).await;
    for (country, postal_code) in [("AX", "22100"), ("FI", "FI-22100")] {
        let next = goes_to(&mut guest, country, postal_code).await;
        assert_eq!(next.status, StatusCode::SEE_OTHER, "{}", next.text);
        let delivery = guest.get("/checkout/delivery").await;
        assert!(delivery.text.contains("We cannot deliver to Åland Islands."), "{}", delivery.text);
        let refused = guest.post("/checkout/delivery", &[("shipping_method", "standard")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "the mainland's method does not go there");
    }
}

#[tokio::test]
async fn a_cart_whose_address_became_a_territory_asks_for_delivery_again() {
    let shop = shop(true).await;
    let mut guest = with_mug(&shop).await;
    goes_to(&mut guest, "ES", "28013").await;
    guest.post("/checkout/delivery", &[("shipping_method", "standard")]).await;
    guest.post("/checkout/payment", &[("payment_method", "bank_transfer")]).await;
    goes_to(&mut guest, "ES", "35001").await;
    assert_eq!(guest.get("/checkout/review").await.location(), "/checkout/delivery");
}
