//! Many shoppers at once for the last units of a thing, at the running shop. `make soak` sends the whole crowd.

use anyhow::{Result, ensure};
use browser::{Program, Shop};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};
use tokio::{sync::Barrier, task::JoinSet};

const PRODUCT: &str = "tallow-table-lamp";
const SKU: &str = "HOM-TLAMP-INK";

/// What a shopper sees at the end.
async fn orders(mut shopper: Program, placing: Value, together: Arc<Barrier>) -> String {
    together.wait().await;
    match shopper.post("/checkout/place", &placing).await {
        Ok(answer) if answer.status == 201 => "an order".to_owned(),
        Ok(answer) if answer.status == 409 && answer.text().contains("is sold out.") => "sold out".to_owned(),
        Ok(answer) => format!("{}: {}", answer.status, answer.text()),
        Err(error) => format!("no answer: {error:#}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_shoppers_at_once_each_gets_an_order_or_hears_that_it_is_sold_out() -> Result<()> {
    let shoppers: usize = std::env::var("SHOPPERS").map_or(Ok(50), |number| number.parse())?;
    let units = shoppers / 10;
    let shop = Shop::open().await?;
    let mut owner = Program::new(&shop.address);
    owner.signs_in(&shop.admin).await?;
    owner.stock(PRODUCT, SKU, Some(units)).await?;
    let mut on_their_way = JoinSet::new();
    for _ in 0..shoppers {
        let mut shopper = Program::new(&shop.address);
        on_their_way.spawn(async move { shopper.goes_to_review(SKU).await.map(|placing| (shopper, placing)) });
    }
    let (together, mut placing) = (Arc::new(Barrier::new(shoppers)), JoinSet::new());
    while let Some(ready) = on_their_way.join_next().await {
        let (shopper, request) = ready??;
        placing.spawn(orders(shopper, request, together.clone()));
    }
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    while let Some(answer) = placing.join_next().await {
        *seen.entry(answer?).or_default() += 1;
    }
    let expected = [("an order", units), ("sold out", shoppers - units)].map(|(what, times)| (what.to_owned(), times));
    ensure!(seen == BTreeMap::from(expected), "{shoppers} shoppers for {units} units saw {seen:#?}");
    ensure!(owner.stock(PRODUCT, SKU, None).await? == 0, "what was sold is gone");
    shop.close().await
}
