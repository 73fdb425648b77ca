//! What functions write down: enough to find a fault, and nothing of what people typed.

use runtime::{Function, Gateway, HTTP_FUNCTIONS, Stage, Visitor};
use serde_json::Value;
use std::sync::Arc;
use suite::goods;

/// Everything that is typed below, each of a kind that stands nowhere else.
const TYPED: [&str; 14] = [
    "zebedee.quux@example.com",
    "Zebedee Quux",
    "Plumtree Alley 77",
    "98765",
    "Quuxville",
    "+49 30 5557788",
    "a sentence that nobody else types 4711",
    "another sentence that is wrong 0815",
    "QUUXCODE",
    "wrong.quux@example.com",
    "quuxheader",
    "quuxcookie",
    "203.0.113.99",
    "ZZZZZ-ZZZZZ",
];

async fn functions(stage: &Stage) -> (Gateway, Vec<Arc<Function>>) {
    let (mut routes, mut functions) = (Vec::new(), Vec::new());
    for (name, prefixes) in HTTP_FUNCTIONS {
        let function = stage.function(name).await.unwrap();
        routes.extend(prefixes.iter().map(|prefix| (*prefix, function.clone())));
        functions.push(function);
    }
    (Gateway::open(routes).await.unwrap(), functions)
}

/// Buys, signs up and in, gets things wrong. Returns what was shown in secret: cookies, the order's number.
async fn shops(gateway: &Gateway) -> Vec<String> {
    let [email, name, line1, postal_code, city, phone, password, wrong, code, nobody, header, cookie, address, number] = TYPED;
    let mut visitor = Visitor::new(gateway.address()).with("x-custom", header).with("x-forwarded-for", address);
    visitor.cookies.insert("other".to_owned(), cookie.to_owned());
    visitor.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await.unwrap();
    visitor.post("/cart/coupon", &[("code", code)]).await.unwrap();
    let contact = [
        ("email", email),
        ("phone", phone),
        ("name", name),
        ("line1", line1),
        ("postal_code", postal_code),
        ("city", city),
        ("country", "DE"),
    ];
    visitor.post("/checkout", &contact).await.unwrap();
    let mut bad = contact;
    bad[0].1 = "zebedee.quux@example.com zebedee.quux@example.com";
    visitor.post("/checkout", &bad).await.unwrap();
    let bought = visitor.buys("SHIRT-S", email).await.unwrap();
    let fields = [("name", name), ("email", email), ("password", password)];
    assert_eq!(visitor.post("/auth/sign-up", &fields).await.unwrap().status, 200);
    for (email, password) in [(email, wrong), (nobody, password), (email, password)] {
        visitor.post("/auth/sign-in", &[("email", email), ("password", password)]).await.unwrap();
    }
    assert!(visitor.cookies.contains_key("__Host-refresh"), "signed in");
    visitor.post("/auth/forgot", &[("email", email)]).await.unwrap();
    visitor.post("/account/profile", &[("name", name), ("phone", phone)]).await.unwrap();
    visitor.post("/account/addresses", &contact).await.unwrap();
    visitor.post("/orders", &[("number", number), ("email", email)]).await.unwrap();
    visitor.get(&format!("/auth/verify?token={header}")).await.unwrap();
    visitor.get(&format!("/account/orders/{number}")).await.unwrap();
    visitor.get(&format!("/admin/orders/{number}")).await.unwrap();
    visitor.get(&format!("/cart/{}", line1.replace(' ', "%20"))).await.unwrap();
    visitor.cookies.values().filter(|value| value.len() > 8).cloned().chain([bought]).collect()
}

fn assert_discreet(lines: &[String], shown: &[String]) {
    for line in lines {
        for typed in TYPED.iter().copied().chain(shown.iter().map(String::as_str)) {
            let encoded: String = form_urlencoded::byte_serialize(typed.as_bytes()).collect();
            for form in [typed, &encoded] {
                assert!(!line.to_lowercase().contains(&form.to_lowercase()), "{form} stands in {line}");
            }
        }
    }
}

