//! Many shoppers at once for the last units of a thing, at the running shop. `make soak` sends the whole crowd.

use anyhow::{Result, ensure};
use browser::{Crowd, Shop};
use suite::FaultyDynamoDb;

fn crowd() -> Result<Crowd> {
    let shoppers: usize = std::env::var("SHOPPERS").map_or(Ok(50), |number| number.parse())?;
    Ok(Crowd { shoppers, units: shoppers / 10 })
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_shoppers_at_once_each_gets_an_order_or_hears_that_it_is_sold_out() -> Result<()> {
    let (crowd, shop) = (crowd()?, Shop::open().await?);
    let seen = crowd.orders(&shop, || ()).await?;
    println!("{crowd:?} saw {seen:?}");
    crowd.is_content(&seen)?;
    shop.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn with_conflicts_and_throttling_each_shopper_still_gets_an_order_or_hears_that_it_is_sold_out() -> Result<()> {
    let (crowd, table) = (crowd()?, FaultyDynamoDb::start().await);
    let shop = Shop::open_at(&table.endpoint).await?;
    let seen = crowd.orders(&shop, || table.faults.of_a_busy_table()).await?;
    println!("{crowd:?} saw {seen:?}, with {} faults", table.faults.met());
    ensure!(table.faults.met() > crowd.shoppers / 10, "{} faults", table.faults.met());
    crowd.is_content(&seen)?;
    shop.close().await?;
    table.stop().await;
    Ok(())
}
