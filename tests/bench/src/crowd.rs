use anyhow::Result;
use browser::{Crowd, Shop};
use std::fmt::Write;
use suite::FaultyDynamoDb;

const CROWD: Crowd = Crowd { shoppers: 1_000, units: 100 };

const HEAD: &str = "## A crowd for the last units

1,000 shoppers press the button at the same moment, for the last 100 units. *Errors* are answers other than an order or
\"sold out\"; *resets* are connections without an answer. In the second row DynamoDB is in another process, and transactions and
reads fail there.

| | orders | sold out | errors | resets | left | until the last answer |
|---|--:|--:|--:|--:|--:|--:|
";

/// What a thousand shoppers see who want the last hundred units, as a section in Markdown.
pub(crate) async fn measure() -> Result<String> {
    let mut table = HEAD.to_owned();
    let shop = Shop::open().await?;
    row(&mut table, "everything embedded", &shop, || ()).await?;
    shop.close().await?;
    let dynamodb = FaultyDynamoDb::start().await;
    let shop = Shop::open_at(&dynamodb.endpoint).await?;
    row(&mut table, "10 % conflicts, 3 % throttles", &shop, || dynamodb.faults.of_a_busy_table()).await?;
    shop.close().await?;
    dynamodb.stop().await;
    Ok(table)
}

async fn row(table: &mut String, what: &str, shop: &Shop, faults: impl FnOnce()) -> Result<()> {
    let seen = CROWD.orders(shop, faults).await?;
    let (errors, resets, took) = (seen.errors.len(), seen.resets.len(), seen.took.as_secs_f64());
    let (orders, sold_out, left) = (seen.orders, seen.sold_out, seen.left);
    Ok(writeln!(table, "| {what} | {orders} | {sold_out} | {errors} | {resets} | {left} | {took:.1} s |")?)
}
