//! Every route of the shop once, by who uses it, with what each request asked of the table: what costs and permissions are made
//! of.

use crate::{Answer, Client, Shop, contract, goods};
use domain::customer::Role;
use http::Method;
use store::{Usage, mail::Mail};

/// One request.
#[derive(Debug, Clone)]
pub struct Step {
    /// The function that answered.
    pub function: &'static str,
    /// Method and pattern of its address, as the OpenAPI document names it.
    pub operation: String,
    /// What it asked of the table.
    pub usage: Usage,
    /// Bytes of the body over the wire, compressed as the CDN does.
    pub bytes: u64,
    /// The body.
    pub body: String,
}

/// A way through the shop.
struct Tour<'a> {
    client: Client,
    steps: &'a mut Vec<Step>,
}

impl Tour<'_> {
    /// Asks for the address of a pattern, `{}` replaced by `id`.
    async fn get(&mut self, pattern: &str, id: &str) -> Answer {
        self.go(Method::GET, pattern, id, "", &[]).await
    }

    async fn post(&mut self, pattern: &str, id: &str, fields: &[(&str, &str)]) -> Answer {
        self.go(Method::POST, pattern, id, "", fields).await
    }

    async fn go(&mut self, method: Method, pattern: &str, id: &str, query: &str, fields: &[(&str, &str)]) -> Answer {
        let parameter = pattern.split('/').find(|part| part.starts_with('{')).unwrap_or("{}");
        let path = pattern.replace(parameter, id) + query;
        let answer = if method == Method::GET {
            self.client.get(&path).await
        } else if self.client.wants_json() {
            self.client.post_json(&path, &contract::as_document(fields)).await
        } else {
            self.client.post(&path, fields).await
        };
        assert!(answer.is_done(), "{method} {path}: {} {}", answer.status, answer.text);
        contract::check(&method, pattern, &answer);
        self.steps.push(Step {
            function: function_of(pattern),
            operation: format!("{method} {pattern}"),
            usage: answer.usage.clone(),
            bytes: compressed(answer.text.as_bytes()),
            body: answer.text.clone(),
        });
        answer
    }
}

/// The function that answers a pattern.
fn function_of(pattern: &str) -> &'static str {
    match pattern.split('/').nth(1) {
        Some("auth") => "auth",
        Some("account") => "account",
        Some("cart" | "categories") => "cart",
        Some("checkout" | "orders") => "checkout",
        Some("admin") => "admin",
        other => panic!("no function answers {other:?}"),
    }
}

/// Bytes as the CDN sends them.
pub(crate) fn compressed(body: &[u8]) -> u64 {
    let mut encoder = flate2::read::GzEncoder::new(body, flate2::Compression::default());
    std::io::copy(&mut encoder, &mut std::io::sink()).expect("memory")
}

const EMAIL: &str = "ada@example.com";
const CONTACT: [(&str, &str); 5] =
    [("name", "Ada Example"), ("line1", "Am Hang 3"), ("postal_code", "10115"), ("city", "Berlin"), ("country", "DE")];

/// A guest's whole purchase of two things, from the first "add to cart" to the page that says thank you.
pub async fn purchase(shop: &Shop) -> (Vec<Step>, String) {
    let mut steps = Vec::new();
    let mut guest = Tour { client: shop.visitor(), steps: &mut steps };
    guest.post("/cart/lines", "", &[("sku", "MUG"), ("quantity", "2")]).await;
    guest.get("/cart", "").await;
    guest.post("/cart/lines", "", &[("sku", "SHIRT-S"), ("quantity", "1")]).await;
    guest.get("/cart", "").await;
    guest.get("/checkout", "").await;
    let mut contact = CONTACT.to_vec();
    contact.push(("email", EMAIL));
    guest.post("/checkout", "", &contact).await;
    guest.get("/checkout/delivery", "").await;
    guest.post("/checkout/delivery", "", &[("shipping_method", "standard")]).await;
    guest.get("/checkout/payment", "").await;
    guest.post("/checkout/payment", "", &[("payment_method", "bank_transfer")]).await;
    let review = guest.get("/checkout/review", "").await;
    let (key, total) = (review.field("idempotency_key"), review.field("seen_total"));
    let placed = guest.post("/checkout/place", "", &[("idempotency_key", &key), ("seen_total", &total)]).await;
    let number = placed.location().rsplit('/').next().unwrap_or_default().to_owned();
    guest.get("/checkout/done/{number}", &number).await;
    (steps, number)
}

