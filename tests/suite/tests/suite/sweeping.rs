//! Orders that nobody pays: they hold their stock until they expire, and give everything back once.

use domain::{
    order::{Actor, OrderStatus},
    settings::Settings,
};
use suite::{Shop, goods};

#[tokio::test]
async fn an_order_that_is_not_paid_in_time_gives_stock_and_coupon_back_once_and_the_shopper_is_told() {
    let shop = Shop::open().await;
    let store = &shop.table.store;
    store.put_coupon(&goods::coupon("TEN")).await.unwrap();
    let mut guest = shop.visitor();
    guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "4")]).await;
    guest.post("/cart/coupon", &[("code", "TEN")]).await;
    let review = guest.checks_out("ada@example.com").await;
    let number = guest.places(&review).await.location().rsplit('/').next().unwrap().to_owned();
    assert_eq!(shop.table.stock("MUG").await, 96);
    let placed = clock::now();
    assert_eq!(sweep::expire_unpaid(store, placed.plus_days(13)).await.unwrap(), 0, "there is a day left");
    assert_eq!(shop.table.stock("MUG").await, 96);
    let late = placed.plus_days(15);
    let (one, two) = tokio::join!(sweep::expire_unpaid(store, late), sweep::expire_unpaid(store, late));
    assert_eq!(one.unwrap() + two.unwrap(), 1, "two sweeps at once expire it once");
    assert_eq!(sweep::expire_unpaid(store, late).await.unwrap(), 0);
    assert_eq!(shop.table.stock("MUG").await, 100);
    assert_eq!(shop.table.item("COUPON#TEN", "COUPON").await["used"], 0);
    let order = store.order(&goods::parse(&number)).await.unwrap().unwrap();
    assert_eq!(order.status, OrderStatus::Cancelled);
    assert_eq!(order.timeline.last().unwrap().by, Actor::Shop);
    let mails = shop.table.items("MAIL#").await;
    let told: Vec<_> = mails.iter().filter(|mail| mail["kind"] == "order_expired").collect();
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["to"], &told[0]["data"]["number"]), (&"ada@example.com".into(), &number.into()));
    assert!(guest.get(&format!("/orders/{}", order.number)).await.text.contains("ancelled"));
}

#[tokio::test]
async fn orders_that_are_paid_or_to_be_paid_at_the_door_do_not_expire() {
    let shop = Shop::open().await;
    let store = &shop.table.store;
    let paid = crate::placing::place(&shop.table, &[("MUG", 1)]).await.unwrap();
    let mut order = store.order(&paid).await.unwrap().unwrap();
    order.advance(OrderStatus::Processing, Actor::Shop, clock::now()).unwrap();
    store.save_move(&order, None).await.unwrap();
    let mut guest = shop.visitor();
    guest.post("/cart/lines", &[("sku", "MUG")]).await;
    guest.checks_out("ada@example.com").await;
    guest.post("/checkout/payment", &[("payment_method", "on_delivery")]).await;
    let review = guest.get("/checkout/review").await;
    assert_eq!(guest.places(&review).await.status, http::StatusCode::SEE_OTHER);
    assert_eq!(sweep::expire_unpaid(store, clock::now().plus_days(400)).await.unwrap(), 0);
    assert_eq!(shop.table.stock("MUG").await, 98);
}

#[tokio::test]
async fn however_many_are_due_all_of_them_expire() {
    let shop = Shop::open().await;
    let store = &shop.table.store;
    let settings = store.settings().await.unwrap().unwrap();
    store.put_settings(&Settings { payment_days: 3, ..settings }).await.unwrap();
    store.create_product(&goods::simple("many", "MANY", "1.00", 120)).await.unwrap();
    for _ in 0..105 {
        crate::placing::place(&shop.table, &[("MANY", 1)]).await.unwrap();
    }
    assert_eq!(sweep::expire_unpaid(store, clock::now().plus_days(4)).await.unwrap(), 105, "more than a page of them");
    assert_eq!(shop.table.stock("MANY").await, 120);
}