#[tokio::test]
async fn nothing_that_anybody_typed_and_no_secret_stands_in_any_log() {
    let mut stage = Stage::open().await.unwrap();
    stage.variables.insert("RUST_LOG".to_owned(), "debug".to_owned());
    let (gateway, mut functions) = functions(&stage).await;
    let mut shown = shops(&gateway).await;
    let records =
        stage.feed().await.unwrap().until(|record| record["dynamodb"]["NewImage"]["kind"]["S"] == "reset").await.unwrap();
    stage.mailbox.refuses(true);
    for name in ["publish", "notify"] {
        let function = stage.function(name).await.unwrap();
        let mut mapping = runtime::Mapping::new(function.clone(), 10, 1);
        mapping.deliver(&records).await;
        functions.push(function);
    }
    shown.extend(["SESSION_KEYS", "LINK_SECRET"].map(|name| stage.variables[name].clone()));
    // The same while the table is gone: errors are told more about.
    stage.variables.insert("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), "http://127.0.0.1:9".to_owned());
    let (cut_off, without_table) = self::functions(&stage).await;
    let mut visitor = Visitor::new(cut_off.address());
    visitor.post("/auth/sign-in", &[("email", TYPED[0]), ("password", TYPED[6])]).await.unwrap();
    visitor.post("/auth/forgot", &[("email", TYPED[0])]).await.unwrap();
    functions.extend(without_table);
    let mut lines = 0;
    for function in functions {
        let written = function.lines();
        assert!(!written.is_empty(), "{} says something", function.name());
        lines += written.len();
        assert_discreet(&written, &shown);
    }
    assert!(lines > 50, "{lines}");
}

#[tokio::test]
async fn a_request_leaves_one_line_that_says_what_it_was_and_what_it_cost_and_orders_are_counted() {
    let stage = Stage::open().await.unwrap();
    let (gateway, functions) = functions(&stage).await;
    Visitor::new(gateway.address()).buys("MUG", "ada@example.com").await.unwrap();
    let mut late = Visitor::new(gateway.address());
    let form = late.checks_out("SHIRT-M", "bob@example.com").await.unwrap();
    let shirt = stage.store.product(&goods::parse("shirt")).await.unwrap().unwrap();
    let mut sold = shirt.clone();
    sold.variants[1].stock = 0;
    stage.store.update_product(&shirt, &sold).await.unwrap();
    assert!(late.orders(&form).await.is_err(), "sold out meanwhile");

    let checkout = functions.iter().find(|function| function.name() == "checkout").unwrap();
    let lines: Vec<Value> = checkout.lines().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |route: &str| lines.iter().filter(|line| line["span"]["route"] == route).collect::<Vec<_>>();
    let [placed, refused] = of("/checkout/place")[..] else { panic!("one line each: {lines:?}") };
    for (line, outcome, status) in [(placed, "done", 303), (refused, "refused", 409)] {
        assert_eq!((&line["outcome"], &line["status"]), (&outcome.into(), &status.into()), "{line}");
        assert_eq!((&line["span"]["function"], &line["span"]["method"]), (&"checkout".into(), &"POST".into()));
        assert!(line["span"]["request_id"].as_str().is_some_and(|id| id.len() > 8), "{line}");
        assert!(line["milliseconds"].is_u64() && line["cold_start"].is_boolean(), "{line}");
    }
    assert_eq!(placed["round_trips"], 2);
    assert!(placed["read_units"].as_f64().unwrap() > 0.0 && placed["write_units"].as_f64().unwrap() > 0.0, "{placed}");
    let metric = |name: &str| -> Vec<&Value> { lines.iter().filter(|line| line.get(name).is_some()).collect() };
    assert_eq!(metric("Orders").len(), 1);
    let refusals = metric("OrdersRefused");
    assert_eq!((refusals.len(), &refusals[0]["Reason"]), (1, &"stock".into()));
    assert_eq!(metric("ColdStarts").len(), 1);
    for line in [metric("Orders")[0], refusals[0]] {
        assert_eq!((&line["Environment"], &line["Function"]), (&"test".into(), &"checkout".into()));
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Namespace"], "Shop");
    }
}