/// Anybody's session at any function: its token is refreshed, and a refresh secret that was stolen and used closes it.
pub async fn session(shop: &Shop, function: &'static str) -> Vec<Step> {
    const TOKEN: &str = "__Host-session";
    let page = match function {
        "auth" => "/auth/sign-in",
        "checkout" => "/orders",
        "account" => "/account/profile",
        other => &format!("/{other}"),
    };
    let mut steps = Vec::new();
    let stolen = shop.staff(Role::Owner).await;
    let mut own = Tour { client: stolen.clone(), steps: &mut steps };
    for _ in 0..2 {
        own.client.cookies.remove(TOKEN);
        own.get(page, "").await;
    }
    let mut thief = stolen;
    thief.cookies.remove(TOKEN);
    let refused = thief.get(page).await;
    steps.push(Step { function, operation: "a stolen session".to_owned(), usage: refused.usage, bytes: 0, body: refused.text });
    steps
}

/// Every operation of every function at least once.
pub async fn everything(shop: &Shop) -> Vec<Step> {
    shop.table.store.put_coupon(&goods::coupon("TEN")).await.expect("a coupon");
    let (mut steps, number) = purchase(shop).await;
    let mut guest = Tour { client: shop.visitor(), steps: &mut steps };
    guest.post("/cart/lines", "", &[("sku", "MUG"), ("quantity", "1")]).await;
    guest.post("/cart/lines/{sku}", "MUG", &[("quantity", "3")]).await;
    guest.post("/cart/coupon", "", &[("code", "TEN")]).await;
    guest.get("/orders", "").await;
    guest.post("/orders", "", &[("number", &number), ("email", EMAIL)]).await;
    guest.get("/orders/{number}", &number).await;
    guest.get("/orders/{number}/cancel", &number).await;
    guest.post("/orders/{number}/cancel", &number, &[]).await;
    // Long ways are large futures, and test threads have small stacks.
    Box::pin(account(shop, &mut steps)).await;
    Box::pin(staff(shop, &mut steps)).await;
    steps
}

/// Signs up, proves the address, buys, changes everything there is to change.
async fn account(shop: &Shop, steps: &mut Vec<Step>) {
    const EMAIL: &str = "bob@example.com";
    const NEXT: &str = "a quite different sentence of mine";
    let mut bob = Tour { client: shop.visitor(), steps };
    bob.get("/auth/sign-up", "").await;
    bob.post("/auth/sign-up", "", &[("name", "Bob"), ("email", EMAIL), ("password", goods::PASSWORD)]).await;
    bob.client.clone().buys("MUG", "1", EMAIL).await;
    // Confirmed later than it was sent: by another link.
    bob.client.signs_in(EMAIL).await;
    bob.post("/account/verification", "", &[]).await;
    let link = link(shop, "verify", EMAIL).await;
    bob.go(Method::GET, "/auth/verify", "", &format!("?token={link}"), &[]).await;
    bob.post("/auth/verify", "", &[("token", &link), ("password", goods::PASSWORD)]).await;
    bob.get("/auth/forgot", "").await;
    bob.post("/auth/forgot", "", &[("email", EMAIL)]).await;
    let reset = self::link(shop, "reset", EMAIL).await;
    bob.go(Method::GET, "/auth/reset", "", &format!("?token={reset}"), &[]).await;
    bob.post("/auth/reset", "", &[("token", &reset), ("password", NEXT)]).await;
    bob.get("/auth/sign-in", "").await;
    // A guest again, whose cart the sign-in takes over.
    bob.post("/cart/lines", "", &[("sku", "MUG"), ("quantity", "1")]).await;
    bob.post("/auth/sign-in", "", &[("email", EMAIL), ("password", NEXT)]).await;
    // Another browser, which a change of the password signs out.
    let other = [("email", EMAIL), ("password", NEXT)];
    assert!(shop.visitor().post("/auth/sign-in", &other).await.is_done());
    bob.get("/account", "").await;
    bob.get("/account/profile", "").await;
    bob.post("/account/profile", "", &[("name", "Bob"), ("phone", "")]).await;
    bob.post("/account/password", "", &[("current", NEXT), ("password", goods::PASSWORD)]).await;
    bob.get("/account/addresses/new", "").await;
    bob.post("/account/addresses", "", &CONTACT).await;
    let list = bob.client.clone().wanting_json().get("/account/addresses").await.json();
    let address = list["addresses"][0]["id"].as_str().expect("an address").to_owned();
    bob.get("/account/addresses", "").await;
    bob.get("/account/addresses/{id}", &address).await;
    bob.post("/account/addresses/{id}", &address, &CONTACT).await;
    let number = bob.client.buys("MUG", "1", EMAIL).await;
    bob.get("/account/orders", "").await;
    bob.get("/account/orders/{number}", &number).await;
    bob.get("/account/orders/{number}/cancel", &number).await;
    bob.post("/account/orders/{number}/cancel", &number, &[]).await;
    bob.get("/account/addresses/{id}/delete", &address).await;
    bob.post("/account/addresses/{id}/delete", &address, &[]).await;
    // The session's token is gone, as after five minutes: the refresh secret gives the next one.
    bob.client.cookies.remove("__Host-session");
    bob.get("/account", "").await;
    bob.post("/auth/sign-out", "", &[]).await;
}

