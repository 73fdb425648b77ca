//! The process is killed in the middle of something: what was answered is kept, and what was not can be sent again.

use anyhow::{Result, ensure};
use browser::{Program, Shop, command};
use serde_json::{Value, json};
use std::{fmt::Write, path::Path, process::Stdio, time::Duration};
use tempfile::TempDir;
use tokio::time::sleep;

const PRODUCT: &str = "tallow-table-lamp";
const SKU: &str = "HOM-TLAMP-TERRACOTTA";
/// When it is killed, in milliseconds after the request was sent.
const MOMENTS: [u64; 6] = [0, 3, 8, 15, 30, 80];

/// Sends a request, kills the shop a moment later, and starts it again.
async fn is_killed<A>(shop: Shop<A>, shopper: &Program, path: &str, document: &Value, moment: u64) -> Result<Shop<Again>> {
    let (mut tab, to, what) = (shopper.clone(), path.to_owned(), document.clone());
    let request = tokio::spawn(async move { tab.post(&to, &what).await });
    sleep(Duration::from_millis(moment)).await;
    let data = shop.killed().await?;
    // Its answer has come by then, or never will.
    let _ = request.await?;
    Shop::open_again(data).await
}

/// What a shop prints of the admin that is opened again.
type Again = Option<(String, String)>;

/// Files of the outbox that name an order.
fn mails(outbox: &Path, number: &str) -> Result<usize> {
    let mut found = 0;
    // It is made for the first mail.
    for file in std::fs::read_dir(outbox).into_iter().flatten() {
        let text = std::fs::read_to_string(file?.path())?;
        found += usize::from(text.contains(number));
    }
    Ok(found)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_and_its_cancellation_are_done_once_though_the_shop_is_killed_meanwhile() -> Result<()> {
    let first = Shop::open().await?;
    let admin = first.admin.clone();
    let mut owner = Program::new(&first.address);
    owner.signs_in(&admin).await?;
    let before = owner.stock(PRODUCT, SKU, Some(50)).await?;
    let mut shop = Shop::open_again(first.killed().await?).await?;
    for moment in MOMENTS {
        let mut shopper = Program::new(&shop.address);
        let placing = shopper.goes_to_review(SKU).await?;
        shop = is_killed(shop, &shopper, "/checkout/place", &placing, moment).await?;
        (shopper, owner) = (shopper.at(&shop.address), owner.at(&shop.address));
        let placed = shopper.post("/checkout/place", &placing).await?;
        ensure!(placed.status < 400, "{moment} ms: {} {}", placed.status, placed.text());
        let document: Value = serde_json::from_slice(&placed.body)?;
        let number = document["order"]["number"].as_str().or(document["number"].as_str()).unwrap_or_default().to_owned();
        ensure!(!number.is_empty(), "{moment} ms: {document}");
        ensure!(owner.stock(PRODUCT, SKU, None).await? == before - 1, "{moment} ms: taken once");

        let cancel = format!("/orders/{number}/cancel");
        shop = is_killed(shop, &shopper, &cancel, &json!({}), moment).await?;
        (shopper, owner) = (shopper.at(&shop.address), owner.at(&shop.address));
        let cancelled = shopper.post(&cancel, &json!({})).await?;
        ensure!(cancelled.status < 400, "{moment} ms: {} {}", cancelled.status, cancelled.text());
        ensure!(owner.stock(PRODUCT, SKU, None).await? == before, "{moment} ms: given back once");
        for _ in 0..100 {
            if mails(&shop.outbox(), &number)? > 0 {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        ensure!(mails(&shop.outbox(), &number)? == 1, "{moment} ms: one mail");
    }
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_while_the_shop_is_killed_can_sign_in_again() -> Result<()> {
    let first = Shop::open().await?;
    let admin = first.admin.clone();
    let credentials = json!({ "email": admin.0, "password": admin.1 });
    let mut shop = Shop::open_again(first.killed().await?).await?;
    for moment in [0, 40, 400] {
        let visitor = Program::new(&shop.address);
        shop = is_killed(shop, &visitor, "/auth/sign-in", &credentials, moment).await?;
        let mut owner = Program::new(&shop.address);
        let answer = owner.signs_in(&admin).await?;
        ensure!(answer.status < 400, "{moment} ms: {} {}", answer.status, answer.text());
        ensure!(owner.get("/admin").await?.status == 200, "{moment} ms");
    }
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_is_killed_is_completed_by_the_next_one() -> Result<()> {
    const PRODUCTS: usize = 40;
    let shop = Shop::open().await?;
    let folder = TempDir::new()?;
    let mut file = "Handle,Title,Type,Variant SKU,Variant Inventory Qty,Variant Price\n".to_owned();
    for number in 0..PRODUCTS {
        writeln!(file, "stool-{number},Stool {number},Stools of kind {},STOOL-{number},7,19.00", number % 4)?;
    }
    let path = folder.path().join("stools.csv");
    std::fs::write(&path, file)?;
    let mut import = command().await?;
    import.arg("import").arg(&path).arg("--data").arg(shop.data()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for moment in [50, 150, 300, 600] {
        let mut running = import.spawn()?;
        sleep(Duration::from_millis(moment)).await;
        running.kill().await?;
    }
    let completed = import.output().await?;
    let said = String::from_utf8_lossy(&completed.stdout).into_owned();
    ensure!(completed.status.success(), "{said}{}", String::from_utf8_lossy(&completed.stderr));
    let again = import.output().await?;
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    ensure!(said.contains(&format!("0 products added, 0 changed, {PRODUCTS} as they were, 0 refused")), "{said}");
    let mut owner = Program::new(&shop.address);
    owner.signs_in(&shop.admin).await?;
    for number in [0, PRODUCTS - 1] {
        let page = format!("{}/products/stool-{number}/", shop.address);
        for _ in 0..100 {
            if browser::get(&page).await?.0 == 200 {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        ensure!(browser::get(&page).await?.1.contains(&format!("Stool {number}")));
    }
    let categories = String::from_utf8_lossy(&owner.get("/admin/categories").await?.body).into_owned();
    ensure!(categories.matches("\"Stools of kind ").count() == 4, "each category once: {categories}");
    shop.close().await
}
