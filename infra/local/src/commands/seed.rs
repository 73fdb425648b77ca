use super::build::style;
use crate::{data::DataFolder, services::Services};
use anyhow::{Context, Result};
use builder::synthetic;
use indicatif::ProgressBar;
use store::{
    Store, StoreError,
    catalogue::{CategoryWriteError, ProductWriteError},
};
use tokio::task::JoinSet;

/// Writes at once.
const AT_ONCE: usize = 16;

/// `shop seed --products N`: what is there already stays as it is.
pub(crate) async fn run(folder: &DataFolder, products: usize) -> Result<()> {
    let services = Services::open(folder).await?;
    services.commit_lazily()?;
    let added = add(&services.store, products).await;
    services.stop().await;
    say!("{} products added", added?);
    Ok(())
}

async fn add(store: &Store, count: usize) -> Result<usize> {
    let settings = store.settings().await?.context("there is no shop in this table yet: start it once")?;
    let catalogue = synthetic::catalogue(count, settings.currency);
    // Parents before what is below them.
    for below in [false, true] {
        for category in catalogue.tree.iter().filter(|c| c.parent.is_some() == below) {
            match store.create_category(category).await {
                Ok(()) | Err(CategoryWriteError::Store(StoreError::Conflict)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    let progress = ProgressBar::new(count as u64).with_style(style());
    let mut running = JoinSet::new();
    let mut added = 0;
    for product in catalogue.products.into_values() {
        if running.len() >= AT_ONCE
            && let Some(done) = running.join_next().await
        {
            added += usize::from(done??);
        }
        let (store, progress) = (store.clone(), progress.clone());
        running.spawn(async move {
            let made = match store.create_product(&product).await {
                Ok(()) => Ok(true),
                Err(ProductWriteError::Store(StoreError::Conflict)) => Ok(false),
                Err(error) => Err(error),
            };
            progress.inc(1);
            made
        });
    }
    while let Some(done) = running.join_next().await {
        added += usize::from(done??);
    }
    progress.finish_and_clear();
    Ok(added)
}
