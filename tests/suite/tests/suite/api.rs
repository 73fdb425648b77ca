//! What programs are promised: the document matches the answers, in both formats, also of what is refused.

use domain::customer::Role;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use suite::{Answer, Client, Fault, Shop, contract, goods, tour};

#[tokio::test]
async fn every_answer_of_the_tour_is_in_the_document_as_json_too() {
    let shop = Shop::open().await.for_programs();
    let steps = tour::everything(&shop).await;
    assert!(steps.len() > 70, "{}", steps.len());
}

/// Both formats of one refused request; fails unless the document has both answers, and returns the one for programs.
async fn refused(client: &Client, method: Method, pattern: &str, path: &str, body: Option<&Value>, status: u16) -> Answer {
    let kind = body.map(|_| "application/json");
    let sent = || body.map(|b| b.to_string().into_bytes()).unwrap_or_default();
    let page = client.clone().send(method.clone(), path, kind, sent()).await;
    let document = client.clone().wanting_json().send(method.clone(), path, kind, sent()).await;
    let expected = StatusCode::from_u16(status).unwrap();
    assert_eq!(document.status, expected, "{method} {path}: {}", document.text);
    // People who are not signed in are led to where they can be.
    let seen = if expected == StatusCode::UNAUTHORIZED { StatusCode::SEE_OTHER } else { expected };
    assert_eq!(page.status, seen, "{method} {path}: {}", page.text);
    for answer in [&page, &document] {
        contract::check(&method, pattern, answer);
    }
    assert_eq!(document.header("content-type"), "application/problem+json");
    assert_eq!(document.json()["status"], status);
    document
}

#[tokio::test]
async fn every_kind_of_refusal_is_in_the_document_as_page_and_as_problem() {
    let shop = Shop::open().await;
    let (get, post) = (Method::GET, Method::POST);
    let guest = shop.visitor();
    let customer = shop.customer("ada@example.com").await;
    let owner = shop.staff(Role::Owner).await;
    let empty = json!({});
    let none = None;
    refused(&customer, get.clone(), "/account/orders", "/account/orders?start=00ff", none, 400).await;
    refused(&owner, get.clone(), "/admin/products", "/admin/products?start=zz", none, 400).await;
    refused(&owner, get.clone(), "/admin/orders", "/admin/orders?after=yesterday", none, 400).await;
    refused(&owner, get.clone(), "/admin/orders", "/admin/orders?status=lost", none, 400).await;
    refused(&guest, get.clone(), "/account", "/account", none, 401).await;
    refused(&guest, post.clone(), "/account/profile", "/account/profile", Some(&empty), 401).await;
    let foreign = guest.clone().with("origin", "https://evil.example");
    refused(&foreign, post.clone(), "/cart/lines", "/cart/lines", Some(&json!({"sku": "MUG"})), 403).await;
    refused(&customer, get.clone(), "/admin", "/admin", none, 404).await;
    refused(&guest, get.clone(), "/orders/{number}", "/orders/AAAAA-AAAAA", none, 404).await;
    refused(&guest, post.clone(), "/cart/lines", "/cart/lines", Some(&json!({"sku": "NOTHING"})), 404).await;
    refused(&guest, post.clone(), "/cart/lines", "/cart/lines", Some(&json!({"sku": "MUG", "quantity": 101})), 422).await;
    let many = json!({"sku": "SHIRT-M", "quantity": 4});
    let left = refused(&guest, post.clone(), "/cart/lines", "/cart/lines", Some(&many), 409).await;
    assert_eq!(left.json()["in_stock"], 3);
    refused(&guest, post.clone(), "/orders", "/orders", Some(&json!({"number": "x", "email": "y"})), 404).await;
    for (pattern, errors) in [("/auth/sign-up", vec!["email", "name", "password"]), ("/auth/forgot", vec!["email"])] {
        let problem = refused(&guest, post.clone(), pattern, pattern, Some(&empty), 422).await;
        assert_eq!(fields(&problem), errors, "{pattern}");
    }
    let problem = refused(&guest, post.clone(), "/auth/sign-in", "/auth/sign-in", Some(&empty), 422).await;
    assert_eq!(fields(&problem), ["form"]);
    assert!(problem.json()["detail"].as_str().unwrap().contains("wrong"), "{}", problem.text);
    let problem = refused(&customer, post.clone(), "/account/addresses", "/account/addresses", Some(&empty), 422).await;
    assert_eq!(fields(&problem), ["city", "country", "line1", "name"]);
    let weak = json!({"current": goods::PASSWORD, "password": "short"});
    let problem = refused(&customer, post.clone(), "/account/password", "/account/password", Some(&weak), 422).await;
    assert_eq!(fields(&problem), ["password"]);
    let problem = refused(&owner, post.clone(), "/admin/categories", "/admin/categories", Some(&empty), 422).await;
    assert!(fields(&problem).contains(&"name".to_owned()), "{}", problem.text);
    let problem = refused(&owner, post.clone(), "/admin/products", "/admin/products", Some(&empty), 422).await;
    assert!(fields(&problem).contains(&"name".to_owned()), "{}", problem.text);
}

