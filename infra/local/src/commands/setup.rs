//! `shop publish`: what a deployed shop needs besides its stack. Sets an empty table up and publishes the whole site.

use super::{demo, openapi};
use crate::{
    data::{self, DataFolder},
    serve::Edition,
    services::Services,
};
use anyhow::{Context, Result, anyhow, bail};
use builder::{Caching, Object};
use domain::{money::Currency, settings::Settings};
use indicatif::{ProgressBar, ProgressStyle};
use publish::Publisher;
use render::Renderer;
use serde_json::{Map, Value};
use std::path::Path;
use store::Store;

/// What an empty table becomes.
#[derive(Debug, clap::Args)]
pub(crate) struct PublishOptions {
    /// Makes the demonstration shop where there is no shop yet.
    #[arg(long)]
    demo: bool,
    /// The shop's settings as JSON; they take the place of those that are there.
    #[arg(long)]
    settings: Option<std::path::PathBuf>,
}

pub(crate) async fn run(folder: &DataFolder, options: &PublishOptions, base_url: &str) -> Result<()> {
    let wanted = options.settings.as_deref().map(read_settings).transpose()?;
    let makes_a_shop = options.demo || wanted.is_some();
    let services = if makes_a_shop { Services::open_or_new(folder).await? } else { Services::open(folder).await? };
    // The pages of a shop that runs name its own address.
    let address = services.address().unwrap_or(base_url).to_owned();
    let done = publish(&services, wanted, options.demo, &address).await;
    services.stop().await;
    let Done { pages, removed, settings } = done?;
    if folder.edition().exists() {
        data::write_json(&folder.edition(), &Edition::current(&address, settings))?;
    }
    say!("{pages} files were new or changed, {removed} removed");
    Ok(())
}

/// What was published.
struct Done {
    pages: usize,
    removed: usize,
    /// The settings' version.
    settings: u64,
}

async fn publish(services: &Services, wanted: Option<Settings>, demo: bool, base_url: &str) -> Result<Done> {
    let Services { store, site, media, .. } = services;
    if let Some(wanted) = wanted {
        put_settings(store, wanted).await?;
    }
    if store.settings().await?.is_none() {
        if !demo {
            bail!("there is no shop in this table yet: give its --settings FILE, or --demo for the demonstration shop");
        }
        demo::fill(store, media).await.context("the demonstration shop cannot be set up")?;
    }
    upload_files(services).await?;
    // Before the pages are made: settings that change meanwhile are published at the next start.
    let settings = store.settings().await?.map_or(0, |settings| settings.version);
    let progress = ProgressBar::new_spinner().with_style(style());
    let mut publisher = Publisher::new(store.clone(), site.clone(), Renderer::new()?, base_url);
    let done = publisher.publish_all_telling(|files| progress.set_position(files as u64)).await?;
    progress.finish_and_clear();
    Ok(Done { pages: done.uploaded.len(), removed: done.removed.len(), settings })
}

pub(crate) fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {pos} files published, {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// The settings in a file; an error names the one that cannot be meant.
fn read_settings(file: &Path) -> Result<Settings> {
    let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let no_settings = || format!("{} holds no settings", file.display());
    let mut json = serde_json::Deserializer::from_slice(&text);
    let read: Result<Settings, _> = serde_path_to_error::deserialize(&mut json);
    let wanted = read.map_err(|error| match error.path().to_string().as_str() {
        "." => anyhow!("{}", error.inner()),
        place => anyhow!("“{place}” {}", error.inner()),
    });
    let wanted = wanted.with_context(no_settings)?;
    json.end().with_context(no_settings)?;
    wanted.check().with_context(no_settings)?;
    check_names(&text, &wanted).with_context(no_settings)?;
    Ok(wanted)
}

async fn put_settings(store: &Store, wanted: Settings) -> Result<()> {
    let current = store.settings().await?;
    if let Some(current) = current.as_ref().filter(|current| current.currency != wanted.currency) {
        check_no_prices(store, current.currency, wanted.currency).await?;
    }
    let version = current.map_or(0, |settings| settings.version);
    store.put_settings(&Settings { version, ..wanted }).await?;
    Ok(())
}

/// A name that means nothing is a slip: what it says would be lost.
fn check_names(text: &[u8], wanted: &Settings) -> Result<()> {
    let (typed, known): (Map<String, Value>, Value) = (serde_json::from_slice(text)?, serde_json::to_value(wanted)?);
    let unknown = typed.iter().find(|(name, value)| !value.is_null() && !is_empty(value) && known.get(name).is_none());
    unknown.map_or(Ok(()), |(name, _)| Err(anyhow!("there is no setting “{name}”")))
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

/// Prices are amounts of the currency; in another one they would be other prices.
async fn check_no_prices(store: &Store, current: Currency, wanted: Currency) -> Result<()> {
    let products = store.snapshot().await?.products.len();
    if products > 0 {
        let (current, wanted) = (current.code(), wanted.code());
        bail!("the currency stays {current}: {products} products have prices in it. For {wanted}, start a new data folder");
    }
    Ok(())
}

/// Files of the site that no change in the table makes.
pub(crate) async fn upload_files(services: &Services) -> Result<()> {
    services.media.put(&placeholder()).await?;
    if let Some(api) = openapi::object() {
        services.site.put(&api).await?;
    }
    Ok(())
}

/// What stands for a picture that cannot be had.
fn placeholder() -> Object {
    Object {
        path: "/media/placeholder.svg".to_owned(),
        content_type: "image/svg+xml",
        caching: Caching::Media,
        location: None,
        body: include_bytes!("../../../../site/assets/placeholder.svg").to_vec(),
    }
}
