//! Writes whose every answer gets lost: who asked is told what came of it as if the answer had come, or that nobody knows, and
//! where to look; never that the shop cannot do what may be done.

use domain::{
    customer::{Customer, Role},
    text::Id,
};
use http::StatusCode;
use serde_json::Value;
use std::sync::Arc;
use store::{
    Service, Store, StoreConfig, StoreError,
    mail::{Mail, MailKind},
    token::{Token, TokenKind},
};
use suite::{Answer, Client, Fault, Held, Shop, goods};
use tokio::task::JoinSet;

const EMAIL: &str = "ada@example.com";
const NEXT: &str = "a quite different sentence of mine";
const SECRET: &str = "0123456789abcdef0123456789abcdef";
const PUT: &str = "PutItem";
const TRANSACT: &str = "TransactWriteItems";
const LOST: &str = "This may have been done";
const REFUSED: &str = "The shop cannot do this right now.";

/// What somebody asks for; its write; where to see whether it was done, and what the page says of it.
#[derive(Debug, Clone, Copy)]
struct Case {
    what: &'static str,
    write: &'static str,
    look: &'static str,
    says: &'static str,
}

const fn case(what: &'static str, write: &'static str, look: &'static str, says: &'static str) -> Case {
    Case { what, write, look, says }
}

const CASES: [Case; 26] = [
    case("a guest cancels", TRANSACT, "/orders/{number}", "The order may be cancelled already."),
    case("a customer cancels", TRANSACT, "/account/orders/{number}", "The order may be cancelled already."),
    case("staff cancel", TRANSACT, "/admin/orders/{number}", "The order may be cancelled already."),
    case("staff move", TRANSACT, "/admin/orders/{number}", "The order may have this status already."),
    case("add first", PUT, "/cart", "Your cart may have this change already."),
    case("add again", PUT, "/cart", "Your cart may have this change already."),
    case("change a line", PUT, "/cart", "Your cart may have this change already."),
    case("remove a line", PUT, "/cart", "Your cart may have this change already."),
    case("apply a coupon", PUT, "/cart", "Your cart may have this change already."),
    case("contact", PUT, "/checkout", "What you sent may have been kept."),
    case("delivery", PUT, "/checkout/delivery", "What you sent may have been kept."),
    case("payment", PUT, "/checkout/payment", "What you sent may have been kept."),
    case("sign up", TRANSACT, "/auth/sign-in", "You may be able to sign in already."),
    case("sign in", TRANSACT, "/auth/sign-in", "You are not signed in here yet, but part of it may have been done."),
    case("sign out", "DeleteItem", "/account", "You may be signed out already."),
    case("reset", TRANSACT, "/auth/sign-in", "Your new password may be saved already."),
    case("verify", TRANSACT, "/auth/sign-in", "Your address may be confirmed already."),
    case("change the password", TRANSACT, "/auth/sign-in", "Your new password may be saved already."),
    case("forgot", PUT, "/auth/forgot", "A link may be on its way to you already."),
    case("verification", TRANSACT, "/account/profile", "A link may be on its way to you already."),
    case("profile", PUT, "/account/profile", "This may be saved already."),
    case("address", PUT, "/account/addresses", "This may be saved already."),
    case("make a product", TRANSACT, "/admin/products", "The product may be there already."),
    case("save a product", TRANSACT, "/admin/products/mug", "This may be saved already."),
    case("delete a product", TRANSACT, "/admin/products", "It may be deleted already."),
    case("save a category", TRANSACT, "/admin/categories", "This may be saved already."),
];

