//! Things to put into a shop.

use domain::{
    address::Address,
    cart::{Cart, CartLimits, Checkout},
    catalogue::{Category, Image, OptionType, OptionValue, Product, Variant},
    coupon::{Benefit, CouponTerms},
    customer::{Customer, Role},
    money::Money,
    order::PaymentMethod,
    settings::Settings,
    text::Id,
};
use serde_json::json;
use std::{fmt::Debug, str::FromStr};
use store::{
    Store,
    cart::CartKey,
    mail::{Mail, MailKind},
};
use tokio::sync::OnceCell;

/// The password of every account.
pub const PASSWORD: &str = "correct horse battery staple";

/// Parses what is known to be valid.
pub fn parse<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().expect("valid")
}

/// The mail of an order of twenty euros that no table has.
pub fn order_mail(to: &str) -> Mail {
    let (total, payment) = ("€20.00".to_owned(), "Please transfer €20.00.".to_owned());
    Mail::new(MailKind::OrderPlaced { number: parse("ABCDE-ABCDE"), total, payment }, parse(to))
}

/// An amount.
pub fn money(text: &str) -> Money {
    parse(text)
}

/// Euro, tax within prices at 20 % in DE and 0 elsewhere, two shipping methods.
pub fn settings() -> Settings {
    serde_json::from_value(json!({
        "name": "Test Shop", "tagline": "For tests", "promises": [], "hero": null, "email": "shop@shop.example",
        "currency": "EUR",
        "taxes": { "prices_include_tax": true, "home": "DE", "rates": { "DE": { "standard": "20", "reduced": "10" } } },
        "countries": ["DE", "AT"],
        "shipping": [
            { "id": "standard", "name": "Standard", "price": "5.00", "countries": ["DE"], "free_from": "100.00",
              "estimate": "3 days" },
            { "id": "far", "name": "Far", "price": "9.00", "countries": [], "free_from": null, "estimate": "9 days" }
        ],
        "payment": ["bank_transfer", "on_delivery"], "bank_details": "IBAN 123",
        "cart": { "quantity": 99, "lines": 80 }, "version": 0
    }))
    .expect("settings")
}

/// The category of all goods.
pub fn category() -> Category {
    Category {
        id: parse("clothes"),
        slug: parse("clothes"),
        name: parse("Clothes"),
        parent: None,
        description: "To wear.".to_owned(),
        image: None,
        position: 0,
        version: 1,
    }
}

fn product(slug: &str, name: &str, options: Vec<OptionType>, variants: Vec<Variant>) -> Product {
    let moment = parse("2026-01-02T03:04:05Z");
    let bare = Product::new(parse(slug), parse(slug), parse(name), parse("clothes"), moment);
    Product {
        description: "<p>Good.</p>".to_owned(),
        images: vec![image(&format!("/media/{slug}.svg"), name)],
        tags: vec!["good".to_owned()],
        options,
        variants,
        ..bare
    }
}

/// A square picture.
pub fn image(src: &str, alt: &str) -> Image {
    Image { src: src.to_owned(), alt: alt.to_owned(), width: 800, height: 800, origin: None }
}

/// A variant without options.
pub fn variant(sku: &str, price: &str, stock: u32) -> Variant {
    Variant { stock, ..Variant::new(parse(sku), money(price)) }
}

/// `SHIRT-S` (10 units) and `SHIRT-M` (3 units) at 20.00.
pub fn shirt() -> Product {
    let size = |value: &str| vec![OptionValue { name: "Size".to_owned(), value: value.to_owned() }];
    let options = vec![OptionType { name: "Size".to_owned(), values: vec!["S".to_owned(), "M".to_owned()] }];
    let small = Variant { options: size("S"), ..variant("SHIRT-S", "20.00", 10) };
    let medium = Variant { options: size("M"), ..variant("SHIRT-M", "20.00", 3) };
    product("shirt", "Shirt", options, vec![small, medium])
}

/// `MUG` (100 units) at 7.50.
pub fn mug() -> Product {
    product("mug", "Mug", Vec::new(), vec![variant("MUG", "7.50", 100)])
}

/// A product of one variant.
pub fn simple(slug: &str, sku: &str, price: &str, stock: u32) -> Product {
    product(slug, &format!("Thing {slug}"), Vec::new(), vec![variant(sku, price, stock)])
}

/// Ten per cent off everything.
pub fn coupon(code: &str) -> CouponTerms {
    CouponTerms {
        code: parse(code),
        benefit: Benefit::Percentage { percent: 10.into() },
        categories: Vec::new(),
        minimum: None,
        starts_at: None,
        ends_at: None,
        total_limit: None,
        customer_limit: None,
        active: true,
        version: 1,
    }
}

/// An address in Germany.
pub fn address() -> Address {
    Address {
        name: parse("Ada Example"),
        company: None,
        line1: "Am Hang 3".to_owned(),
        line2: None,
        postal_code: Some("10115".to_owned()),
        city: "Berlin".to_owned(),
        region: None,
        country: parse("DE"),
    }
}

/// What a finished checkout has gathered.
pub fn checkout(email: &str) -> Checkout {
    Checkout {
        email: Some(parse(email)),
        phone: None,
        address: Some(address()),
        shipping_method: Some(parse("standard")),
        payment_method: Some(PaymentMethod::BankTransfer),
        account: None,
    }
}

/// A new guest.
pub fn guest() -> CartKey {
    CartKey::Guest(ids::new_secret())
}

/// A stored cart with these units, ready to be ordered.
pub async fn full_cart(store: &Store, of: &CartKey, email: &str, units: &[(&str, u32)]) -> Cart {
    let mut cart = Cart::new(of.id().clone());
    for (sku, quantity) in units {
        let offer = store.offers(&[parse(sku)]).await.expect("offers").remove(&parse(sku)).expect("an offer");
        cart.add(offer, *quantity, CartLimits::default()).expect("in stock");
    }
    cart.checkout = checkout(email);
    store.save_cart(of, &cart).await.expect("saved")
}

/// A customer who is not stored yet.
pub fn customer(email: &str, role: Role) -> Customer {
    Customer {
        id: ids::new_id(),
        email: parse(email),
        email_verified: true,
        name: parse("Ada Example"),
        phone: None,
        addresses: Vec::new(),
        role,
        created_at: clock::now(),
        version: 1,
    }
}

/// Makes an account with [`PASSWORD`].
pub async fn account(store: &Store, email: &str, role: Role) -> Id {
    static HASH: OnceCell<String> = OnceCell::const_new();
    let hash = HASH.get_or_init(|| async { web::password::hash(PASSWORD.to_owned()).await.expect("a hash") }).await;
    let customer = customer(email, role);
    store.create_account(&customer, hash).await.expect("an account");
    customer.id
}

/// The steps of checkout up to the review: their paths, and the fields that are sent there.
pub fn checkout_steps(email: &str) -> [(&'static str, Vec<(&'static str, &str)>); 3] {
    let contact = vec![
        ("email", email),
        ("name", "Ada Example"),
        ("line1", "Am Hang 3"),
        ("postal_code", "10115"),
        ("city", "Berlin"),
        ("country", "DE"),
    ];
    [
        ("/checkout", contact),
        ("/checkout/delivery", vec![("shipping_method", "standard")]),
        ("/checkout/payment", vec![("payment_method", "bank_transfer")]),
    ]
}
