//! What people type and paste, as it is stored, shown and mailed to.

use domain::{coupon::CouponTerms, customer::Role, settings::Settings};
use http::StatusCode;
use suite::{Answer, Client, Shop, goods};

const UNICODE: &str = "ada@münchen.example";
const ASCII: &str = "ada@xn--mnchen-3ya.example";

/// A shop that sells to these countries alone.
async fn shop_selling_to(countries: &[&str]) -> Shop {
    let shop = Shop::open().await;
    let settings = shop.table.store.settings().await.unwrap().unwrap();
    let countries = countries.iter().map(|code| goods::parse(code)).collect();
    shop.table.store.put_settings(&Settings { countries, ..settings }).await.unwrap();
    shop
}

async fn with_mug(shop: &Shop) -> Client {
    let mut guest = shop.visitor();
    guest.post("/cart/lines", &[("sku", "MUG"), ("quantity", "1")]).await;
    guest
}

/// Sends the first step, with these fields in place of the usual ones.
async fn contact(client: &mut Client, changes: &[(&str, &str)]) -> Answer {
    let usual = [
        ("email", "ada@example.com"),
        ("name", "Ada Example"),
        ("line1", "Am Hang 3"),
        ("postal_code", "10115"),
        ("city", "Berlin"),
        ("country", "DE"),
    ];
    let kept = usual.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let fields: Vec<(&str, &str)> = kept.chain(changes).copied().collect();
    client.post("/checkout", &fields).await
}

#[tokio::test]
async fn what_nobody_sees_is_neither_stored_nor_mailed_to() {
    let shop = Shop::open().await;
    let mut guest = shop.visitor();
    guest.post("/cart/lines", &[("sku", "\u{feff}mug\u{200b}"), ("quantity", "\u{a0}２\u{200e}")]).await;
    let changes = [
        ("email", "\u{202a}ada\u{200b}@example.com\u{feff}"),
        ("phone", "\u{2066}+49\u{a0}30\u{2011}123456\u{2069}"),
        ("name", "Zoe\u{308}\u{a0}M\u{ad}üller"),
        ("company", "\u{200b}"),
        ("line1", "Am\u{2009}Hang 3\u{feff}"),
        ("line2", "2.\u{a0}Stock"),
        ("postal_code", "1\u{200b}0115\u{a0}"),
        ("city", "\u{feff}Berlin"),
        ("country", "DE\u{200e}"),
    ];
    let next = contact(&mut guest, &changes).await;
    assert_eq!(next.status, StatusCode::SEE_OTHER, "{}", next.text);
    guest.post("/checkout/delivery", &[("shipping_method", "standard\u{200b}")]).await;
    guest.post("/checkout/payment", &[("payment_method", "bank_transfer")]).await;
    let review = guest.get("/checkout/review").await;
    let placed = guest.places(&review).await;
    assert_eq!(placed.status, StatusCode::SEE_OTHER, "{}", placed.text);
    let order = shop.table.items("ORDER#").await.remove(0);
    assert_eq!((&order["email"], &order["phone"]), (&"ada@example.com".into(), &"+49 30-123456".into()));
    let address = serde_json::json!({
        "name": "Zoë Müller", "company": null, "line1": "Am Hang 3", "line2": "2. Stock", "postal_code": "10115",
        "city": "Berlin", "region": null, "country": "DE"
    });
    assert_eq!(order["address"], address);
    assert_eq!(order["lines"][0]["quantity"], 2);
    assert_eq!(shop.table.items("MAIL#").await[0]["to"], "ada@example.com");
    let number = order["number"].as_str().unwrap().replace('-', "\u{2011}");
    let found = shop.visitor().post("/orders", &[("number", &number), ("email", "ada@exam\u{ad}ple.com")]).await;
    assert_eq!(found.status, StatusCode::SEE_OTHER, "the look-up understands it too");
}

