//! `shop publish`: what a deployed shop needs besides its stack. Sets an empty table up and publishes the whole site.

use super::{demo, openapi};
use crate::{data::DataFolder, services::Services};
use anyhow::{Context, Result, bail};
use builder::{Caching, Object};
use domain::settings::Settings;
use indicatif::{ProgressBar, ProgressStyle};
use publish::Publisher;
use render::Renderer;
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
    let services = Services::open_or_new(folder).await?;
    let done = publish(&services, options, base_url).await;
    services.stop().await;
    let (pages, removed) = done?;
    println!("{pages} files were new or changed, {removed} removed");
    Ok(())
}

async fn publish(services: &Services, options: &PublishOptions, base_url: &str) -> Result<(usize, usize)> {
    let Services { store, site, media, .. } = services;
    if let Some(file) = &options.settings {
        put_settings(store, file).await?;
    }
    if store.settings().await?.is_none() {
        if !options.demo {
            bail!("there is no shop in this table yet: give its --settings FILE, or --demo for the demonstration shop");
        }
        demo::fill(store, media).await.context("the demonstration shop cannot be set up")?;
    }
    upload_files(services).await?;
    let progress = ProgressBar::new_spinner().with_style(style());
    let mut publisher = Publisher::new(store.clone(), site.clone(), Renderer::new()?, base_url);
    let done = publisher.publish_all_telling(|files| progress.set_position(files as u64)).await?;
    progress.finish_and_clear();
    Ok((done.uploaded.len(), done.removed.len()))
}

pub(crate) fn style() -> ProgressStyle {
    ProgressStyle::with_template("{spinner} {pos} files published, {elapsed}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

async fn put_settings(store: &Store, file: &Path) -> Result<()> {
    let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let wanted: Settings = serde_json::from_slice(&text).with_context(|| format!("{} holds no settings", file.display()))?;
    let version = store.settings().await?.map_or(0, |settings| settings.version);
    store.put_settings(&Settings { version, ..wanted }).await?;
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
