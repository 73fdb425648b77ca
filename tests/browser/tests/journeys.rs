//! People in front of the whole shop, in a real browser: as guest and as customer, with scripts and without, at a phone and at
//! a desk.

use anyhow::{Context, Result, ensure};
use browser::{Browser, Scripts, Shop, Shopper, Width, violations};

const LAMP: (&str, &str) = ("tallow-table-lamp", "HOM-TLAMP-TERRACOTTA");

/// Units of the lamp that the product's page knows of, from its structured data and words.
async fn page(shop: &Shop, browser: &Browser, slug: &str) -> Result<String> {
    browser.visits(&format!("{}/products/{slug}/", shop.address)).await?;
    browser.text().await
}

async fn buys(shop: &Shop, scripts: Scripts, width: Width, as_customer: bool) -> Result<()> {
    let browser = Browser::open(scripts, width).await?;
    let shopper = Shopper { shop: &shop.address, browser: &browser, scripts };
    let email = format!("ada.{scripts:?}.{width:?}.{as_customer}@example.com").to_lowercase();
    if as_customer {
        shopper.signs_up(&email).await?;
    }
    shopper.puts_in_cart(LAMP.0, LAMP.1).await?;
    browser.sees("Tallow Table Lamp").await?;
    shopper.checks_out(&email).await?;
    let number = shopper.orders().await?;
    browser.sees("€89.00").await?;
    if as_customer {
        shopper.opens("/account/orders").await?;
    } else {
        shopper.opens("/orders").await?;
        browser.types("number", &number).await?;
        browser.types("email", &email).await?;
        browser.clicks("main form .button").await?;
        ensure!(browser.path().await? == format!("/orders/{number}"), "on {}", browser.path().await?);
    }
    browser.sees(&number).await?;
    browser.closes().await
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_buy_with_any_browser() -> Result<()> {
    let shop = Shop::open().await?;
    for as_customer in [false, true] {
        for scripts in [Scripts::On, Scripts::Off] {
            for width in [Width::Phone, Width::Desktop] {
                let journey = buys(&shop, scripts, width, as_customer).await;
                journey.with_context(|| format!("scripts {scripts:?}, {width:?}, customer: {as_customer}"))?;
            }
        }
    }
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_goes_from_the_guest_through_the_back_office_and_is_seen_by_the_guest() -> Result<()> {
    let shop = Shop::open().await?;
    let guest = Browser::open(Scripts::Off, Width::Desktop).await?;
    let shopper = Shopper { shop: &shop.address, browser: &guest, scripts: Scripts::Off };
    ensure!(page(&shop, &guest, LAMP.0).await?.contains("only 3 left"), "the ink blue one");
    shopper.puts_in_cart(LAMP.0, "HOM-TLAMP-INK").await?;
    shopper.checks_out("guest@example.com").await?;
    let number = shopper.orders().await?;

    let desk = Browser::open(Scripts::On, Width::Desktop).await?;
    let staff = Shopper { shop: &shop.address, browser: &desk, scripts: Scripts::On };
    staff.signs_in(&shop.admin.0, &shop.admin.1).await?;
    staff.opens("/admin").await?;
    desk.sees(&number).await?;
    desk.clicks(&format!("a[href='/admin/orders/{number}']")).await?;
    desk.clicks("form[action$='/status'] .button").await?;
    desk.sees("The order is processing now.").await?;
    desk.clicks("form[action$='/status'] .button").await?;
    desk.sees("The order is shipped now.").await?;

    shopper.opens(&format!("/orders/{number}")).await?;
    guest.sees("Shipped").await?;
    ensure!(!guest.text().await?.contains("Cancel this order"), "it is on its way");
    ensure!(page(&shop, &guest, LAMP.0).await?.contains("only 2 left"), "the stock on the page is right");

    let mails = std::fs::read_dir(shop.outbox())?.filter_map(Result::ok);
    let mails: Vec<String> = mails.filter_map(|file| std::fs::read_to_string(file.path()).ok()).collect();
    ensure!(mails.iter().any(|m| m.contains("guest@example.com") && m.contains(&number)), "{mails:?}");
    desk.closes().await?;
    guest.closes().await?;
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_in_the_back_office_is_on_the_site_within_seconds() -> Result<()> {
    let shop = Shop::open().await?;
    let desk = Browser::open(Scripts::On, Width::Desktop).await?;
    let staff = Shopper { shop: &shop.address, browser: &desk, scripts: Scripts::On };
    staff.signs_in(&shop.admin.0, &shop.admin.1).await?;
    staff.opens("/admin/products/seagrass-basket").await?;
    desk.types("name", "Seagrass Basket with a Lid").await?;
    desk.clicks("main form .button").await?;
    desk.sees("Saved.").await?;
    for _ in 0..50 {
        if page(&shop, &desk, "seagrass-basket").await?.contains("Seagrass Basket with a Lid") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    staff.opens("/categories/storage/").await?;
    desk.sees("Seagrass Basket with a Lid").await?;
    desk.closes().await?;
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_has_an_accessibility_violation_or_scrolls_sideways() -> Result<()> {
    let shop = Shop::open().await?;
    let mut found = Vec::new();
    for width in [Width::Phone, Width::Desktop] {
        let browser = Browser::open(Scripts::On, width).await?;
        let shopper = Shopper { shop: &shop.address, browser: &browser, scripts: Scripts::On };
        let mut look = async |page: &str| -> Result<()> {
            for violation in violations(&browser).await? {
                found.push(format!("{page} {width:?}: {violation}"));
            }
            let script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
            if browser.client.execute(script, vec![]).await? != 0 {
                found.push(format!("{page} {width:?}: scrolls sideways"));
            }
            Ok(())
        };
        for path in [
            "/",
            "/categories/",
            "/categories/home/",
            "/products/",
            "/products/tallow-table-lamp/",
            "/products/merino-crew-jumper/",
            "/nothing/",
            "/cart",
            "/auth/sign-in",
            "/auth/sign-up",
            "/auth/forgot",
            "/auth/reset?token=x",
            "/auth/verify?token=x",
            "/orders",
            "/orders/AAAAA-AAAAA",
        ] {
            shopper.opens(path).await?;
            look(path).await?;
        }
        let email = format!("axe.{width:?}@example.com").to_lowercase();
        shopper.signs_up(&email).await?;
        shopper.opens(&shop.mailed(&email, "/auth/verify").await?).await?;
        browser.sees("Choose a new one").await?;
        look("the proof of an address").await?;
        shopper.forgets_the_password(&email).await?;
        shopper.opens(&shop.mailed(&email, "/auth/reset").await?).await?;
        browser.sees("was never confirmed").await?;
        look("a new password").await?;
        shopper.puts_in_cart(LAMP.0, LAMP.1).await?;
        look("a full cart").await?;
        browser.clicks("a[href='/checkout']").await?;
        browser.client.execute("for (const f of document.forms) f.noValidate = true", vec![]).await?;
        browser.clicks("main form[action='/checkout'][method=post] .button").await?;
        browser.sees("Please correct the following").await?;
        look("a refused form").await?;
        shopper.opens("/cart").await?;
        shopper.checks_out(&email).await?;
        look("review").await?;
        for path in ["/checkout", "/checkout/delivery", "/checkout/payment"] {
            shopper.opens(path).await?;
            look(path).await?;
        }
        shopper.opens("/checkout/review").await?;
        let number = shopper.orders().await?;
        look("done").await?;
        for path in ["/account", "/account/orders", "/account/profile", "/account/addresses", "/account/addresses/new"] {
            shopper.opens(path).await?;
            look(path).await?;
        }
        shopper.signs_in(&shop.admin.0, &shop.admin.1).await?;
        for path in [
            "/admin",
            "/admin/orders",
            &format!("/admin/orders/{number}"),
            &format!("/admin/orders/{number}/cancel"),
            "/admin/products",
            "/admin/products/new",
            "/admin/products/tallow-table-lamp",
            "/admin/categories",
            "/admin/categories/new",
        ] {
            shopper.opens(path).await?;
            look(path).await?;
        }
        if width == Width::Desktop {
            // Nobody after this finds a lamp.
            shopper.finds_too_little_left().await?;
            for width in [Width::Desktop, Width::Phone] {
                browser.resizes(width).await?;
                look("a cart of which not all can be had").await?;
            }
        }
        browser.closes().await?;
    }
    ensure!(found.is_empty(), "{}", found.join("\n"));
    shop.close().await
}
