//! The list of all orders, page by page.

use domain::{
    customer::Role,
    order::OrderStatus,
    text::{Id, OrderNumber},
};
use http::StatusCode;
use std::{collections::BTreeSet, sync::Arc};
use suite::{Fault, Held, Shop, goods};

/// Orders of one millisecond, of two statuses; returns their numbers.
async fn orders_of_a_millisecond(shop: &Shop, count: u64) -> BTreeSet<String> {
    let placed = crate::placing::place(&shop.table, &[("MUG", 1)]).await.unwrap();
    let template = shop.table.item(&format!("ORDER#{placed}"), "ORDER").await;
    let mut numbers = BTreeSet::from([placed.to_string()]);
    for bits in 1..count {
        let number = OrderNumber::from_bits(bits.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_string();
        let status = if bits % 3 == 0 { "processing" } else { "pending" };
        let mut order = template.clone();
        order["pk"] = format!("ORDER#{number}").into();
        order["number"] = number.clone().into();
        order["status"] = status.into();
        order["gsi4pk"] = format!("ORDERS#{status}#{}", bits % 2).into();
        for place in ["gsi3sk", "gsi4sk"] {
            order[place] = format!("{}#{number}", template["placed_at"].as_str().unwrap()).into();
        }
        shop.table.put(&order).await;
        numbers.insert(number);
    }
    numbers
}

/// Every number on every page from this one on, in their order.
async fn all_pages(shop: &Shop, first: &str) -> Vec<String> {
    let mut staff = shop.staff(Role::Orders).await.wanting_json();
    let (mut found, mut next) = (Vec::new(), Some(first.to_owned()));
    while let Some(path) = next {
        let page = staff.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
        let page = page.json();
        found.extend(page["orders"].as_array().unwrap().iter().map(|o| o["number"].as_str().unwrap().to_owned()));
        next = page["next"].as_str().map(str::to_owned);
    }
    found
}

#[tokio::test]
async fn orders_of_one_millisecond_are_on_exactly_one_page_each() {
    let shop = Shop::open().await;
    let numbers = orders_of_a_millisecond(&shop, 120).await;
    let stored = shop.table.items("ORDER#").await.into_iter().filter(|order| order["status"] == "pending");
    let pending = stored.map(|order| order["number"].as_str().unwrap().to_owned()).collect();
    for (first, expected) in [("/admin/orders", numbers), ("/admin/orders?status=pending", pending)] {
        let found = all_pages(&shop, first).await;
        let once: BTreeSet<String> = found.iter().cloned().collect();
        assert_eq!(once.len(), found.len(), "none twice on {first}");
        assert_eq!(once, expected, "none lost on {first}");
        assert!(found.is_sorted_by(|a, b| a > b), "and in their order on {first}: {found:?}");
    }
}

#[tokio::test]
async fn a_customers_orders_of_one_millisecond_are_on_exactly_one_page_each() {
    let shop = Shop::open().await;
    let numbers = orders_of_a_millisecond(&shop, 50).await;
    let ada: Id = goods::parse("ada");
    for mut order in shop.table.items("ORDER#").await {
        order["gsi3pk"] = "CUSTOMER#ada".into();
        shop.table.put(&order).await;
    }
    let (mut found, mut start) = (Vec::new(), None);
    loop {
        let page = shop.table.store.orders_of(&ada, start.as_deref(), 20).await.unwrap();
        found.extend(page.items.into_iter().map(|o| o.number.to_string()));
        start = page.next;
        if start.is_none() {
            break;
        }
    }
    assert_eq!((found.len(), found.into_iter().collect::<BTreeSet<_>>()), (50, numbers));
}

#[tokio::test]
async fn a_full_page_that_is_the_last_one_leads_nowhere() {
    let shop = Shop::open().await;
    orders_of_a_millisecond(&shop, 50).await;
    let mut staff = shop.staff(Role::Orders).await.wanting_json();
    let page = staff.get("/admin/orders").await.json();
    assert_eq!((page["orders"].as_array().unwrap().len(), page["next"].as_str()), (50, None), "{}", page["next"]);
}

#[tokio::test]
async fn a_position_that_the_list_never_gave_is_refused() {
    let shop = Shop::open().await;
    let mut staff = shop.staff(Role::Orders).await;
    for position in ["x", "2026-01-02T03:04:05Z", "~", "2026-01-02T03:04:05Z~x", "x~ABCDE-ABCDE"] {
        let answer = staff.get(&format!("/admin/orders?after={position}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{position}");
        let stranger = shop.visitor().get(&format!("/admin/orders?after={position}")).await;
        assert_eq!(stranger.status, StatusCode::NOT_FOUND, "{position}");
    }
}

#[tokio::test]
async fn an_order_that_has_made_a_move_is_listed_once() {
    let shop = Shop::open().await;
    let numbers = orders_of_a_millisecond(&shop, 10).await;
    for order in shop.table.items("ORDER#").await.into_iter().take(3) {
        starts_packing(&shop, &goods::parse(order["number"].as_str().unwrap())).await;
    }
    let found = all_pages(&shop, "/admin/orders").await;
    assert_eq!((found.len(), found.into_iter().collect::<BTreeSet<_>>()), (10, numbers));
}

async fn starts_packing(shop: &Shop, number: &OrderNumber) {
    let mut order = shop.table.store.order(number).await.unwrap().unwrap();
    if order.status == OrderStatus::Pending {
        order.advance(OrderStatus::Processing, domain::order::Actor::Shop, clock::now()).unwrap();
        shop.table.store.save_move(&order, None).await.unwrap();
    }
}

#[tokio::test]
async fn an_order_that_makes_a_move_while_the_list_is_read_is_there_once() {
    let shop = Shop::open().await;
    let number = crate::placing::place(&shop.table, &[("MUG", 1)]).await.unwrap();
    // Those that are pending are read before the move, from eight keys, those that are packed after it, from two.
    let packed = Arc::new(Held::default());
    let key = usize::from_str_radix(&ids::sha256_hex(number.as_str())[..2], 16).unwrap() % 2;
    shop.table.faults.nth("Query", 9 + key, Fault::Held(packed.clone()));
    let (list, ()) = tokio::join!(shop.table.store.orders(None, 50), async {
        packed.reached().await;
        starts_packing(&shop, &number).await;
        packed.release();
    });
    let listed: Vec<_> = list.unwrap().items.into_iter().map(|order| order.number).collect();
    assert_eq!((listed, shop.table.faults.met()), (vec![number], 1));
}