/// A day in the back office.
async fn staff(shop: &Shop, steps: &mut Vec<Step>) {
    let sold = shop.visitor().buys("MUG", "1", EMAIL).await;
    let cancelled = shop.visitor().buys("MUG", "1", EMAIL).await;
    let mut staff = Tour { client: shop.staff(Role::Owner).await, steps };
    staff.get("/admin", "").await;
    staff.get("/admin/products", "").await;
    staff.get("/admin/products/new", "").await;
    let product = [
        ("name", "A Cap"),
        ("category", "clothes"),
        ("description", "<p>Fine</p>"),
        ("options", "Size: S"),
        ("visible", "true"),
        ("sku.0", "CAP-S"),
        ("values.0", "S"),
        ("price.0", "12.50"),
        ("stock.0", "4"),
        ("seen_stock.0", "4"),
        ("available.0", "true"),
        ("tax_class.0", "standard"),
        ("version", "1"),
    ];
    let id = id_of(&staff.post("/admin/products", "", &product).await);
    staff.get("/admin/products/{id}", &id).await;
    staff.post("/admin/products/{id}", &id, &product).await;
    staff.get("/admin/products/{id}/delete", &id).await;
    staff.post("/admin/products/{id}/delete", &id, &[]).await;
    staff.get("/admin/categories", "").await;
    staff.get("/admin/categories/new", "").await;
    let category = [("name", "Hats"), ("slug", "hats"), ("parent", "clothes"), ("position", "1"), ("version", "1")];
    staff.post("/admin/categories", "", &category).await;
    let hats = shop.table.store.categories().await.expect("categories").iter().find(|c| c.slug.as_str() == "hats").cloned();
    let id = hats.expect("a category").id.to_string();
    staff.get("/admin/categories/{id}", &id).await;
    staff.post("/admin/categories/{id}", &id, &category).await;
    // Moved to the top: the products below it get another path.
    let moved = [("name", "Hats"), ("slug", "hats"), ("parent", ""), ("position", "1"), ("version", "2")];
    staff.post("/admin/categories/{id}", &id, &moved).await;
    let renamed = [("name", "Hats"), ("slug", "headwear"), ("parent", ""), ("position", "1"), ("version", "3")];
    staff.post("/admin/categories/{id}", &id, &renamed).await;
    Tour { client: shop.visitor(), steps: &mut *staff.steps }.get("/categories/{listing}", "hats/name/2/index.html").await;
    staff.get("/admin/categories/{id}/delete", &id).await;
    staff.post("/admin/categories/{id}/delete", &id, &[]).await;
    staff.get("/admin/orders", "").await;
    staff.go(Method::GET, "/admin/orders", "", "?status=pending", &[]).await;
    staff.get("/admin/orders/{number}", &sold).await;
    staff.post("/admin/orders/{number}/status", &sold, &[("status", "processing"), ("version", "1")]).await;
    staff.get("/admin/orders/{number}/cancel", &cancelled).await;
    staff.post("/admin/orders/{number}/cancel", &cancelled, &[]).await;
}

fn id_of(made: &Answer) -> String {
    made.location().rsplit('/').next().unwrap_or_default().to_owned()
}

/// The secret in the newest mail of a kind to an address, as it is sent.
pub async fn link(shop: &Shop, kind: &str, email: &str) -> String {
    let mails = shop.table.items("MAIL#").await;
    let newest = mails.into_iter().filter(|m| m["kind"] == kind && m["to"] == email).max_by_key(|m| m["id"].to_string());
    let mail: Mail = serde_json::from_value(newest.unwrap_or_else(|| panic!("no mail of kind {kind}"))).expect("a mail");
    let words = web::mail::compose(&shop.app, &mail).await.expect("composed").expect("to be sent");
    let rest = words.text.split_once("token=").expect("a link").1;
    rest.split_whitespace().next().unwrap_or_default().to_owned()
}
