//! What is to be paid, by what the order costs and where it stands.

use domain::{
    coupon::{Benefit, CouponTerms},
    customer::Role,
};
use http::StatusCode;
use serde_json::json;
use suite::{Answer, Client, Shop, goods, tour};

const EMAIL: &str = "ada@example.com";
const CONTACT: [(&str, &str); 6] = [
    ("email", EMAIL),
    ("name", "Ada Example"),
    ("line1", "Am Hang 3"),
    ("postal_code", "10115"),
    ("city", "Berlin"),
    ("country", "DE"),
];

/// A guest who has chosen a delivery that costs nothing for goods that cost nothing.
async fn with_nothing_to_pay(shop: &Shop) -> (Client, Answer) {
    let store = &shop.table.store;
    let mut settings = store.settings().await.unwrap().unwrap();
    settings.shipping[0].free_from = Some(goods::money("0.00"));
    store.put_settings(&settings).await.unwrap();
    let all = CouponTerms { benefit: Benefit::Percentage { percent: 100.into() }, ..goods::coupon("GIFT") };
    store.put_coupon(&all).await.unwrap();
    let mut guest = shop.visitor();
    guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "2")]).await;
    guest.post("/cart/coupon", &[("code", "GIFT")]).await;
    guest.post("/checkout", &CONTACT).await;
    let chosen = guest.post("/checkout/delivery", &[("shipping_method", "standard")]).await;
    (guest, chosen)
}

#[tokio::test]
async fn an_order_that_has_to_be_paid_after_all_is_refused_with_what_changed_and_the_step_that_is_missing() {
    let shop = Shop::open().await;
    let (mut guest, _) = with_nothing_to_pay(&shop).await;
    let review = guest.get("/checkout/review").await;
    let gift = CouponTerms { active: false, ..goods::coupon("GIFT") };
    shop.table.store.put_coupon(&gift).await.unwrap();
    let refused = guest.places(&review).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    for words in ["GIFT", "€15.00", "you saw €0.00", "Please choose a payment method.", "Choose the payment"] {
        assert!(refused.text.contains(words), "{words} is not in {}", refused.text);
    }
    assert_eq!(shop.table.stock("MUG").await, 100);
}

#[tokio::test]
async fn with_nothing_to_pay_no_payment_is_asked_for_on_any_page_or_in_the_mail() {
    let shop = Shop::open().await;
    let (mut guest, chosen) = with_nothing_to_pay(&shop).await;
    assert_eq!(chosen.location(), "/checkout/review", "the payment step is skipped");
    assert_eq!(guest.get("/checkout/payment").await.location(), "/checkout/review");
    let review = guest.get("/checkout/review").await;
    assert!(review.text.contains("There is nothing to pay.") && !review.text.contains("/checkout/payment"), "{}", review.text);
    let view = guest.clone().wanting_json().get("/checkout/review").await.json();
    assert_eq!((&view["step"], &view["pays"], &view["payment"]), (&json!(3), &json!(false), &json!("")));

    let placed = guest.places(&review).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.text);
    let done = guest.get(placed.location()).await;
    assert!(done.text.contains("There is nothing to pay.") && !done.text.contains("transfer"), "{}", done.text);
    let page = guest.clone().wanting_json().get(placed.location()).await.json();
    assert!(page["order"].get("payment_method").is_none() && page["owed"].as_str().unwrap().starts_with('0'), "{page}");
    let mail = mail_text(&shop).await;
    assert!(mail.contains("There is nothing to pay.") && !mail.contains("transfer"), "{mail}");
    assert_eq!(sweep::expire_unpaid(&shop.table.store, clock::now().plus_days(400)).await.unwrap(), 0, "it never expires");
    let number = placed.location().rsplit('/').next().unwrap().to_owned();
    let admin = shop.staff(Role::Orders).await.get(&format!("/admin/orders/{number}")).await;
    assert!(admin.status == StatusCode::OK && admin.text.contains("Nothing to pay"), "{}", admin.text);
}

async fn mail_text(shop: &Shop) -> String {
    let mails = shop.table.items("MAIL#").await;
    let placed = mails.into_iter().find(|mail| mail["kind"] == "order_placed").unwrap();
    let mail = serde_json::from_value(placed).unwrap();
    web::mail::compose(&shop.app, &mail).await.unwrap().unwrap().text
}

#[tokio::test]
async fn a_total_that_is_above_nothing_again_asks_for_a_payment() {
    let shop = Shop::open().await;
    let (mut guest, _) = with_nothing_to_pay(&shop).await;
    guest.post("/cart/coupon", &[("code", "")]).await;
    assert_eq!(guest.get("/checkout/review").await.location(), "/checkout/payment");
    assert_eq!(guest.clone().wanting_json().get("/checkout/payment").await.json()["step"], 3);
}

#[tokio::test]
async fn only_an_order_that_waits_for_its_money_asks_for_a_transfer() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    let number = guest.buys("MUG", "2", EMAIL).await;
    let path = format!("/orders/{number}");
    let pending = guest.get(&path).await;
    assert!(pending.text.contains("Please transfer €20.00"), "{}", pending.text);
    assert_eq!(guest.clone().wanting_json().get(&path).await.json()["owed"], "20.00");
    let mut staff = shop.staff(Role::Orders).await;
    for status in ["processing", "shipped", "delivered"] {
        let page = staff.get(&format!("/admin/orders/{number}")).await;
        let fields = [("status", status), ("version", &page.field("version"))];
        staff.post(&format!("/admin/orders/{number}/status"), &fields).await;
        let page = guest.get(&path).await;
        assert!(
            page.text.contains("Nothing is left to pay.") && !page.text.contains("Please transfer"),
            "{status}: {}",
            page.text
        );
    }
    let cancelled = guest.buys("MUG", "1", EMAIL).await;
    guest.post(&format!("/orders/{cancelled}/cancel"), &[]).await;
    let page = guest.get(&format!("/orders/{cancelled}")).await;
    let words = "The order is cancelled: there is nothing to pay.";
    assert!(page.text.contains(words) && !page.text.contains("Please transfer"), "{}", page.text);
}

#[tokio::test]
async fn an_order_to_be_paid_at_the_door_is_paid_when_it_has_arrived() {
    let shop = Shop::open().await;
    let (_, number) = tour::purchase(&shop).await;
    let mut order = shop.table.store.order(&goods::parse(&number)).await.unwrap().unwrap();
    order.payment_method = Some(domain::order::PaymentMethod::OnDelivery);
    let settings = goods::settings();
    let mut said = Vec::new();
    for status in ["processing", "shipped", "delivered"] {
        let to = serde_json::from_value(json!(status)).unwrap();
        order.advance(to, domain::order::Actor::Shop, clock::now()).unwrap();
        said.push(web::payment::instructions(&order, &settings));
    }
    assert!(said[0].contains("Please pay the carrier") && said[1] == said[0], "{said:?}");
    assert_eq!(said[2], "On delivery. Nothing is left to pay.");
}
