use super::openapi;
use crate::{data::DataFolder, services::Services};
use anyhow::{Context, Result};
use builder::{Object, Site};
use indicatif::{ProgressBar, ProgressStyle};
use render::{ASSETS, Renderer};
use std::path::Path;

/// `shop build --out DIR`: the static site as files. Pictures are in the bucket and are copied too.
pub(crate) async fn run(folder: &DataFolder, out: &Path, base_url: &str) -> Result<()> {
    let services = Services::open(folder).await?;
    let built = build(&services, out, base_url).await;
    services.stop().await;
    let pages = built?;
    say!("{pages} files in {}", out.display());
    Ok(())
}

async fn build(services: &Services, out: &Path, base_url: &str) -> Result<usize> {
    let settings = services.store.settings().await?.context("there is no shop in this table yet: start it once")?;
    let snapshot = services.store.snapshot().await?;
    if snapshot.unreadable > 0 {
        eprintln!("{} things of the catalogue cannot be read and are missing; the log names them", snapshot.unreadable);
    }
    let info = web::site_info(&settings, base_url);
    let renderer = Renderer::new()?;
    let site = Site::new(&snapshot, &info, &renderer);
    let mut files = 0;
    for asset in ASSETS.iter() {
        write(out, &builder::key_of(&asset.path), asset.content)?;
        files += 1;
    }
    if let Some(api) = openapi::object() {
        write(out, &api.key(), &api.body)?;
        files += 1;
    }
    let progress = ProgressBar::new(site.pages().count() as u64).with_style(style());
    for page in site.pages() {
        if let Some(Object { path, body, .. }) = site.render(&page)? {
            write(out, &builder::key_of(&path), &body)?;
            files += 1;
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    for key in services.media.keys().await?.iter().filter(|key| key.starts_with("media/")) {
        if let Some(found) = services.media.get(key).await? {
            write(out, key, &found.body)?;
            files += 1;
        }
    }
    Ok(files)
}

/// How long work shows its progress.
pub(crate) fn style() -> ProgressStyle {
    ProgressStyle::with_template("{wide_bar} {pos} of {len}, {per_sec}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn write(out: &Path, key: &str, body: &[u8]) -> Result<()> {
    let path = out.join(key);
    let write = || -> std::io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, body)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