#[tokio::test]
async fn checkout_says_by_field_what_is_wrong() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    let post = Method::POST;
    let problem = refused(&guest, post.clone(), "/checkout", "/checkout", Some(&json!({"country": "DE"})), 422).await;
    assert!(fields(&problem).contains(&"email".to_owned()) && fields(&problem).contains(&"line1".to_owned()), "{}", problem.text);
    guest.checks_out("ada@example.com").await;
    for (path, field) in [("/checkout/delivery", "shipping_method"), ("/checkout/payment", "payment_method")] {
        let problem = refused(&guest, post.clone(), path, path, Some(&json!({ field: "by-balloon" })), 422).await;
        assert_eq!(fields(&problem), [field]);
    }
    let coupon = refused(&guest, post.clone(), "/cart/coupon", "/cart/coupon", Some(&json!({"code": "NOTHING"})), 422).await;
    assert_eq!(fields(&coupon), ["code"]);
    let other = json!({"idempotency_key": "k", "seen_total": "1.00"});
    let problem = refused(&guest, post, "/checkout/place", "/checkout/place", Some(&other), 409).await;
    assert_eq!(problem.json()["total"], "12.50");
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_in_the_same_way_everywhere() {
    let shop = Shop::open().await;
    let mut client = shop.staff(Role::Owner).await.wanting_json();
    client.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    for path in
        ["/auth/sign-in", "/account/profile", "/account/addresses", "/cart/lines", "/cart/coupon", "/checkout", "/admin/products"]
    {
        let check = async |kind: &'static str, body: Vec<u8>, status: StatusCode| {
            let answer = client.clone().send(Method::POST, path, Some(kind), body).await;
            assert_eq!(answer.status, status, "{path} {kind}: {}", answer.text);
            contract::check(&Method::POST, path, &answer);
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.len() > 15 && detail.ends_with('.'), "{path}: {detail}");
        };
        let json = "application/json";
        check(json, b"{".to_vec(), StatusCode::BAD_REQUEST).await;
        for body in ["[]", "[\"MUG\", \"1\"]", "\"sku\"", "7", "null", "true"] {
            check(json, body.into(), StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        check("text/plain", b"sku=MUG".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE).await;
        check(json, vec![b' '; 1_100_000], StatusCode::PAYLOAD_TOO_LARGE).await;
        let unacceptable = client.clone().with("accept", "image/png").post(path, &[]).await;
        assert_eq!(unacceptable.status, StatusCode::NOT_ACCEPTABLE, "{path}");
        contract::check(&Method::POST, path, &unacceptable);
    }
    let cart = client.get("/cart").await.json();
    assert_eq!(cart["units"], 1, "nothing was done");
}

#[tokio::test]
async fn a_number_is_no_amount_and_the_field_is_named() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    guest.checks_out("ada@example.com").await;
    let number = json!({"idempotency_key": "k", "seen_total": 12.5});
    let problem = refused(&guest, Method::POST, "/checkout/place", "/checkout/place", Some(&number), 422).await;
    assert_eq!(fields(&problem), ["seen_total"]);
    let owner = shop.staff(Role::Owner).await;
    let number = json!({"name": "Cap", "sku.0": "CAP", "price.0": 12.5});
    let problem = refused(&owner, Method::POST, "/admin/products", "/admin/products", Some(&number), 422).await;
    assert!(problem.json()["detail"].as_str().unwrap().contains("price.0"), "{}", problem.text);
    let mut program = guest.wanting_json();
    let added = program.post_json("/cart/lines", &json!({"sku": "MUG", "quantity": 2})).await;
    assert_eq!((added.status, added.json()["units"].clone()), (StatusCode::OK, json!(3)), "a quantity may be a number");
}

