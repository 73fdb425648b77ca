//! No page grows unnoticed. Every kind of page is rendered, and its bytes are compared with the table in `page_sizes.txt`.
//!
//! A page that must grow is recorded anew: `UPDATE_SIZES=1 cargo test -p suite page_sizes`.

use crate::publishing::Published;
use builder::synthetic;
use domain::{catalogue::Product, customer::Role};
use std::{collections::BTreeMap, fmt::Write, path::Path};
use store::token::{Token, TokenKind};
use suite::{Answer, Fault, Shop, goods, tour};

const EMAIL: &str = "ada@example.com";
const SECRETS: [&str; 2] = ["0123456789abcdef0123456789abcdef", "123456789abcdef0123456789abcdef0"];
const NONE: &[(&str, &str)] = &[];

/// Pages by name.
#[derive(Default)]
struct Pages(BTreeMap<String, String>);

impl Pages {
    /// Keeps a page; of several with one name, the longest.
    fn keep(&mut self, name: impl Into<String>, html: &str) {
        // How long a date is depends on the day.
        let today = clock::now().date_and_time();
        let page = html.replace(today.split(',').next().unwrap_or_default(), "");
        let kept = self.0.entry(name.into()).or_default();
        if page.len() > kept.len() {
            *kept = page;
        }
    }

    /// Keeps a page that says what is wrong.
    fn refused(&mut self, name: &str, answer: &Answer) {
        assert!(!answer.is_done() && answer.text.contains("<main"), "{name}: {} {}", answer.status, answer.text);
        self.keep(format!("refused: {name}"), &answer.text);
    }
}

/// Every route of the functions.
async fn routes(pages: &mut Pages) {
    for step in tour::everything(&Shop::open().await).await {
        if step.body.starts_with("<!doctype html>") {
            pages.keep(step.operation, &step.body);
        }
    }
}

/// Forms that come back with what is wrong.
async fn refusals(pages: &mut Pages) {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    for path in ["/auth/sign-up", "/auth/sign-in", "/auth/forgot", "/auth/reset", "/orders", "/cart/lines"] {
        pages.refused(path, &guest.post(path, NONE).await);
    }
    let account = goods::account(&shop.table.store, EMAIL, Role::Customer).await;
    for (secret, (kind, path)) in
        SECRETS.into_iter().zip([(TokenKind::Verify, "/auth/verify"), (TokenKind::Reset, "/auth/reset")])
    {
        shop.table.store.put_token(&Token::new(kind, account.clone(), 0), secret).await.unwrap();
        pages.refused(&format!("{path} with a link"), &guest.post(path, &[("token", secret)]).await);
    }
    let mut customer = shop.visitor();
    customer.signs_in(EMAIL).await;
    for path in ["/account/profile", "/account/password", "/account/addresses"] {
        pages.refused(path, &customer.post(path, NONE).await);
    }
    let mut staff = shop.staff(Role::Owner).await;
    for path in ["/admin/products", "/admin/categories", "/admin/products/mug", "/admin/categories/clothes"] {
        pages.refused(path, &staff.post(path, &[("name", "")]).await);
    }
    pages.refused("/admin for a customer", &customer.get("/admin").await);
}

/// A cart and a checkout in which something is wrong.
async fn mishaps(pages: &mut Pages) {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    pages.keep("an empty cart", &guest.get("/cart").await.text);
    guest.post("/cart/lines", &[("sku", "SHIRT-M"), ("quantity", "3")]).await;
    pages.refused("more than there are", &guest.post("/cart/lines", &[("sku", "SHIRT-M"), ("quantity", "9")]).await);
    pages.refused("a coupon that is unknown", &guest.post("/cart/coupon", &[("code", "NONE")]).await);
    guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "2")]).await;
    for path in ["/checkout", "/checkout/delivery", "/checkout/payment"] {
        pages.refused(path, &guest.post(path, NONE).await);
        let steps = goods::checkout_steps(EMAIL);
        let (_, fields) = steps.iter().find(|(of, _)| *of == path).unwrap();
        assert!(guest.post(path, fields).await.is_done(), "{path}");
    }
    let review = guest.get("/checkout/review").await;
    let mut hurried = guest.clone();
    shop.table.set("SKU#SHIRT-M", "SKU", "stock", 1).await;
    pages.refused("something changed", &guest.places(&review).await);
    pages.keep("a cart with less left", &guest.get("/cart").await.text);
    pages.keep("a review with less left", &guest.get("/checkout/review").await.text);
    shop.table.set("SKU#SHIRT-M", "SKU", "stock", 3).await;
    shop.table.faults.every("TransactWriteItems", Fault::LostAnswer);
    // The first batch is the cart, the next ones look for the order.
    shop.table.faults.from("BatchGetItem", 2, usize::MAX, Fault::LostRequest);
    shop.table.faults.every("GetItem", Fault::LostRequest);
    let unanswered = hurried.places(&review).await;
    shop.table.faults.end();
    pages.refused("an order that may be placed", &unanswered);
    guest.post("/cart/lines/MUG", &[("quantity", "0")]).await;
    pages.keep("a line that was removed", &guest.get("/cart").await.text);
}

