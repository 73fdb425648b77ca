//! Pictures of every kind of page at three widths, to look at: `cargo run -p browser --bin look -- FOLDER [dark]`.

use anyhow::Result;
use browser::{Browser, Scripts, Shop, Shopper, Width};
use std::path::Path;

const WIDTHS: [(&str, Width); 3] = [("phone", Width::Phone), ("tablet", Width::Tablet), ("desktop", Width::Desktop)];

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "target/look".to_owned());
    std::fs::create_dir_all(&folder)?;
    let shop = Shop::open().await?;
    for (name, width) in WIDTHS {
        look(&shop, Path::new(&folder), name, width).await?;
    }
    problems(&shop, Path::new(&folder)).await?;
    shop.close().await
}

/// Cart and review of what is not there any more.
async fn problems(shop: &Shop, folder: &Path) -> Result<()> {
    let browser = open(Width::Phone).await?;
    let shopper = Shopper { shop: &shop.address, browser: &browser, scripts: Scripts::On };
    let (email, password) = &shop.admin;
    shopper.signs_in(email, password).await?;
    shopper.puts_in_cart("tallow-table-lamp", "HOM-TLAMP-INK").await?;
    shopper.checks_out(email).await?;
    shopper.finds_too_little_left().await?;
    for (name, width) in WIDTHS {
        for (page, path) in [("cart-problems", "/cart"), ("review-problems", "/checkout/review")] {
            browser.resizes(width).await?;
            shopper.opens(path).await?;
            std::fs::write(folder.join(format!("{page}-{name}.png")), browser.picture().await?)?;
        }
    }
    browser.closes().await
}

async fn open(width: Width) -> Result<Browser> {
    let browser = Browser::open(Scripts::On, width).await?;
    if std::env::args().nth(2).is_some_and(|scheme| scheme == "dark") {
        browser.prefers("dark").await?;
    }
    Ok(browser)
}

async fn look(shop: &Shop, folder: &Path, name: &str, width: Width) -> Result<()> {
    let browser = open(width).await?;
    let shopper = Shopper { shop: &shop.address, browser: &browser, scripts: Scripts::On };
    let take = async |page: &str| -> Result<()> {
        std::fs::write(folder.join(format!("{page}-{name}.png")), browser.picture().await?)?;
        browser.resizes(width).await
    };
    for (page, path) in [
        ("home", "/"),
        ("categories", "/categories/"),
        ("category", "/categories/home/"),
        ("product", "/products/tallow-table-lamp/"),
        ("product-options", "/products/merino-crew-jumper/"),
        ("not-found", "/nothing/here/"),
        ("cart-empty", "/cart"),
        ("sign-in", "/auth/sign-in"),
        ("sign-up", "/auth/sign-up"),
        ("orders-find", "/orders"),
    ] {
        shopper.opens(path).await?;
        take(page).await?;
    }
    let email = format!("ada.{name}@example.com");
    shopper.signs_up(&email).await?;
    let link = shop.mailed(&email, "/auth/verify").await?;
    shopper.opens(&link).await?;
    take("verify").await?;
    browser.types("new_password", "a quite different sentence of mine").await?;
    browser.clicks("form:has([name=new_password]) .button").await?;
    take("verified").await?;
    shopper.forgets_the_password(&email).await?;
    shopper.opens(&shop.mailed(&email, "/auth/reset").await?).await?;
    take("reset").await?;
    shopper.puts_in_cart("tallow-table-lamp", "HOM-TLAMP-TERRACOTTA").await?;
    take("cart").await?;
    browser.clicks("a[href='/checkout']").await?;
    take("checkout-contact").await?;
    shopper.opens("/cart").await?;
    shopper.checks_out(&email).await?;
    take("checkout-review").await?;
    shopper.opens("/checkout/delivery").await?;
    take("checkout-delivery").await?;
    shopper.opens("/checkout/review").await?;
    let number = shopper.orders().await?;
    take("order").await?;
    for (page, path) in [
        ("account", "/account"),
        ("profile", "/account/profile"),
        ("account-orders", "/account/orders"),
        ("addresses", "/account/addresses"),
    ] {
        shopper.opens(path).await?;
        take(page).await?;
    }
    let (email, password) = &shop.admin;
    shopper.signs_in(email, password).await?;
    for (page, path) in [
        ("admin", "/admin".to_owned()),
        ("admin-orders", "/admin/orders".to_owned()),
        ("admin-order", format!("/admin/orders/{number}")),
        ("admin-products", "/admin/products".to_owned()),
        ("admin-product", "/admin/products/tallow-table-lamp".to_owned()),
        ("admin-categories", "/admin/categories".to_owned()),
    ] {
        shopper.opens(&path).await?;
        take(page).await?;
    }
    browser.closes().await
}