fn fields(problem: &Answer) -> Vec<String> {
    problem.json()["errors"].as_object().map(|errors| errors.keys().cloned().collect()).unwrap_or_default()
}

/// Every text below a name that stands for an amount.
fn amounts(document: &Value, found: &mut Vec<String>) {
    const AMOUNTS: [&str; 11] = [
        "unit_price",
        "total",
        "goods",
        "discount",
        "tax",
        "price",
        "price_now",
        "compare_at",
        "free_from",
        "changed_from",
        "minimum",
    ];
    match document {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if AMOUNTS.contains(&name.as_str()) => found.push(format!("{name} {text}")),
                    member => amounts(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| amounts(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn amounts_have_all_decimals_of_the_currency_wherever_they_are_shown() {
    for (currency, shown) in [("EUR", "10.00"), ("JPY", "10"), ("KWD", "10.000")] {
        let shop = Shop::open().await.for_programs();
        let store = &shop.table.store;
        let stored = store.settings().await.unwrap().unwrap();
        let mut settings = serde_json::to_value(&stored).unwrap();
        settings["currency"] = json!(currency);
        settings["shipping"][0]["price"] = json!("10");
        settings["shipping"][0]["free_from"] = json!("1000.0");
        settings["shipping"][1]["price"] = json!("10.0");
        store.put_settings(&serde_json::from_value(settings).unwrap()).await.unwrap();
        // Yen have no decimals, and no mug of 7.50.
        store.delete_product(&store.product(&goods::parse("mug")).await.unwrap().unwrap()).await.unwrap();
        store.create_product(&goods::simple("ten", "TEN", "10", 50)).await.unwrap();
        let mut guest = shop.visitor();
        let mut seen = Vec::new();
        let added = guest.post("/cart/lines", &[("sku", "TEN"), ("quantity", "1")]).await.json();
        assert_eq!(added["lines"][0]["unit_price"], shown);
        guest
            .post(
                "/checkout",
                &[
                    ("email", "ada@example.com"),
                    ("name", "Ada Example"),
                    ("line1", "Am Hang 3"),
                    ("postal_code", "10115"),
                    ("city", "Berlin"),
                    ("country", "DE"),
                ],
            )
            .await;
        for page in ["/cart", "/checkout", "/checkout/delivery", "/checkout/payment", "/checkout/review"] {
            amounts(&guest.get(page).await.json(), &mut seen);
        }
        let number = guest.buys("TEN", "1", "ada@example.com").await;
        amounts(&guest.get(&format!("/orders/{number}")).await.json(), &mut seen);
        let mut owner = shop.staff(Role::Owner).await;
        for page in ["/admin", "/admin/products", "/admin/products/ten", "/admin/orders", &format!("/admin/orders/{number}")] {
            amounts(&owner.get(page).await.json(), &mut seen);
        }
        assert!(seen.len() > 40, "{seen:?}");
        let decimals = shown.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        for amount in seen.iter().filter(|amount| !amount.ends_with(' ')) {
            assert_eq!(amount.split_once('.').map_or(0, |(_, d)| d.len()), decimals, "{currency} {amount}");
        }
    }
}

#[tokio::test]
async fn a_wait_is_as_long_as_the_header_and_the_page_say() {
    let left = || 900 - clock::now().unix() % 900;
    // All attempts count together, and the wait has its usual words, where the quarter of an hour does not end meanwhile.
    while left() < 20 {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    let shop = Shop::open().await;
    let mut visitor = shop.visitor();
    let mut answer = visitor.get("/orders").await;
    for _ in 0..=100 {
        answer = visitor.post("/orders", &[("number", "AAAAA-AAAAA"), ("email", "ada@example.com")]).await;
    }
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    contract::check(&Method::POST, "/orders", &answer);
    let (seconds, left) = (answer.header("retry-after").parse::<u32>().unwrap(), left());
    assert!((left..left + 10).contains(&i64::from(seconds)), "{seconds} seconds are said, {left} are left");
    let words = if seconds > 90 { format!("in {} minutes", seconds.div_ceil(60)) } else { format!("in {seconds} seconds") };
    assert!(answer.text.contains(&words), "{words}: {}", answer.text);
}

#[tokio::test]
async fn an_outage_is_short_in_the_document_too() {
    let shop = Shop::open().await;
    let mut visitor = shop.visitor();
    assert_eq!(visitor.get("/orders").await.status, StatusCode::OK, "the settings are known");
    shop.table.faults.every("*", Fault::Refused(500, "InternalServerError"));
    let page = visitor.get("/orders/AAAAA-AAAAA").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "nothing is asked for");
    visitor.cookies.insert("__Host-cart".to_owned(), "0".repeat(32));
    for client in [visitor.clone(), visitor.wanting_json()] {
        let answer = client.clone().get("/cart").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        contract::check(&Method::GET, "/cart", &answer);
        assert_eq!(answer.header("retry-after"), "10");
        assert!(answer.text.contains("in 10 seconds"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_slash_at_the_end_leads_to_the_address_without_it_and_keeps_the_query() {
    let shop = Shop::open().await;
    let mut visitor = shop.visitor();
    for (from, to) in [
        ("/cart/", "/cart"),
        ("/cart/?utm_source=mail&utm_campaign=a%20b", "/cart?utm_source=mail&utm_campaign=a%20b"),
        ("/account/orders///?start=1", "/account/orders?start=1"),
        ("/auth/sign-in/?next=/account/", "/auth/sign-in?next=/account/"),
    ] {
        let moved = visitor.get(from).await;
        assert_eq!((moved.status, moved.location()), (StatusCode::PERMANENT_REDIRECT, to), "{from}");
        assert_eq!(visitor.clone().wanting_json().get(from).await.location(), to);
    }
    // The method and the body are kept by 308.
    let posted = visitor.post("/cart/lines/?a=1", &[("sku", "MUG")]).await;
    assert_eq!((posted.status, posted.location()), (StatusCode::PERMANENT_REDIRECT, "/cart/lines?a=1"));
    for stays in ["/cart//evil.example/", "/cart/%2f%2fevil.example/"] {
        let to = visitor.get(stays).await.location().to_owned();
        assert!(to.starts_with("/cart/") && !to.contains("://"), "{to}");
    }
}

#[tokio::test]
async fn who_has_to_sign_in_comes_back_with_the_query() {
    let shop = Shop::open().await;
    goods::account(&shop.table.store, "ada@example.com", Role::Customer).await;
    let mut visitor = shop.visitor();
    let asked = "/account/orders?utm_source=mail&utm_campaign=a%20b";
    let led = visitor.get(asked).await;
    assert_eq!(led.status, StatusCode::SEE_OTHER);
    let form = visitor.get(led.location()).await;
    let next = form.field("next").replace("&amp;", "&").replace("&#x3D;", "=");
    assert_eq!(next, asked);
    let fields = [("email", "ada@example.com"), ("password", goods::PASSWORD), ("next", next.as_str())];
    assert_eq!(visitor.post("/auth/sign-in", &fields).await.location(), asked);
    for elsewhere in ["https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nset-cookie: b=c"] {
        let fields = [("email", "ada@example.com"), ("password", goods::PASSWORD), ("next", elsewhere)];
        assert_eq!(shop.visitor().post("/auth/sign-in", &fields).await.location(), "/account", "{elsewhere:?}");
    }
}

#[tokio::test]
async fn a_step_that_comes_too_early_leads_back_with_the_query() {
    let shop = Shop::open().await;
    let mut visitor = shop.visitor();
    assert_eq!(visitor.get("/checkout/review?utm_source=mail").await.location(), "/cart?utm_source=mail");
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[tokio::test]
async fn a_position_of_another_list_is_refused_and_the_table_is_not_asked() {
    let shop = Shop::open().await;
    let mut ada = shop.customer("ada@example.com").await.wanting_json();
    for _ in 0..22 {
        ada.buys("MUG", "1", "ada@example.com").await;
    }
    let own = ada.get("/account/orders").await.json()["next"].as_str().unwrap().to_owned();
    let (path, start) = own.split_once("?start=").unwrap();
    let second = ada.get(&own).await;
    assert_eq!((second.status, second.json()["orders"].as_array().unwrap().len()), (StatusCode::OK, 2));
    let bob = shop.customer("bob@example.com").await.wanting_json();
    let owner = shop.staff(Role::Owner).await.wanting_json();
    let (position, seal) = start.split_once('.').unwrap();
    let cut = format!("{}.{seal}", &position[..position.len() - "#ABCDE-ABCDE".len() * 2]);
    // Another order's moment: a position as the table knows it, which the list has not given.
    let moved = position.replacen(&hex("\u{1f}20"), &hex("\u{1f}19"), 1);
    assert_ne!(moved, position);
    for (client, address) in [
        (&bob, format!("{path}?start={start}")),
        (&ada, format!("{path}?start={cut}")),
        (&ada, format!("{path}?start={moved}.{seal}")),
        (&ada, format!("{path}?start={position}")),
        (&ada, format!("{path}?start={start}0")),
        (&ada, format!("{path}?start={}", "ab".repeat(900))),
        (&owner, format!("/admin/products?start={start}")),
        (&owner, format!("/admin/orders?start={start}")),
        (&owner, format!("/admin/orders?status=pending&after={start}")),
        (&owner, format!("/admin/orders?status=pending&start={start}")),
    ] {
        let since = shop.table.faults.sent();
        let answer = client.clone().get(&address).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{address}: {}", answer.text);
        assert!(answer.json()["detail"].as_str().unwrap().contains("first page"), "{}", answer.text);
        let asked = shop.table.faults.calls(since);
        assert!(!asked.iter().any(|operation| operation == "Query"), "{address}: {asked:?}");
    }
}

#[tokio::test]
async fn a_status_that_no_order_has_is_named_to_staff_and_hidden_from_others() {
    let shop = Shop::open().await;
    let mut owner = shop.staff(Role::Owner).await.wanting_json();
    for start in ["", "&start=6162", "&after=6162"] {
        let answer = owner.get(&format!("/admin/orders?status=eaten{start}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text);
        assert_eq!(answer.json()["detail"], "This status does not exist. Please choose one from the list.");
        contract::check(&Method::GET, "/admin/orders", &answer);
    }
    let answer = shop.customer("ada@example.com").await.get("/admin/orders?status=eaten").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn refusals_of_bodies_use_the_shops_words_and_name_the_field() {
    let shop = Shop::open().await;
    let mut owner = shop.staff(Role::Owner).await.wanting_json();
    let number = owner.clone().buys("MUG", "1", "ada@example.com").await;
    let of_order = format!("/admin/orders/{number}/status");
    for (path, body, field, why) in [
        ("/auth/sign-in", json!({"email": {}, "password": "x"}), "email", "must be a text"),
        ("/cart/lines", json!({"quantity": 1}), "sku", "is missing"),
        ("/cart/lines", json!({"sku": "MUG", "quantity": []}), "quantity", "must be a text or a number"),
        (
            &of_order,
            json!({"status": "eaten", "version": 1}),
            "status",
            "must be one of: pending, processing, shipped, delivered, cancelled",
        ),
        (&of_order, json!({"version": 1}), "status", "is missing"),
        ("/admin/products", json!({"variants": "MUG"}), "variants", "must be a list"),
        ("/admin/products", json!({"variants": [{"price": 7.5}]}), "variants[0].price", "must be a text"),
        ("/admin/products", json!({"name": 7}), "name", "must be a text"),
        ("/admin/products", json!({"name": true}), "name", "must be a text"),
        ("/admin/products", json!({"visible": 7}), "visible", "must be a text, or true or false"),
    ] {
        let answer = owner.post_json(path, &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {}", answer.text);
        assert_eq!(answer.json()["errors"], json!({field: why}), "{path} {body}");
        assert_eq!(answer.json()["detail"], format!("{field} {why}."), "{path} {body}");
    }
    let answer = owner.send(Method::POST, "/cart/lines", Some("application/json"), b"{\"sku\":".to_vec()).await;
    assert_eq!(answer.json()["detail"], "The body is not JSON: it ends too early.");
    let refused = owner.post("/cart/lines", &[("sku", "MUG"), ("quantity", "-1")]).await;
    assert_eq!(refused.json()["errors"], json!({"quantity": "must be a whole number from 1 to 99"}), "{}", refused.text);
    let category = owner.get("/admin/categories").await.json()["categories"][0]["id"].as_str().unwrap().to_owned();
    let mut input = owner.get(&format!("/admin/categories/{category}")).await.json()["form"]["input"].clone();
    input["parent"] = json!(category);
    let inside = owner.post_json(&format!("/admin/categories/{category}"), &input).await;
    assert_eq!(inside.json()["detail"], "parent: A category cannot be inside itself.", "{}", inside.text);
}

#[tokio::test]
async fn the_document_of_a_product_can_be_sent_back_and_its_boxes_are_true_or_false() {
    let shop = Shop::open().await;
    let mut owner = shop.staff(Role::Owner).await.wanting_json();
    let mut input = owner.get("/admin/products/shirt").await.json()["form"]["input"].clone();
    assert_eq!(input["visible"], true);
    input["name"] = json!("Shirt of linen");
    input["variants"][1]["price"] = json!("21.50");
    let saved = owner.post_json("/admin/products/shirt", &input).await;
    assert_eq!((saved.status, saved.location()), (StatusCode::OK, "/admin/products/shirt"), "{}", saved.text);
    let mut now = owner.get("/admin/products/shirt").await.json()["form"]["input"].clone();
    assert_eq!(now["version"], "2");
    input["version"] = json!("2");
    assert_eq!(now, input, "nothing else changed");
    now["visible"] = json!("yes");
    now["variants"][0]["available"] = json!(true);
    let refused = owner.post_json("/admin/products/shirt", &now).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.json()["errors"], json!({"visible": "must be true or false"}));
    for (ticked, shown) in [("on", true), ("true", true), ("false", false), ("", false)] {
        now["version"] = owner.get("/admin/products/shirt").await.json()["form"]["input"]["version"].clone();
        now["visible"] = json!(ticked);
        assert_eq!(owner.post_json("/admin/products/shirt", &now).await.status, StatusCode::OK, "{ticked}");
        let now = owner.get("/admin/products/shirt").await.json()["form"]["input"]["visible"].clone();
        assert_eq!(now, shown, "{ticked}");
    }
    let row = [
        ("name", "Cap"),
        ("category", "clothes"),
        ("sku.0", "CAP"),
        ("price.0", "5"),
        ("stock.0", "1"),
        ("available.0", "maybe"),
    ];
    let refused = owner.post("/admin/products", &row).await;
    assert_eq!(refused.json()["errors"], json!({"variants": "CAP: “for sale” must be true or false"}), "{}", refused.text);
}

#[tokio::test]
async fn the_document_names_what_is_sent_and_asked() {
    let document = &*contract::DOCUMENT;
    for (schema, field) in
        [("SignInInput", "password"), ("SignUpInput", "password"), ("ResetInput", "password"), ("PasswordInput", "current")]
    {
        assert_eq!(document["components"]["schemas"][schema]["properties"][field]["format"], "password", "{schema}");
    }
    for (path, query) in [
        ("/account/orders", "start"),
        ("/admin/orders", "status"),
        ("/admin/orders", "after"),
        ("/admin/products", "q"),
        ("/cart", "removed"),
        ("/checkout", "address"),
        ("/auth/sign-in", "next"),
        ("/auth/verify", "token"),
        ("/auth/reset", "token"),
    ] {
        let parameters = document["paths"][path]["get"]["parameters"].as_array().unwrap();
        assert!(parameters.iter().any(|p| p["name"] == query && p["in"] == "query"), "{path} {query}");
    }
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let body = &operation["requestBody"]["content"];
            assert_eq!(
                body["application/json"].is_null(),
                body["application/x-www-form-urlencoded"].is_null(),
                "{method} {path}"
            );
            assert!(operation["responses"]["400"].is_object() && operation["responses"]["503"].is_object(), "{method} {path}");
        }
    }
}