#[tokio::test]
async fn staff_can_paste_into_every_field() {
    let shop = Shop::open().await;
    let mut staff = shop.staff(Role::Catalogue).await;
    let fields = [
        ("name", "Cafe\u{301}\u{a0}Cap\u{200b}"),
        ("category", "clothes"),
        ("description", "<p>Fi\u{ad}ne\u{a0}one</p>"),
        ("vendor", "\u{feff}Hat\u{a0}Maker"),
        ("options", "\u{200b}Size:\u{a0}S\u{200b}, M"),
        ("images", "/media/x.svg\u{a0}|\u{a0}A\u{200b} cap | ８００x600"),
        ("tags", "ca\u{ad}p,\u{a0}head"),
        ("visible", "true"),
        ("sku.0", "cap\u{2011}s"),
        ("values.0", "S\u{200b}"),
        ("price.0", "１２.50\u{a0}"),
        ("stock.0", "\u{200b}4"),
        ("seen_stock.0", "0"),
        ("weight.0", "\u{a0}"),
        ("available.0", "true"),
    ];
    let made = staff.post("/admin/products", &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let id = made.location().rsplit('/').next().unwrap();
    let product = shop.table.store.product(&goods::parse(id)).await.unwrap().unwrap();
    assert_eq!((product.name.as_str(), product.slug.as_str()), ("Café Cap", "cafe-cap"));
    assert_eq!((product.description.as_str(), product.vendor.as_deref()), ("<p>Fine one</p>", Some("Hat Maker")));
    assert_eq!((product.options[0].name.as_str(), product.options[0].values.join(" ")), ("Size", "S M".to_owned()));
    assert_eq!((product.images[0].alt.as_str(), product.images[0].width), ("A cap", 800));
    assert_eq!(product.tags, ["cap", "head"]);
    let variant = &product.variants[0];
    assert_eq!((variant.sku.as_str(), variant.price, variant.stock), ("CAP-S", goods::money("12.50"), 4));
    let found = staff.get("/admin/products?q=%C2%A0cafe%CC%81%E2%80%8B%C2%A0cap").await;
    assert!(found.text.contains("Café Cap"), "{}", found.text);
    let fields = [("name", "Caps"), ("description", "\u{feff}Two\u{a0}lines\r\nof\u{200b} text"), ("position", "\u{a0}３")];
    let made = staff.post("/admin/categories", &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let categories = shop.table.items("CATEGORY#").await;
    let caps = categories.iter().find(|c| c["name"] == "Caps").unwrap();
    assert_eq!((&caps["description"], &caps["position"]), (&"Two lines\nof text".into(), &3.into()));
}

#[tokio::test]
async fn one_address_is_one_account_however_its_domain_is_written() {
    let shop = Shop::open().await;
    for email in [UNICODE, ASCII, "ADA@MÜNCHEN.example.", "ada＠münchen。example"] {
        let fields = [("name", "Ada"), ("email", email), ("password", goods::PASSWORD)];
        assert_eq!(shop.visitor().post("/auth/sign-up", &fields).await.status, StatusCode::OK, "{email}");
        shop.visitor().signs_in(email).await;
        shop.visitor().post("/auth/forgot", &[("email", email)]).await;
    }
    let accounts = shop.table.items("EMAIL#").await;
    assert_eq!(accounts.iter().map(|a| a["pk"].as_str().unwrap()).collect::<Vec<_>>(), [format!("EMAIL#{ASCII}")]);
    let mails = shop.table.items("MAIL#").await;
    let of = |kind: &str| mails.iter().filter(|m| m["kind"] == kind && m["to"] == ASCII).count();
    assert_eq!((of("verify"), of("already_registered"), of("reset")), (1, 3, 4));
    let mut ada = shop.visitor();
    ada.signs_in(ASCII).await;
    assert!(ada.get("/account/profile").await.text.contains(UNICODE), "people read their own letters");
}

#[tokio::test]
async fn wrong_passwords_count_for_one_account_however_its_domain_is_written() {
    let shop = Shop::open().await;
    goods::account(&shop.table.store, UNICODE, Role::Customer).await;
    shop.visitor().signs_in(ASCII).await;
    for attempt in 0..10 {
        let email = if attempt % 2 == 0 { UNICODE } else { ASCII };
        shop.visitor().post("/auth/sign-in", &[("email", email), ("password", "wrong one here")]).await;
    }
    let locked = shop.visitor().post("/auth/sign-in", &[("email", ASCII), ("password", goods::PASSWORD)]).await;
    assert_eq!(locked.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_coupon_is_used_by_one_address_however_its_domain_is_written() {
    let shop = Shop::open().await;
    let once = CouponTerms { customer_limit: Some(1), ..goods::coupon("ONCE") };
    shop.table.store.put_coupon(&once).await.unwrap();
    let mut orders = Vec::new();
    for email in [UNICODE, ASCII] {
        let mut guest = with_mug(&shop).await;
        let applied = guest.post("/cart/coupon", &[("code", "\u{a0}once\u{200b}")]).await;
        assert_eq!(applied.status, StatusCode::SEE_OTHER, "{}", applied.text);
        let review = guest.checks_out(email).await;
        orders.push(review.text.contains(UNICODE));
        if review.text.contains("Order for €11.75") {
            guest.places(&review).await;
        }
    }
    assert!(orders.iter().all(|shown| *shown), "the review shows the address as people write it");
    let with_coupon = |o: &&serde_json::Value| o["coupon"]["code"] == "ONCE";
    assert_eq!(shop.table.items("ORDER#").await.iter().filter(with_coupon).count(), 1);
}

#[tokio::test]
async fn an_address_that_no_mail_reaches_is_refused_with_the_reason() {
    let shop = Shop::open().await;
    let mut guest = with_mug(&shop).await;
    for (email, words) in [
        ("jürgen@example.com", "has a letter before the @ that our mail cannot be sent to"),
        ("x@Ｍａｉｌｉｎａｔｏｒ.com.", "throw-away"),
        ("x@mail\u{200b}inator.com", "throw-away"),
        ("x@xn--a.example", "is not an e-mail address"),
        ("ada@1.2.3.4", "has a number after the @ where a domain ends"),
    ] {
        let refused = contact(&mut guest, &[("email", email)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{email}");
        assert!(refused.text.contains(words), "{words} is not in {}", refused.text);
    }
}

#[tokio::test]
async fn postal_codes_that_people_write_are_accepted_and_shown_in_their_countrys_form() {
    let cases = [
        ("LU", "L-1234", "1234"),
        ("LT", "LT-01234", "LT-01234"),
        ("LT", "01234", "LT-01234"),
        ("SE", "SE-123 45", "123 45"),
        ("DE", "D-10115", "10115"),
        ("AT", "A-1010", "1010"),
        ("CH", "CH-8001", "8001"),
        ("FI", "FI-00100", "00100"),
        ("DK", "DK-1050", "1050"),
        ("SI", "SI-1000", "1000"),
        ("HR", "HR-10000", "10000"),
        ("LV", "1010", "LV-1010"),
        ("JP", "〒100-0001", "100-0001"),
        ("JP", "１００\u{2011}０００１", "100-0001"),
    ];
    let shop = shop_selling_to(&cases.map(|(country, _, _)| country)).await;
    let mut guest = with_mug(&shop).await;
    for (country, typed, kept) in cases {
        let changes = [("country", country), ("postal_code", typed), ("region", "Kanto"), ("phone", "+1 212 555 0100 x12")];
        let next = contact(&mut guest, &changes).await;
        assert_eq!(next.status, StatusCode::SEE_OTHER, "{country} {typed}: {}", next.text);
        let form = guest.get("/checkout").await;
        assert!(tag(&form, "postal_code").contains(&format!("value=\"{kept}\"")), "{country} {typed}");
        assert!(tag(&form, "phone").contains("value=\"+1 212 555 0100 x12\""));
        let again = contact(&mut guest, &[("country", country), ("postal_code", kept), ("region", "Kanto")]).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER, "{country} {kept}");
    }
}

/// The tag of a field of a page.
fn tag<'a>(page: &'a Answer, name: &str) -> &'a str {
    let start = page.text.find(&format!("<input id=\"{name}\"")).expect("a field");
    page.text[start..].split('>').next().unwrap()
}

#[tokio::test]
async fn a_field_that_not_every_country_has_is_not_required_by_the_page() {
    let shop = shop_selling_to(&["DE", "HK", "AE", "QA", "US"]).await;
    let mut guest = with_mug(&shop).await;
    let form = guest.get("/checkout").await;
    assert!(!tag(&form, "postal_code").contains(" required") && !tag(&form, "region").contains(" required"));
    for name in ["Hong Kong", "United Arab Emirates", "Qatar"] {
        assert!(form.text.contains(&format!(">{name}</option>")), "{name} has its name");
    }
    for (country, region) in [("HK", "Kowloon"), ("AE", "Dubai"), ("QA", "")] {
        let next = contact(&mut guest, &[("country", country), ("region", region), ("postal_code", "")]).await;
        assert_eq!(next.status, StatusCode::SEE_OTHER, "{country}: {}", next.text);
    }
    let refused = contact(&mut guest, &[("country", "US"), ("postal_code", ""), ("region", "")]).await;
    for words in ["Postal code must not be empty", "State or province must not be empty"] {
        assert!(refused.text.contains(words), "{words} is not in {}", refused.text);
    }
    let mut ada = shop.customer("ada@example.com").await;
    let book = ada.get("/account/addresses/new").await;
    assert!(!tag(&book, "postal_code").contains(" required"));
    let shop = shop_selling_to(&["US", "CA"]).await;
    let form = with_mug(&shop).await.get("/checkout").await;
    assert!(tag(&form, "postal_code").contains(" required") && tag(&form, "region").contains(" required"));
}

#[tokio::test]
async fn an_order_is_found_by_its_number_as_people_write_it() {
    let shop = Shop::open().await;
    let number = shop.visitor().buys("MUG", "1", "ada@example.com").await;
    let (first, second) = number.split_once('-').unwrap();
    let mut staff = shop.staff(Role::Orders).await;
    for typed in [
        format!("#{number}"),
        format!("# {}", number.to_lowercase()),
        format!(" {first} - {second} "),
        format!("\u{ff03}{first}{second}"),
        format!("{} {}", first.to_lowercase(), second.to_lowercase()),
    ] {
        let found = shop.visitor().post("/orders", &[("number", &typed), ("email", "ada@example.com")]).await;
        assert_eq!((found.status, found.location()), (StatusCode::SEE_OTHER, &*format!("/orders/{number}")), "{typed:?}");
        let in_an_address = typed.bytes().fold(String::new(), |text, byte| text + &format!("%{byte:02X}"));
        let page = staff.get(&format!("/admin/orders/{in_an_address}")).await;
        assert!(page.status == StatusCode::OK && page.text.contains(&number), "{typed:?}: {}", page.text);
    }
}

/// The fields that a list of errors names, each with its words there.
fn named(page: &str) -> Vec<(&str, &str)> {
    let entries = page.split("<li><a href=\"#").skip(1).filter_map(|rest| rest.split_once("</a>"));
    entries.filter_map(|(entry, _)| entry.split_once("\">")).collect()
}

#[tokio::test]
async fn a_list_of_errors_names_each_field_as_its_label_does() {
    let shop = Shop::open().await;
    let (mut ada, mut owner) = (shop.customer("ada@example.com").await, shop.staff(Role::Owner).await);
    let address = [("name", ""), ("line1", ""), ("line2", &"x".repeat(999)), ("region", &"x".repeat(999)), ("country", "DE")];
    let pages = [
        ada.post("/account/addresses", &address).await,
        contact(&mut with_mug(&shop).await, &[("email", "ada"), ("phone", "1"), ("line1", "")]).await,
        shop.visitor().post("/auth/sign-up", &[("email", "ada"), ("name", ""), ("password", "x")]).await,
        owner.post("/admin/categories", &[("name", ""), ("slug", "A B"), ("position", "x")]).await,
    ];
    let mut seen = Vec::new();
    for page in &pages {
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
        for (field, words) in named(&page.text) {
            let rest = page.text.split_once(&format!("<label for=\"{field}\">")).expect("a label").1;
            let label = rest.split_once('<').expect("its end").0;
            assert!(label.to_lowercase().contains(&words.to_lowercase()), "{field} is called {words}, and labelled {label}");
            seen.push(field);
        }
    }
    for field in ["line1", "line2", "region", "email", "phone", "password", "slug", "position"] {
        assert!(seen.contains(&field), "{field} was not refused: {seen:?}");
    }
}
