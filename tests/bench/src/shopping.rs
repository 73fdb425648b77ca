use crate::{percentile, report::Figures};
use anyhow::{Context, Result, ensure};
use browser::{Shop, command};
use runtime::{Visitor, usage};
use std::time::{Duration, Instant};

const LOOKS: usize = 2_000;
const CHANGES: usize = 500;
const ORDERS: usize = 100;

pub(crate) const ABOUT: &str =
    "One shopper after the other, in a shop that runs as `cargo run --release` starts it. The CPU is that of its
whole process: the embedded database, S3 and publishing are in it.";

/// Latency and CPU of a shopper's steps against the whole shop on this machine, and the memory that it takes.
pub(crate) async fn measure(figures: &mut Figures) -> Result<()> {
    let shop = Shop::open().await?;
    figures.add("first start of the shop, to serving", &format!("{:.2} s", shop.started_in.as_secs_f64()), "5 s");
    stock_up(&shop).await?;
    memory(figures, &shop).await?;
    let mut visitor = visitor(&shop);
    steps(figures, &shop, "look at a product's page", LOOKS, "", async |_| {
        looks(&mut visitor, "/products/tallow-table-lamp/").await
    })
    .await?;
    steps(figures, &shop, "add to cart", CHANGES, "700 us", async |i| {
        if i % 50 == 0 {
            visitor.cookies.clear();
        }
        let answer = visitor.post("/cart/lines", &[("sku", SKU), ("quantity", "1")]).await?;
        ensure!(answer.status == 303, "{}", answer.text());
        Ok(())
    })
    .await?;
    steps(figures, &shop, "look at the cart", CHANGES, "", async |_| looks(&mut visitor, "/cart").await).await?;
    let mut ready = Vec::new();
    for _ in 0..ORDERS {
        let mut visitor = Visitor::new(&shop.address);
        let form = visitor.checks_out(SKU, "ada@example.com").await?;
        ready.push((visitor, form));
    }
    steps(figures, &shop, "place an order", ORDERS, "2000 us", async |i| {
        let (visitor, form) = ready.get_mut(i).context("a cart")?;
        visitor.orders(form).await.map(|_| ())
    })
    .await?;
    steps(figures, &shop, "whole checkout, from an empty cart to the order", ORDERS, "8000 us", async |_| {
        let mut visitor = Visitor::new(&shop.address);
        let form = visitor.checks_out(SKU, "ada@example.com").await?;
        visitor.orders(&form).await.map(|_| ())
    })
    .await?;
    shop.close().await
}

/// A browser that takes compressed answers, for pages that nobody reads here.
fn visitor(shop: &Shop) -> Visitor {
    Visitor::new(&shop.address).with("accept-encoding", "br")
}

async fn looks(visitor: &mut Visitor, path: &str) -> Result<()> {
    let answer = visitor.get(path).await?;
    ensure!(answer.status == 200, "{path}: {}", answer.status);
    Ok(())
}

/// What the process has in memory after a thousand requests of all kinds and after ten thousand.
async fn memory(figures: &mut Figures, shop: &Shop) -> Result<()> {
    const PAGES: [&str; 8] =
        ["/", "/products/tallow-table-lamp/", "/cart", "/auth/sign-in", "/checkout", "/account", "/nothing-here", "/admin"];
    let mut resident = Vec::new();
    let mut visitor = visitor(shop);
    for i in 0..10_000 {
        if i % 10 == 0 {
            visitor.cookies.clear();
            visitor.post("/cart/lines", &[("sku", SKU), ("quantity", "1")]).await?;
        } else {
            let answer = visitor.get(PAGES[i % PAGES.len()]).await?;
            ensure!(answer.status < 500, "{}", answer.status);
        }
        if [1_000, 10_000].contains(&(i + 1)) {
            resident.push(usage(shop.process_id().context("the shop has ended")?)?.resident as f64 / 1e6);
        }
    }
    let (early, late) = (resident[0], resident[1]);
    figures.add("memory after 1,000 and 10,000 requests", &format!("{early:.0}, {late:.0} MB"), "20 MB more");
    Ok(())
}

/// A variant with plenty of stock.
const SKU: &str = "PLENTY";

/// Takes in a product that does not sell out.
async fn stock_up(shop: &Shop) -> Result<()> {
    let file = shop.data().join("plenty.csv");
    std::fs::write(
        &file,
        format!("Handle,Title,Variant SKU,Variant Price,Variant Inventory Qty\nplenty,Plenty,{SKU},9.90,1000000\n"),
    )?;
    let output = command().await?.arg("import").arg(&file).arg("--data").arg(shop.data()).output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

async fn steps(
    figures: &mut Figures,
    shop: &Shop,
    what: &str,
    count: usize,
    budget: &str,
    mut step: impl AsyncFnMut(usize) -> Result<()>,
) -> Result<()> {
    let mut times = Vec::with_capacity(count);
    let before = cpu(shop)?;
    for i in 0..count {
        let start = Instant::now();
        step(i).await?;
        times.push(start.elapsed());
    }
    let own = cpu(shop)?.saturating_sub(before).as_secs_f64() / count as f64 * 1e6;
    let mut at = |hundredths: usize| percentile(&mut times, hundredths).as_secs_f64() * 1e3;
    figures.add(&format!("{what}: median, 95th percentile"), &format!("{:.2}, {:.2} ms", at(50), at(95)), "");
    figures.add(&format!("{what}: CPU"), &format!("{own:.0} us"), budget);
    Ok(())
}

/// CPU the shop's process has used.
pub(crate) fn cpu(shop: &Shop) -> Result<Duration> {
    Ok(usage(shop.process_id().context("the shop has ended")?)?.cpu)
}
