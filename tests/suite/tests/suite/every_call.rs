//! Everything that can go wrong with a call of the table, at every call that a purchase, a cancellation and a sign-in make: once,
//! and six times in a row. Who is told that something failed tries again, as people do. In the end everything was done once, and
//! nobody was told anything that was not so.

use domain::customer::Role;
use http::{Method, StatusCode};
use std::time::Duration;
use suite::{Answer, Client, Fault, Shop, goods};
use tokio::task::JoinSet;

/// How often in a row it goes wrong.
const TIMES: [usize; 2] = [1, 6];
/// What the shop says while it does not know.
const UNKNOWN: &str = "We could not find out whether your order was placed.";

/// Every way in which any call can go wrong.
fn faults() -> [Fault; 6] {
    let late = Fault::Late(Duration::from_millis(700));
    [Fault::LostRequest, Fault::LostAnswer, Fault::throttled(), Fault::conflict(), late, Fault::Twice]
}

/// Sends a request until there is another answer than that the shop cannot do it just now.
async fn patiently(client: &mut Client, here: &str, path: &str, fields: Option<&[(&str, &str)]>) -> Answer {
    for _ in 0..8 {
        let answer = match fields {
            Some(fields) => client.post(path, fields).await,
            None => client.get(path).await,
        };
        if answer.status != StatusCode::SERVICE_UNAVAILABLE {
            assert!(!answer.status.is_server_error(), "{here}, {path}: {}", answer.text);
            return answer;
        }
        assert!(answer.text.contains("again") && !answer.header("retry-after").is_empty(), "{here}, {path}: {}", answer.text);
    }
    panic!("{here}, {path}: the shop does not come back")
}

/// Orders of an e-mail address, as the table has them.
async fn orders(shop: &Shop, email: &str) -> Vec<serde_json::Value> {
    shop.table.items("ORDER#").await.into_iter().filter(|order| order["email"] == email).collect()
}

async fn mails(shop: &Shop, email: &str, kind: &str) -> usize {
    let mails = shop.table.items("MAIL#").await;
    mails.iter().filter(|mail| mail["to"] == email && mail["kind"].to_string().contains(kind)).count()
}

