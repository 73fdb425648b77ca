use crate::{percentile, report};
use anyhow::{Context, Result, ensure};
use browser::{Shop, command};
use runtime::{Visitor, usage};
use std::time::{Duration, Instant};

const LOOKS: usize = 2_000;
const CHANGES: usize = 500;
const ORDERS: usize = 100;

/// Latency and CPU of a shopper's steps against the whole shop on this machine. The CPU is that of its process, so the embedded
/// database and S3 are in it.
pub(crate) async fn measure() -> Result<()> {
    let shop = Shop::open().await?;
    report("first start of the shop, to serving", &format!("{:.2} s", shop.started_in.as_secs_f64()), "5 s");
    stock_up(&shop).await?;
    let mut visitor = visitor(&shop);
    steps(&shop, "look at a product's page", LOOKS, "", async |_| looks(&mut visitor, "/products/tallow-table-lamp/").await)
        .await?;
    steps(&shop, "add to cart", CHANGES, "700 us", async |i| {
        if i % 50 == 0 {
            visitor.cookies.clear();
        }
        let answer = visitor.post("/cart/lines", &[("sku", SKU), ("quantity", "1")]).await?;
        ensure!(answer.status == 303, "{}", answer.text());
        Ok(())
    })
    .await?;
    steps(&shop, "look at the cart", CHANGES, "", async |_| looks(&mut visitor, "/cart").await).await?;
    let mut ready = Vec::new();
    for _ in 0..ORDERS {
        let mut visitor = Visitor::new(&shop.address);
        let form = visitor.checks_out(SKU, "ada@example.com").await?;
        ready.push((visitor, form));
    }
    steps(&shop, "place an order", ORDERS, "2000 us", async |i| {
        let (visitor, form) = ready.get_mut(i).context("a cart")?;
        visitor.orders(form).await.map(|_| ())
    })
    .await?;
    steps(&shop, "whole checkout, from an empty cart to the order", ORDERS, "8000 us", async |_| {
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
    report(&format!("{what}: median, 95th percentile"), &format!("{:.2}, {:.2} ms", at(50), at(95)), "");
    report(&format!("{what}: CPU of the whole process"), &format!("{own:.0} us"), budget);
    Ok(())
}

/// CPU the shop's process has used.
fn cpu(shop: &Shop) -> Result<Duration> {
    Ok(usage(shop.process_id().context("the shop has ended")?)?.cpu)
}
