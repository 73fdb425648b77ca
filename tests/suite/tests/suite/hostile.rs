//! Input of every bad kind: answered clearly, never with a 5xx, and nothing changed.

use domain::customer::Role;
use http::{Method, StatusCode};
use proptest::prelude::*;
use serde_json::json;
use suite::{Client, Shop};

const FORM: &str = "application/x-www-form-urlencoded";
const POSTS: [&str; 20] = [
    "/auth/sign-in",
    "/auth/sign-up",
    "/auth/sign-out",
    "/auth/verify",
    "/auth/forgot",
    "/auth/reset",
    "/account/profile",
    "/account/password",
    "/account/addresses",
    "/cart/lines",
    "/cart/lines/MUG",
    "/cart/coupon",
    "/checkout",
    "/checkout/delivery",
    "/checkout/payment",
    "/checkout/place",
    "/orders",
    "/admin/products",
    "/admin/categories",
    "/admin/orders/AAAAA-AAAAA/status",
];

async fn with_goods(shop: &Shop) -> Client {
    let mut client = shop.staff(Role::Owner).await;
    client.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    client
}

#[tokio::test]
async fn what_comes_from_another_site_is_refused_everywhere() {
    let shop = Shop::open().await;
    let client = with_goods(&shop).await;
    let foreign: [&[(&'static str, &str)]; 5] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "")],
        &[("origin", "https://shop.example"), ("sec-fetch-site", "cross-site")],
        &[("origin", ""), ("sec-fetch-site", "same-site")],
    ];
    for path in POSTS {
        for headers in foreign {
            let mut client = headers.iter().fold(client.clone(), |c, (name, value)| c.with(name, value));
            let answer = client.post(path, &[("sku", "MUG"), ("quantity", "5")]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {headers:?}");
        }
    }
    let cart = client.clone().wanting_json().get("/cart").await.json();
    assert_eq!(cart["units"], 1);
}

#[tokio::test]
async fn bodies_of_the_wrong_kind_or_size_are_refused() {
    let shop = Shop::open().await;
    let client = with_goods(&shop).await;
    for path in POSTS {
        let send = async |kind: Option<&str>, body: Vec<u8>| client.clone().send(Method::POST, path, kind, body).await.status;
        // One takes no body; of the other the order is looked for first.
        if ["/auth/sign-out", "/admin/orders/AAAAA-AAAAA/status"].contains(&path) {
            continue;
        }
        assert_eq!(send(Some("text/plain"), b"sku=MUG".to_vec()).await, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
        assert_eq!(send(Some("multipart/form-data; boundary=x"), b"--x".to_vec()).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(send(Some(FORM), vec![b'a'; 1_100_000]).await, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        assert_eq!(send(Some(FORM), b"sku=%FF%FE&email=%C3%28".to_vec()).await, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(send(Some("application/json"), b"{\"sku\":".to_vec()).await, StatusCode::BAD_REQUEST, "{path}");
        assert_eq!(send(Some("application/json"), vec![b'['; 60_000]).await, StatusCode::BAD_REQUEST, "{path}");
        assert!(send(Some("application/json"), b"\"text\"".to_vec()).await.is_client_error(), "{path}");
    }
}

#[tokio::test]
async fn methods_and_paths_that_are_not_there_say_so() {
    let shop = Shop::open().await;
    let mut client = with_goods(&shop).await;
    for path in ["/cart/nothing", "/account/nothing", "/auth", "/checkout/nothing", "/orders/a/b/c", "/admin/nothing"] {
        assert_eq!(client.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(client.send(Method::DELETE, "/cart", None, Vec::new()).await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(client.get("/cart/lines").await.status, StatusCode::METHOD_NOT_ALLOWED);
    for path in
        ["/orders/%FF", "/account/addresses/..%2F..", "/admin/products/%00", "/checkout/done/'", "/cart?removed=%FF&quantity=x"]
    {
        let status = client.get(path).await.status;
        assert!(status == StatusCode::OK || status.is_client_error(), "{path} {status}");
    }
}

#[tokio::test]
async fn problems_are_pages_for_people_and_documents_for_programs() {
    let shop = Shop::open().await;
    let mut client = shop.visitor();
    let page = client.get("/orders/AAAAA-AAAAA").await;
    assert!(page.header("content-type").starts_with("text/html") && page.text.contains("<h1>"), "{}", page.text);
    let document = client.clone().wanting_json().get("/orders/AAAAA-AAAAA").await;
    assert_eq!(document.header("content-type"), "application/problem+json");
    assert_eq!(document.json()["status"], 404);
    let document = client.wanting_json().get("/account").await;
    assert_eq!((document.status, document.json()["status"].clone()), (StatusCode::UNAUTHORIZED, json!(401)));
}

#[tokio::test]
async fn every_answer_carries_the_security_headers_and_a_request_id() {
    let shop = Shop::open().await;
    let mut client = with_goods(&shop).await;
    for path in ["/cart", "/account", "/admin", "/nothing", "/auth/sign-in", "/checkout"] {
        let answer = if path == "/nothing" { client.get("/cart/nothing").await } else { client.get(path).await };
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(!answer.header("x-request-id").is_empty());
    }
}

#[tokio::test]
async fn script_in_any_field_comes_back_as_text() {
    let shop = Shop::open().await;
    let script = "\"><script>alert(1)</script>";
    let mut client = with_goods(&shop).await;
    for path in POSTS {
        let fields: Vec<(&str, &str)> = [
            "name",
            "email",
            "phone",
            "line1",
            "line2",
            "company",
            "city",
            "postal_code",
            "region",
            "country",
            "code",
            "sku",
            "quantity",
            "number",
            "next",
            "token",
            "description",
            "vendor",
            "tags",
            "options",
            "images",
            "slug",
            "parent",
            "position",
            "category",
            "sku.0",
            "values.0",
            "price.0",
            "shipping_method",
            "payment_method",
            "status",
            "version",
            "seen_total",
            "idempotency_key",
            "password",
            "current",
        ]
        .into_iter()
        .map(|name| (name, script))
        .collect();
        let mut visitor = if path == "/auth/sign-out" { shop.visitor() } else { client.clone() };
        let answer = visitor.post(path, &fields).await;
        assert!(!answer.text.contains("<script>alert"), "{path}: {}", answer.text);
        assert!(!answer.status.is_server_error(), "{path}: {}", answer.status);
    }
    let query = "/auth/sign-in?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E";
    for path in [
        query,
        "/auth/reset?token=%22%3E%3Cscript%3Ealert(1)",
        "/cart?removed=%3Cscript%3Ealert&quantity=1",
        "/auth/verify?token=%3Cscript%3Ealert",
    ] {
        assert!(!client.get(path).await.text.contains("<script>alert"), "{path}");
    }
}

#[tokio::test]
async fn a_header_of_another_host_or_scheme_changes_no_link() {
    let shop = Shop::open().await;
    let mut client = shop.visitor().with("host", "evil.example").with("x-forwarded-host", "evil.example");
    assert!(!client.get("/cart").await.text.contains("evil.example"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Random forms and documents to every address: nothing but 2xx, 3xx and 4xx.
    #[test]
    fn nothing_typed_makes_the_shop_fail(
        fields in proptest::collection::vec(
            ("[a-z_.0-9]{1,12}|sku|quantity|email|name|country|version|status", ".{0,40}"),
            0..12,
        ),
        raw in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let shop = Shop::open().await;
            let client = with_goods(&shop).await;
            let pairs: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            for path in POSTS {
                let answer = client.clone().post(path, &pairs).await;
                assert!(!answer.status.is_server_error(), "{path} {pairs:?}");
                let answer = client.clone().send(Method::POST, path, Some(FORM), raw.clone()).await;
                assert!(!answer.status.is_server_error(), "{path} {raw:?}");
                let answer = client.clone().send(Method::POST, path, Some("application/json"), raw.clone()).await;
                assert!(!answer.status.is_server_error(), "{path} {raw:?}");
            }
        });
    }
}