/// Buys two mugs; whatever the shop says about the order on the way is so. Returns the order's page.
async fn buys(shop: &Shop, client: &mut Client, here: &str, email: &str) -> String {
    let adds = [
        ("/cart/lines", vec![("sku", "MUG"), ("quantity", "2")]),
        // Sent again after an answer that was lost, it is in the cart once more: as many are meant as the shopper sees there.
        ("/cart/lines/MUG", vec![("quantity", "2")]),
    ];
    for (path, fields) in adds.into_iter().chain(goods::checkout_steps(email)) {
        let answer = patiently(client, here, path, Some(&fields)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{here}, {path}: {}", answer.text);
    }
    let mut review = patiently(client, here, "/checkout/review", None).await;
    assert_eq!(review.status, StatusCode::OK, "{here}: {}", review.text);
    for _ in 0..8 {
        let answer = client.places(&review).await;
        let placed = orders(shop, email).await.len();
        if answer.status == StatusCode::SEE_OTHER {
            assert_eq!(placed, 1, "{here}: it says that the order is placed");
            return answer.location().to_owned();
        }
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{here}: {}", answer.text);
        if answer.text.contains(UNKNOWN) {
            review = answer;
        } else {
            assert_eq!(placed, 0, "{here}: it says that nothing was done");
        }
    }
    panic!("{here}: the order is never placed")
}

/// Which calls some work makes when nothing goes wrong: their number.
async fn calls(shop: &Shop, work: impl Future) -> usize {
    let since = shop.table.faults.sent();
    work.await;
    shop.table.faults.calls(since).len()
}

/// The calls of a shop whose settings have just been read, so that each run makes the same ones.
async fn warm() -> Shop {
    let shop = Shop::open().await;
    shop.visitor().get("/cart").await;
    shop
}

/// Where time stands still while nothing is done, so that waiting takes none.
#[tokio::test(start_paused = true)]
async fn a_purchase_ends_with_one_order_whatever_happens_to_any_of_its_calls() {
    let mut met = 0;
    for fault in faults() {
        for times in TIMES {
            let shop = warm().await;
            let number = calls(&shop, buys(&shop, &mut shop.visitor(), "undisturbed", "first@example.com")).await;
            assert!(number > 12, "{number} calls");
            for call in 1..=number {
                let (here, email) = (format!("{fault:?} {times} times at call {call}"), format!("ada{call}@example.com"));
                let before = shop.table.stock("MUG").await;
                let mut ada = shop.visitor();
                let failed = shop.table.faults.met();
                shop.table.faults.from("*", call, times, fault.clone());
                let page = buys(&shop, &mut ada, &here, &email).await;
                assert!(shop.table.faults.met() > failed, "{here}: nothing went wrong");
                met += shop.table.faults.met() - failed;
                shop.table.faults.end();
                assert!(ada.get(&page).await.text.contains("Thank you"), "{here}");
                assert_eq!(ada.get("/cart").await.text.matches("Your cart is empty").count(), 1, "{here}");
                assert_eq!(orders(&shop, &email).await.len(), 1, "{here}");
                assert_eq!(before - shop.table.stock("MUG").await, 2, "{here}");
                assert_eq!(mails(&shop, &email, "order_placed").await, 1, "{here}");
                shop.table.set("SKU#MUG", "SKU", "stock", 100).await;
            }
        }
    }
    assert!(met > 500, "{met} calls went wrong");
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_gives_back_once_whatever_happens_to_any_of_its_calls() {
    for fault in faults() {
        for times in TIMES {
            let shop = warm().await;
            let mut ada = shop.visitor();
            let cancel = async |ada: &mut Client, here: &str, number: &str| {
                let path = format!("/orders/{number}/cancel");
                let asked = patiently(ada, here, &path, None).await;
                assert_eq!(asked.status, StatusCode::OK, "{here}: {}", asked.text);
                patiently(ada, here, &path, Some(&[])).await
            };
            let first = ada.buys("MUG", "2", "first@example.com").await;
            let number = calls(&shop, cancel(&mut ada, "undisturbed", &first)).await;
            assert!(number > 2, "{number} calls");
            for call in 1..=number {
                let (here, email) = (format!("{fault:?} {times} times at call {call}"), format!("ada{call}@example.com"));
                let order = ada.buys("MUG", "2", &email).await;
                shop.table.faults.from("*", call, times, fault.clone());
                let answer = cancel(&mut ada, &here, &order).await;
                shop.table.faults.end();
                assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, &*format!("/orders/{order}")), "{here}");
                assert_eq!(orders(&shop, &email).await[0]["status"], "cancelled", "{here}");
                assert_eq!(shop.table.stock("MUG").await, 100, "{here}");
                assert_eq!(mails(&shop, &email, "order_placed").await, 1, "{here}");
            }
        }
    }
}

/// One sign-in, one thing that goes wrong.
async fn signs_in_though(fault: Fault, times: usize, call: usize) {
    let here = format!("{fault:?} {times} times at call {call}");
    let (shop, email) = (warm().await, "ada@example.com");
    goods::account(&shop.table.store, email, Role::Customer).await;
    let mut ada = shop.visitor();
    shop.table.faults.from("*", call, times, fault);
    let fields = [("email", email), ("password", goods::PASSWORD)];
    let answer = patiently(&mut ada, &here, "/auth/sign-in", Some(&fields)).await;
    shop.table.faults.end();
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/account"), "{here}: {}", answer.text);
    assert_eq!(ada.get("/account").await.status, StatusCode::OK, "{here}");
    let wrong = [("email", email), ("password", "something else entirely")];
    let refused = shop.visitor().send(Method::POST, "/auth/sign-in", Some("application/json"), body(&wrong)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{here}: {}", refused.text);
}

fn body(fields: &[(&str, &str)]) -> Vec<u8> {
    let object: serde_json::Map<_, _> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    serde_json::Value::Object(object).to_string().into_bytes()
}

/// Passwords are hashed on threads of their own, so time passes here; the waiting is done side by side.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_opens_a_session_whatever_happens_to_any_of_its_calls() {
    let (shop, email) = (warm().await, "ada@example.com");
    goods::account(&shop.table.store, email, Role::Customer).await;
    let number = calls(&shop, shop.visitor().signs_in(email)).await;
    assert!(number > 3, "{number} calls");
    let mut all = JoinSet::new();
    for fault in faults() {
        for times in TIMES {
            for call in 1..=number {
                all.spawn(signs_in_though(fault.clone(), times, call));
            }
        }
    }
    while let Some(done) = all.join_next().await {
        done.expect("a sign-in");
    }
}