/// The static site: a small shop, and a large catalogue with every kind of product.
async fn catalogue(pages: &mut Pages) {
    let mut shop = Published::open().await;
    let mut settings = goods::settings();
    settings.hero = Some("/media/hero.jpg".to_owned());
    settings.promises = ["truck", "return", "repair", "leaf"]
        .map(|icon| serde_json::from_value(serde_json::json!({ "icon": icon, "title": "Good", "text": "Really." })).unwrap())
        .to_vec();
    settings.version = 1;
    shop.table.store.put_settings(&settings).await.unwrap();
    let reduced = |p: &mut Product| {
        p.vendor = Some("Maker".to_owned());
        p.featured = true;
        p.variants[0].compare_at = Some(goods::money("30.00"));
    };
    shop.change("mug", reduced).await;
    shop.change("shirt", reduced).await;
    shop.table.store.create_product(&goods::simple("gone", "GONE", "1.00", 0)).await.unwrap();
    shop.publisher.publish_all().await.unwrap();
    for key in ["index.html", "products/shirt/index.html", "products/mug/index.html", "products/gone/index.html", "404.html"] {
        pages.keep(key, &shop.page(key).await.unwrap());
    }
    let snapshot = synthetic::catalogue(400, settings.currency);
    let info = web::site_info(&settings, "https://shop.example");
    let renderer = render::Renderer::new().unwrap();
    let site = builder::Site::new(&snapshot, &info, &renderer);
    for (name, path) in [("categories", "categories/index.html"), ("a category", "categories/synthetic-oak/index.html")] {
        let page = site.pages().find_map(|page| site.render(&page).unwrap().filter(|object| object.key() == path)).unwrap();
        pages.keep(name, std::str::from_utf8(&page.body).unwrap());
    }
}

/// Every kind of page.
async fn every_page() -> BTreeMap<String, String> {
    let mut pages = Pages::default();
    // Long ways are large futures, and test threads have small stacks.
    Box::pin(routes(&mut pages)).await;
    Box::pin(refusals(&mut pages)).await;
    Box::pin(mishaps(&mut pages)).await;
    Box::pin(catalogue(&mut pages)).await;
    pages.0
}

#[tokio::test]
async fn no_page_grows_by_a_byte() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/page_sizes.txt");
    let pages = every_page().await;
    let table = pages.iter().fold(String::new(), |mut table, (name, page)| {
        let _ = writeln!(table, "{:>6} {name}", page.len());
        table
    });
    if std::env::var_os("UPDATE_SIZES").is_some() {
        std::fs::write(&file, &table).unwrap();
    }
    let recorded = std::fs::read_to_string(&file).unwrap_or_default();
    let most: BTreeMap<&str, usize> = recorded
        .lines()
        .filter_map(|line| line.trim_start().split_once(' '))
        .map(|(bytes, name)| (name, bytes.parse().unwrap()))
        .collect();
    for (name, page) in &pages {
        let most = most.get(name.as_str()).unwrap_or_else(|| panic!("{name:?} is not recorded: {} bytes", page.len()));
        assert!(page.len() <= *most, "{name:?} has grown from {most} to {} bytes", page.len());
    }
    assert_eq!(pages.len(), most.len(), "the table names pages that are not there any more");
}
