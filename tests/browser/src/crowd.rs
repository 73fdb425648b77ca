use crate::{Program, Shop};
use anyhow::{Result, ensure};
use serde_json::Value;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Barrier, task::JoinSet};

const PRODUCT: &str = "tallow-table-lamp";
const SKU: &str = "HOM-TLAMP-INK";

/// Many shoppers who press the button at the same moment, for the last units of a thing.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    /// How many they are.
    pub shoppers: usize,
    /// How many units there are.
    pub units: usize,
}

/// What the shoppers of a crowd saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// Their order.
    pub orders: usize,
    /// That the thing is sold out.
    pub sold_out: usize,
    /// Another answer: status and text.
    pub errors: Vec<String>,
    /// No answer.
    pub resets: Vec<String>,
    /// From the moment that all press the button to the last answer.
    pub took: Duration,
    /// The stock afterwards.
    pub left: usize,
}

enum Sees {
    Order,
    SoldOut,
    Error(String),
    Reset(String),
}

impl Crowd {
    /// Lets them all go to the review, and place their orders at once; `faults` is called in between.
    pub async fn orders(self, shop: &Shop, faults: impl FnOnce()) -> Result<Seen> {
        let mut owner = Program::new(&shop.address);
        owner.signs_in(&shop.admin).await?;
        owner.stock(PRODUCT, SKU, Some(self.units)).await?;
        let mut on_their_way = JoinSet::new();
        for _ in 0..self.shoppers {
            let mut shopper = Program::new(&shop.address);
            on_their_way.spawn(async move { shopper.goes_to_review(SKU).await.map(|placing| (shopper, placing)) });
        }
        let (together, mut placing) = (Arc::new(Barrier::new(self.shoppers + 1)), JoinSet::new());
        while let Some(ready) = on_their_way.join_next().await {
            let (shopper, request) = ready??;
            placing.spawn(order(shopper, request, together.clone()));
        }
        faults();
        together.wait().await;
        let start = Instant::now();
        let mut seen = Seen::default();
        while let Some(answer) = placing.join_next().await {
            match answer? {
                Sees::Order => seen.orders += 1,
                Sees::SoldOut => seen.sold_out += 1,
                Sees::Error(error) => seen.errors.push(error),
                Sees::Reset(error) => seen.resets.push(error),
            }
        }
        seen.took = start.elapsed();
        seen.left = owner.stock(PRODUCT, SKU, None).await?;
        Ok(seen)
    }

    /// Fails unless each unit is sold once, and everybody else heard that the thing is sold out.
    pub fn is_content(self, seen: &Seen) -> Result<()> {
        let well = seen.errors.is_empty() && seen.resets.is_empty() && seen.left == 0;
        ensure!(well && seen.orders == self.units && seen.sold_out == self.shoppers - self.units, "{self:?} saw {seen:#?}");
        Ok(())
    }
}

async fn order(mut shopper: Program, placing: Value, together: Arc<Barrier>) -> Sees {
    together.wait().await;
    match shopper.post("/checkout/place", &placing).await {
        Ok(answer) if answer.status == 201 => Sees::Order,
        Ok(answer) if answer.status == 409 && answer.text().contains("is sold out.") => Sees::SoldOut,
        Ok(answer) => Sees::Error(format!("{}: {}", answer.status, answer.text())),
        Err(error) => Sees::Reset(format!("{error:#}")),
    }
}
