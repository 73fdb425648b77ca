//! The shop's own pictures, written into a folder beside its export.

use super::{
    folder::{PictureFolder, plain_path},
    import::is_placeholder,
};
use crate::commands::build::style;
use anyhow::{Result, bail};
use builder::key_of;
use domain::{catalogue::Snapshot, text::one_line};
use indicatif::ProgressBar;
use publish::Bucket;
use std::{collections::BTreeMap, path::Path};
use tokio::task::JoinSet;

/// As many pictures are read side by side.
const AT_ONCE: usize = 8;
/// As many pictures are named that are missing.
const MOST_NAMED: usize = 20;

/// Writes every picture of products, variants and categories into a folder, and says which are not to be had.
pub(super) async fn save_pictures(snapshot: &Snapshot, bucket: &Bucket, folder: &Path) -> Result<()> {
    let pictures = addresses(snapshot);
    let progress = ProgressBar::new(pictures.len() as u64).with_style(style());
    let saved = save(&pictures, bucket, &PictureFolder::make(folder)?, &progress).await;
    progress.finish_and_clear();
    let missing = saved?;
    say!("{} pictures in {}", pictures.len() - missing.len(), folder.display());
    let placeholders = snapshot.products.values().flat_map(|product| &product.images).filter(|image| is_placeholder(image));
    match placeholders.count() {
        0 => {}
        count => say!("{count} pictures could not be fetched so far: the shop shows a placeholder, and the folder has none"),
    }
    for address in missing.iter().take(MOST_NAMED) {
        say!("missing: {} of {}", one_line(address), pictures.get(address).map_or("", String::as_str));
    }
    match missing.len() {
        0 => Ok(()),
        count => bail!("{count} pictures that the file names are missing in the shop"),
    }
}

/// The addresses of the shop's own pictures, each with what has it. A variant's is one of its product's.
pub(super) fn addresses(snapshot: &Snapshot) -> BTreeMap<String, String> {
    let products = snapshot.products.values().flat_map(|product| {
        let own = product.images.iter().filter(|image| !is_placeholder(image));
        own.map(|image| (image.src.clone(), product.name.to_string()))
    });
    let categories = snapshot.tree.iter().filter_map(|category| Some((category.image.clone()?, category.name.to_string())));
    categories.chain(products).collect()
}

/// Writes pictures; gives the addresses of those that are not there.
pub(super) async fn save(
    pictures: &BTreeMap<String, String>,
    bucket: &Bucket,
    folder: &PictureFolder,
    progress: &ProgressBar,
) -> Result<Vec<String>> {
    let (mut running, mut missing) = (JoinSet::new(), Vec::new());
    for address in pictures.keys().cloned() {
        if running.len() >= AT_ONCE {
            missing.extend(next(&mut running, progress).await?);
        }
        if plain_path(&address).is_none() {
            missing.push(address);
            continue;
        }
        let (bucket, folder) = (bucket.clone(), folder.clone());
        running.spawn(async move {
            let Some(found) = bucket.get(&key_of(&address)).await? else { return Ok(Some(address)) };
            folder.write(&address, &found.body)?;
            Ok(None)
        });
    }
    while !running.is_empty() {
        missing.extend(next(&mut running, progress).await?);
    }
    missing.sort();
    Ok(missing)
}

/// Waits for one picture: its address where it is missing.
async fn next(running: &mut JoinSet<Result<Option<String>>>, progress: &ProgressBar) -> Result<Option<String>> {
    let done = running.join_next().await;
    progress.inc(1);
    done.map_or(Ok(None), |done| done?)
}