/// A shop, and what is about to be sent there.
struct Ready {
    shop: Shop,
    client: Client,
    path: String,
    fields: Vec<(&'static str, String)>,
    number: String,
}

const CAP: [(&str, &str); 9] = [
    ("name", "A Cap"),
    ("category", "clothes"),
    ("visible", "true"),
    ("sku.0", "CAP"),
    ("price.0", "12.50"),
    ("stock.0", "4"),
    ("seen_stock.0", "4"),
    ("available.0", "true"),
    ("tax_class.0", "standard"),
];

/// Everything before it, undisturbed.
async fn prepare(case: Case) -> Ready {
    let shop = Shop::open().await;
    let mut client = client(&shop, case.what).await;
    let mut number = String::new();
    let store = &shop.table.store;
    let (path, fields): (String, Vec<(&str, &str)>) = match case.what {
        "a guest cancels" | "a customer cancels" => {
            number = client.buys("MUG", "2", EMAIL).await;
            (format!("{}/cancel", case.look.replace("{number}", &number)), vec![])
        }
        "staff cancel" | "staff move" => {
            number = shop.visitor().buys("MUG", "2", EMAIL).await;
            let end = if case.what == "staff cancel" { "cancel" } else { "status" };
            let path = format!("/admin/orders/{number}/{end}");
            (path, if end == "cancel" { vec![] } else { vec![("status", "processing"), ("version", "1")] })
        }
        "add first" | "add again" => ("/cart/lines".to_owned(), vec![("sku", "MUG"), ("quantity", "1")]),
        "change a line" => ("/cart/lines/MUG".to_owned(), vec![("quantity", "5")]),
        "remove a line" => ("/cart/lines/MUG".to_owned(), vec![("quantity", "0")]),
        "apply a coupon" => {
            store.put_coupon(&goods::coupon("TEN")).await.unwrap();
            ("/cart/coupon".to_owned(), vec![("code", "TEN")])
        }
        "contact" | "delivery" | "payment" => {
            let steps = goods::checkout_steps(EMAIL);
            let at = ["contact", "delivery", "payment"].iter().position(|step| *step == case.what).unwrap();
            for (path, fields) in &steps[..at] {
                client.post(path, fields).await;
            }
            (steps[at].0.to_owned(), steps[at].1.clone())
        }
        "sign up" => ("/auth/sign-up".to_owned(), vec![("name", "Ada Example"), ("email", EMAIL), ("password", goods::PASSWORD)]),
        "sign in" => ("/auth/sign-in".to_owned(), vec![("email", EMAIL), ("password", goods::PASSWORD)]),
        "sign out" => ("/auth/sign-out".to_owned(), vec![]),
        "reset" => ("/auth/reset".to_owned(), vec![("token", SECRET), ("password", NEXT)]),
        "verify" => ("/auth/verify".to_owned(), vec![("token", SECRET), ("password", goods::PASSWORD)]),
        "change the password" => ("/account/password".to_owned(), vec![("current", goods::PASSWORD), ("password", NEXT)]),
        "forgot" => ("/auth/forgot".to_owned(), vec![("email", EMAIL)]),
        "verification" => ("/account/verification".to_owned(), vec![]),
        "profile" => ("/account/profile".to_owned(), vec![("name", "Ada Lovelace"), ("phone", "")]),
        "address" => ("/account/addresses".to_owned(), goods::checkout_steps(EMAIL)[0].1[1..].to_vec()),
        "make a product" => ("/admin/products".to_owned(), CAP.to_vec()),
        "save a product" => {
            let mug = [("name", "Big Mug"), ("slug", "mug"), ("sku.0", "MUG"), ("stock.0", "100"), ("seen_stock.0", "100")];
            let rest = CAP.into_iter().filter(|(name, _)| mug.iter().all(|(own, _)| own != name));
            ("/admin/products/mug".to_owned(), mug.into_iter().chain(rest).chain([("version", "1")]).collect())
        }
        "delete a product" => ("/admin/products/mug/delete".to_owned(), vec![]),
        "save a category" => {
            let fields = [("name", "Clothing"), ("slug", "clothes"), ("parent", ""), ("position", "1"), ("version", "1")];
            ("/admin/categories/clothes".to_owned(), fields.to_vec())
        }
        other => panic!("{other}"),
    };
    let fields = fields.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
    shop.visitor().get("/cart").await;
    Ready { shop, client, path, fields, number }
}

/// Who asks.
async fn client(shop: &Shop, what: &str) -> Client {
    let store = &shop.table.store;
    let mut client = match what {
        "verification" => {
            unproven(shop).await;
            let mut client = shop.visitor();
            client.signs_in(EMAIL).await;
            client
        }
        _ if what.starts_with("staff") || what.contains("product") || what.contains("category") => shop.staff(Role::Owner).await,
        "a customer cancels" | "sign out" | "change the password" | "profile" | "address" => shop.customer(EMAIL).await,
        _ => shop.visitor(),
    };
    let has_a_line = ["add again", "change a line", "remove a line", "apply a coupon", "contact", "delivery", "payment"];
    if has_a_line.contains(&what) {
        client.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    }
    let kind = match what {
        "sign in" | "forgot" => None,
        "reset" => Some(TokenKind::Reset),
        "verify" => Some(TokenKind::Verify),
        _ => return client,
    };
    let id = if what == "verify" { unproven(shop).await } else { goods::account(store, EMAIL, Role::Customer).await };
    if let Some(kind) = kind {
        store.put_token(&Token::new(kind, id, 0), SECRET).await.unwrap();
    }
    client
}

/// An account whose address is still to be proven.
async fn unproven(shop: &Shop) -> Id {
    let hash = web::password::hash(goods::PASSWORD.to_owned()).await.unwrap();
    let customer = Customer { email_verified: false, ..goods::customer(EMAIL, Role::Customer) };
    shop.table.store.create_account(&customer, &hash).await.unwrap();
    customer.id
}

impl Ready {
    async fn send(&mut self, json: bool) -> Answer {
        let fields: Vec<(&str, &str)> = self.fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut client = if json { self.client.clone().wanting_json() } else { self.client.clone() };
        let answer = client.post(&self.path, &fields).await;
        self.client.cookies = client.cookies;
        answer
    }

