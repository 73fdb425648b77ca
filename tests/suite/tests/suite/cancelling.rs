//! Cancelling while somebody else is at the same order.

use domain::customer::Role;
use http::StatusCode;
use suite::{Answer, Client, Shop};

const EMAIL: &str = "ada@example.com";

async fn moves(staff: &mut Client, number: &str, status: &str) -> Answer {
    let page = staff.get(&format!("/admin/orders/{number}")).await;
    let fields = [("status", status), ("version", &*page.field("version"))];
    staff.post(&format!("/admin/orders/{number}/status"), &fields).await
}

#[tokio::test]
async fn who_cancels_what_is_cancelled_by_then_reads_that_it_is_cancelled() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    let number = guest.buys("MUG", "2", EMAIL).await;
    let path = format!("/orders/{number}");
    let cancel = format!("{path}/cancel");
    let held = shop.table.faults.hold("TransactWriteItems");
    let mut tab = guest.clone();
    let slow = async { tab.post(&cancel, &[]).await };
    let fast = async {
        held.reached().await;
        let fast = shop.staff(Role::Orders).await.post(&format!("/admin/orders/{number}/cancel"), &[]).await;
        held.release();
        fast
    };
    let (slow, fast) = tokio::join!(slow, fast);
    assert_eq!((fast.status, slow.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER), "{}", slow.text);
    assert_eq!(slow.location(), path);
    let page = tab.get(&path).await;
    assert!(page.text.contains("The order is cancelled."), "{}", page.text);
    let again = guest.post(&cancel, &[]).await;
    assert_eq!((again.status, again.location()), (StatusCode::SEE_OTHER, &*path), "{}", again.text);
    let asked = guest.get(&cancel).await;
    assert_eq!(asked.status, StatusCode::OK);
    assert!(asked.text.contains(&format!("Order {number} is cancelled")), "{}", asked.text);
    assert!(!asked.text.contains("This cannot be undone"), "{}", asked.text);
    assert_eq!(shop.table.stock("MUG").await, 100, "given back once");
    let order = guest.wanting_json().get(&path).await.json();
    assert_eq!(order["order"]["timeline"].as_array().unwrap().len(), 2, "{order}");
}

#[tokio::test]
async fn who_cancels_what_is_shipped_by_then_reads_that_it_is_shipped() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    let number = guest.buys("MUG", "2", EMAIL).await;
    let mut staff = shop.staff(Role::Orders).await;
    assert_eq!(moves(&mut staff, &number, "processing").await.status, StatusCode::SEE_OTHER);
    let held = shop.table.faults.hold("TransactWriteItems");
    let cancel = format!("/orders/{number}/cancel");
    let (refused, ()) = tokio::join!(guest.post(&cancel, &[]), async {
        held.reached().await;
        assert_eq!(moves(&mut staff, &number, "shipped").await.status, StatusCode::SEE_OTHER);
        held.release();
    });
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text.contains("The order is shipped and cannot be cancelled any more."), "{}", refused.text);
    assert_eq!(shop.table.stock("MUG").await, 98);
    let asked = guest.get(&cancel).await;
    assert!(asked.text.contains("The order is shipped and cannot be cancelled any more."), "{}", asked.text);
}

#[tokio::test]
async fn an_order_that_is_packed_meanwhile_is_cancelled_nevertheless() {
    let shop = Shop::open().await;
    let mut ada = shop.customer(EMAIL).await;
    let number = ada.buys("MUG", "2", EMAIL).await;
    let mut staff = shop.staff(Role::Orders).await;
    let held = shop.table.faults.hold("TransactWriteItems");
    let cancel = format!("/account/orders/{number}/cancel");
    let (cancelled, ()) = tokio::join!(ada.post(&cancel, &[]), async {
        held.reached().await;
        assert_eq!(moves(&mut staff, &number, "processing").await.status, StatusCode::SEE_OTHER);
        held.release();
    });
    assert_eq!(cancelled.status, StatusCode::SEE_OTHER, "{}", cancelled.text);
    let order = shop.table.item(&format!("ORDER#{number}"), "ORDER").await;
    assert_eq!((&order["status"], order["timeline"].as_array().unwrap().len()), (&"cancelled".into(), 3));
    assert_eq!(shop.table.stock("MUG").await, 100);
}
