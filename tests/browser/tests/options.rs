//! Products with many variants: shoppers choose by option, and without scripts from one list.

use anyhow::{Context, Result, ensure};
use browser::{Browser, Scripts, Shop, Shopper, Width, command, violations};
use fantoccini::Locator;
use std::time::Duration;

/// A frame in two options, one pair of which is sold out and one not made; a rail with a long list of lengths.
fn goods() -> String {
    let mut rows = vec![
        "Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Price,Variant Compare At Price,\
         Variant Inventory Qty,Type"
            .to_owned(),
        "frame,Frame,Size,A4,Wood,Oak,F-A4-OAK,20.00,,9,Frames".to_owned(),
        "frame,,,A4,,Ash,F-A4-ASH,24.00,30.00,2,".to_owned(),
        "frame,,,A3,,Oak,F-A3-OAK,28.00,,9,".to_owned(),
        "frame,,,A3,,Ash,F-A3-ASH,32.00,,0,".to_owned(),
        "frame,,,A2 / wide,,Oak,F-A2-OAK,36.00,,9,".to_owned(),
        "rail,Rail,Length,1 m,Wood,Oak,R-1-OAK,11.00,,9,Rails".to_owned(),
        "rail,,,1 m,,Ash,R-1-ASH,11.50,,9,".to_owned(),
    ];
    for length in 2..=20 {
        let stock = if length == 7 { 0 } else { 9 };
        rows.push(format!("rail,,,{length} m,,Oak,R-{length}-OAK,{}.00,,{stock},", 10 + length));
        rows.push(format!("rail,,,{length} m,,Ash,R-{length}-ASH,{}.50,,9,", 10 + length));
    }
    rows.join("\n")
}

async fn shop_with_goods() -> Result<Shop> {
    let shop = Shop::open().await?;
    let file = shop.data().join("goods.csv");
    std::fs::write(&file, goods())?;
    let imported = command().await?.arg("import").arg(&file).arg("--data").arg(shop.data()).output().await?;
    ensure!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stdout));
    for product in ["frame", "rail"] {
        let page = format!("{}/products/{product}/", shop.address);
        for _ in 0..100 {
            if browser::get(&page).await?.0 == 200 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(shop)
}

/// What the price says, what the line beside the button says, and whether the button can be pressed.
async fn offer(browser: &Browser) -> Result<(String, String, bool)> {
    let says = async |css: &str| browser.client.find(Locator::Css(css)).await?.text().await;
    let button = browser.client.find(Locator::Css("[data-buy] .button")).await?.is_enabled().await?;
    Ok((says("[data-price]").await?, says("[data-state]").await?, button))
}

/// Values that are marked, as who hears the page is told of them.
async fn marked(browser: &Browser) -> Result<Vec<String>> {
    let script = "return [...document.querySelectorAll('[data-option] .gone')].map((one) => one.textContent)";
    Ok(serde_json::from_value(browser.client.execute(script, vec![]).await?)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shopper_chooses_by_option_and_is_told_what_cannot_be_had() -> Result<()> {
    let shop = shop_with_goods().await?;
    for width in [Width::Phone, Width::Desktop] {
        let browser = Browser::open(Scripts::On, width).await?;
        let shopper = Shopper { shop: &shop.address, browser: &browser, scripts: Scripts::On };
        shopper.opens("/products/frame/").await?;
        browser.sees("A4 / Oak · €20.00 · in stock").await?;
        ensure!(marked(&browser).await?.is_empty(), "all can be had from here");
        ensure!(!browser.client.find(Locator::Css("[name=sku]")).await?.is_displayed().await?, "the list of all");

        shopper.picks("Wood", "Ash").await?;
        let (price, line, may_buy) = offer(&browser).await?;
        ensure!(price.contains("€24.00") && price.contains("€30.00"), "{price}");
        ensure!((line.as_str(), may_buy) == ("A4 / Ash · €24.00 (before €30.00) · only 2 left", true), "{line}");
        ensure!(marked(&browser).await? == ["A3 (sold out)", "A2 / wide (not available)"], "{:?}", marked(&browser).await?);

        shopper.picks("Size", "A3").await?;
        let (price, line, may_buy) = offer(&browser).await?;
        ensure!(price == "€32.00" && !may_buy, "{price}");
        ensure!(line == "This combination is sold out.", "{line}");
        shopper.picks("Size", "A2 / wide").await?;
        let (price, line, may_buy) = offer(&browser).await?;
        ensure!(price == "–" && !may_buy, "{price}");
        ensure!(line == "This combination is not available.", "{line}");
        ensure!(violations(&browser).await?.is_empty(), "{:?}", violations(&browser).await?);

        shopper.picks("Wood", "Oak").await?;
        ensure!(offer(&browser).await? == ("€36.00".to_owned(), "A2 / wide / Oak · €36.00 · in stock".to_owned(), true));
        shopper.adds().await?;
        browser.sees("Size: A2 / wide, Wood: Oak").await?;
        ensure!(browser.has("#q-F-A2-OAK").await?, "another variant is in the cart");
        browser.closes().await?;
    }
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_option_with_many_values_is_a_list() -> Result<()> {
    let shop = shop_with_goods().await?;
    for width in [Width::Phone, Width::Desktop] {
        let browser = Browser::open(Scripts::On, width).await?;
        let shopper = Shopper { shop: &shop.address, browser: &browser, scripts: Scripts::On };
        shopper.opens("/products/rail/").await?;
        ensure!(marked(&browser).await? == ["7 m (sold out)"], "{:?}", marked(&browser).await?);
        shopper.picks("Length", "7 m").await?;
        ensure!(!offer(&browser).await?.2, "it is sold out");
        shopper.picks("Wood", "Ash").await?;
        ensure!(offer(&browser).await?.1 == "7 m / Ash · €17.50 · in stock");
        ensure!(violations(&browser).await?.is_empty(), "{:?}", violations(&browser).await?);
        let script = "const page = document.documentElement, row = document.querySelector('[data-buy] .button');
            return [page.scrollWidth > page.clientWidth, row.getBoundingClientRect().top - row.form.getBoundingClientRect().top]";
        let (sideways, down): (bool, f64) = serde_json::from_value(browser.client.execute(script, vec![]).await?)?;
        ensure!(!sideways && down < 400.0, "the button is {down} pixels below the first choice");
        shopper.adds().await?;
        ensure!(browser.has("#q-R-7-ASH").await?, "another variant is in the cart");
        browser.closes().await?;
    }
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_variant_can_be_bought_without_scripts() -> Result<()> {
    let shop = shop_with_goods().await?;
    let browser = Browser::open(Scripts::Off, Width::Phone).await?;
    let shopper = Shopper { shop: &shop.address, browser: &browser, scripts: Scripts::Off };
    for (product, sku) in [("frame", "F-A4-ASH"), ("frame", "F-A3-OAK"), ("frame", "F-A2-OAK"), ("rail", "R-20-ASH")] {
        shopper.opens(&format!("/products/{product}/")).await?;
        browser.chooses("sku", sku).await.with_context(|| sku.to_owned())?;
        shopper.adds().await?;
        ensure!(browser.has(&format!("#q-{sku}")).await?, "{sku} is not in the cart:\n{}", browser.text().await?);
    }
    shopper.opens("/products/frame/").await?;
    let sold_out = browser.client.find(Locator::Css("option[value='F-A3-ASH']")).await?;
    ensure!(!sold_out.is_enabled().await? && sold_out.text().await? == "A3 / Ash · €32.00 · sold out");
    ensure!(!browser.has("[data-option]").await?, "choices that do nothing");
    browser.closes().await?;
    shop.close().await
}