    /// Where the answer leads, without what is another each time.
    fn led(&self, answer: &Answer) -> (StatusCode, String) {
        let number = if self.number.is_empty() { "none" } else { &self.number };
        let location = answer.location().replace(number, "{number}");
        let end = location.rfind('/').filter(|_| location.starts_with("/admin/products/") && !location.ends_with("/mug"));
        (answer.status, location[..end.unwrap_or(location.len())].to_owned())
    }

    /// Whether it was done, as the table has it: once.
    async fn is_done(&self, case: Case) -> bool {
        let table = &self.shop.table;
        let carts = async || table.items("CART#").await;
        let units = async || {
            let carts = carts().await;
            let lines = carts.iter().flat_map(|cart| cart["lines"].as_array().unwrap());
            lines.map(|line| line["quantity"].as_u64().unwrap()).collect::<Vec<u64>>()
        };
        let order = async || table.items("ORDER#").await.remove(0);
        let account = async || table.store.credentials(&goods::parse(EMAIL)).await.unwrap();
        let customer = async || {
            let id = account().await.unwrap().customer;
            table.store.customer(&id).await.unwrap().unwrap()
        };
        match case.what {
            "a guest cancels" | "a customer cancels" | "staff cancel" => {
                let cancelled = order().await["status"] == "cancelled";
                assert_eq!(table.stock("MUG").await, if cancelled { 100 } else { 98 }, "{}", case.what);
                cancelled
            }
            "staff move" => order().await["status"] == "processing",
            "add first" => units().await == [1],
            "add again" => units().await == [2],
            "change a line" => units().await == [5],
            "remove a line" => units().await.is_empty(),
            "apply a coupon" => !carts().await[0]["coupon"].is_null(),
            "contact" => carts().await[0]["checkout"]["email"] == EMAIL,
            "delivery" => carts().await[0]["checkout"]["shipping_method"] == "standard",
            "payment" => carts().await[0]["checkout"]["payment_method"] == "bank_transfer",
            "sign up" => {
                let mails = table.items("MAIL#").await.len();
                assert_eq!(mails, usize::from(account().await.is_some()));
                mails == 1
            }
            "sign in" => account().await.unwrap().were_used(),
            "sign out" => table.items("CUSTOMER#").await.iter().all(|item| item["sk"] == "CUSTOMER"),
            "reset" | "change the password" => account().await.unwrap().generation == 1,
            "verify" => customer().await.email_verified,
            "forgot" | "verification" => table.items("MAIL#").await.len() == 1,
            "profile" => customer().await.name.as_str() == "Ada Lovelace",
            "address" => customer().await.addresses.len() == 1,
            "make a product" => table.items("SKU#CAP").await.len() == 1,
            "save a product" => table.item("PRODUCT#mug", "PRODUCT").await["name"] == "Big Mug",
            "delete a product" => table.items("PRODUCT#mug").await.is_empty(),
            "save a category" => table.item("CATEGORY#clothes", "CATEGORY").await["name"] == "Clothing",
            other => panic!("{other}"),
        }
    }
}

/// The undisturbed answer, and how often the table is asked for an item before the write.
async fn undisturbed(case: Case) -> ((StatusCode, String), usize) {
    let mut ready = prepare(case).await;
    assert!(!ready.is_done(case).await, "{}: done before", case.what);
    let since = ready.shop.table.faults.sent();
    let answer = ready.send(false).await;
    assert!(answer.is_done(), "{}: {} {}", case.what, answer.status, answer.text);
    assert!(ready.is_done(case).await, "{}", case.what);
    let calls = ready.shop.table.faults.calls(since);
    let write = calls.iter().rposition(|call| call == case.write).unwrap_or_else(|| panic!("{}: {calls:?}", case.what));
    (ready.led(&answer), calls[..write].iter().filter(|call| *call == "GetItem").count())
}

/// All cases side by side.
async fn all<F: Future<Output = ()> + Send + 'static>(run: impl Fn(Case) -> F) {
    let mut cases = JoinSet::new();
    for case in CASES {
        cases.spawn(run(case));
    }
    while let Some(done) = cases.join_next().await {
        done.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_written_is_answered_as_done_when_its_answers_are_lost_once_or_every_time() {
    all(|case| async move {
        let (expected, _) = undisturbed(case).await;
        for times in [1, usize::MAX] {
            let mut ready = prepare(case).await;
            ready.shop.table.faults.from(case.write, 1, times, Fault::LostAnswer);
            let answer = ready.send(false).await;
            assert!(ready.shop.table.faults.met() > 0, "{}", case.what);
            ready.shop.table.faults.end();
            assert_eq!(ready.led(&answer), expected, "{} {times}: {}", case.what, answer.text);
            assert!(ready.is_done(case).await, "{} {times}: done, and once", case.what);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_tells_whether_it_was_done_the_page_says_so_and_leads_to_where_it_is_seen() {
    all(|case| async move {
        let (_, before) = undisturbed(case).await;
        for json in [false, true] {
            let mut ready = prepare(case).await;
            ready.shop.table.faults.every(case.write, Fault::LostAnswer);
            ready.shop.table.faults.from("GetItem", before + 1, usize::MAX, Fault::LostRequest);
            let answer = ready.send(json).await;
            ready.shop.table.faults.end();
            assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "10"), "{}", case.what);
            says_that_nobody_knows(case, &ready, &answer, json);
            assert!(ready.is_done(case).await, "{}: it was done", case.what);
        }
    })
    .await;
}

fn says_that_nobody_knows(case: Case, ready: &Ready, answer: &Answer, json: bool) {
    let look = case.look.replace("{number}", &ready.number);
    assert!(answer.text.contains(LOST) && answer.text.contains(case.says), "{}: {}", case.what, answer.text);
    assert!(!answer.text.contains(REFUSED), "{}: {}", case.what, answer.text);
    if json {
        assert_eq!(answer.json()["location"], look.as_str(), "{}", case.what);
    } else {
        assert!(answer.text.contains(&format!("class=\"button\" href=\"{look}\"")), "{}: {}", case.what, answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_got_there_is_not_said_to_be_done_and_what_was_refused_is_said_to_be_not_done() {
    all(|case| async move {
        let mut lost = prepare(case).await;
        lost.shop.table.faults.every(case.write, Fault::LostRequest);
        let answer = lost.send(false).await;
        lost.shop.table.faults.end();
        says_that_nobody_knows(case, &lost, &answer, false);
        assert!(!lost.is_done(case).await, "{}", case.what);

        let mut refused = prepare(case).await;
        refused.shop.table.faults.every(case.write, Fault::throttled());
        let answer = refused.send(false).await;
        refused.shop.table.faults.end();
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}: {}", case.what, answer.text);
        assert!(answer.text.contains(REFUSED) && !answer.text.contains(LOST), "{}: {}", case.what, answer.text);
        assert!(!refused.is_done(case).await, "{}", case.what);
        let again = refused.send(false).await;
        assert!(again.is_done() && refused.is_done(case).await, "{}: {}", case.what, again.text);
    })
    .await;
}

#[tokio::test]
async fn a_guest_whose_first_addition_got_no_answer_sees_it_in_the_cart_and_does_not_add_it_twice() {
    let first = CASES.into_iter().find(|case| case.what == "add first").unwrap();
    let mut ready = prepare(first).await;
    ready.shop.table.faults.every(PUT, Fault::LostAnswer);
    ready.shop.table.faults.every("GetItem", Fault::LostRequest);
    let answer = ready.send(false).await;
    ready.shop.table.faults.end();
    assert!(answer.text.contains("Look at your cart"), "{}", answer.text);
    let cart = ready.client.wanting_json().get("/cart").await.json();
    assert_eq!(cart["lines"][0]["quantity"], 1, "the browser has the cart that may have been written: {cart}");
}

#[tokio::test]
async fn a_program_whose_cart_was_written_and_cannot_be_shown_hears_that_it_may_have_been_done() {
    let shop = Shop::open().await;
    let mut program = shop.visitor().wanting_json();
    program.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    // The first batch is the cart, the second the look at what it is now.
    for nth in 2..40 {
        shop.table.faults.nth("BatchGetItem", nth, Fault::throttled());
    }
    let answer = program.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    shop.table.faults.end();
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text);
    assert!(answer.text.contains(LOST) && answer.json()["location"] == "/cart", "{}", answer.text);
    assert_eq!(program.get("/cart").await.json()["lines"][0]["quantity"], 2);
}

#[tokio::test]
async fn a_proof_of_the_address_that_is_done_is_not_denied_because_what_follows_fails() {
    let verify = CASES.into_iter().find(|case| case.what == "verify").unwrap();
    let mut ready = prepare(verify).await;
    ready.shop.table.faults.every("Query", Fault::throttled());
    let sessions = ready.shop.table.faults.sent();
    let refused = ready.send(false).await;
    assert!(refused.text.contains(REFUSED), "nothing was written: {}", refused.text);
    assert!(!ready.shop.table.faults.calls(sessions).contains(&TRANSACT.to_owned()));
    ready.shop.table.faults.end();
    // The sessions' query passes, that of the guest's orders does not.
    ready.shop.table.faults.from("Query", 2, 20, Fault::throttled());
    let answer = ready.send(false).await;
    ready.shop.table.faults.end();
    assert!(answer.text.contains(LOST) && answer.text.contains("Your address may be confirmed already."), "{}", answer.text);
    assert!(ready.is_done(verify).await);
}

#[tokio::test]
async fn the_same_move_sent_again_is_answered_as_the_first_time_and_that_of_somebody_else_is_not() {
    let case = CASES.into_iter().find(|case| case.what == "staff move").unwrap();
    let mut ready = prepare(case).await;
    let first = ready.send(false).await;
    let again = ready.send(false).await;
    assert_eq!((first.status, again.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER), "{}", again.text);
    ready.client = ready.shop.staff(Role::Owner).await;
    let other = ready.send(false).await;
    assert_eq!(other.status, StatusCode::CONFLICT, "{}", other.text);
    let order = ready.shop.table.items("ORDER#").await.remove(0);
    assert_eq!((order["timeline"].as_array().unwrap().len(), &order["version"]), (2, &Value::from(2)));
}

#[tokio::test]
async fn a_cart_that_somebody_wrote_over_before_it_was_known_is_not_added_to_again() {
    let shop = Shop::open().await;
    let mut visitor = shop.visitor();
    let add = [("sku", "MUG"), ("quantity", "1")];
    visitor.post("/cart/lines", &add).await;
    // The first try is done and its answer lost; before the second, another tab adds.
    shop.table.faults.next(PUT, Fault::LostAnswer);
    let second = Arc::new(Held::default());
    shop.table.faults.nth(PUT, 2, Fault::Held(second.clone()));
    let (mut one, mut other) = (visitor.clone(), visitor.clone());
    let held = async {
        second.reached().await;
        let added = other.post("/cart/lines", &add).await;
        second.release();
        added
    };
    let (lost, added) = tokio::join!(one.post("/cart/lines", &add), held);
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    assert!(lost.text.contains(LOST) && lost.text.contains("Your cart may have this change already."), "{}", lost.text);
    assert_eq!(visitor.wanting_json().get("/cart").await.json()["lines"][0]["quantity"], 3, "each once");
}

#[tokio::test]
async fn where_nobody_takes_the_connection_nothing_was_done_and_nobody_is_told_otherwise() {
    let service = Service::at("http://127.0.0.1:9", embedded::ACCESS_KEY, embedded::SECRET_KEY, embedded::REGION);
    let store = Store::connect(&StoreConfig { table: "shop".to_owned(), service }).await;
    let mail = Mail::new(MailKind::Reset, goods::parse(EMAIL));
    let error = store.send_mail(&mail).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
}
