use crate::{data::DataFolder, services::Services};
use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use store::{Moved, Store};

/// `shop migrate`: moves lists to the keys of today; where they have moved, takes the former keys off what still has them.
pub(crate) async fn run(folder: &DataFolder) -> Result<()> {
    let services = Services::open(folder).await?;
    let done = migrate(&services.store).await;
    services.stop().await;
    say!("{}", done?);
    Ok(())
}

async fn migrate(store: &Store) -> Result<String> {
    let style =
        ProgressStyle::with_template("{spinner} {pos} items, {elapsed}").unwrap_or_else(|_| ProgressStyle::default_spinner());
    let progress = ProgressBar::new_spinner().with_style(style);
    let had_moved = store.lists_have_moved().await?;
    let moved = store.move_lists(|items| progress.set_position(items)).await.context("the lists cannot be moved")?;
    let cleared = if had_moved { store.clear_former_keys(|items| progress.set_position(items)).await? } else { Moved::default() };
    progress.finish_and_clear();
    let done = match (had_moved, moved.written + cleared.written) {
        (true, 0) => "Nothing to move: lists are read by the keys of today".to_owned(),
        (true, items) => format!("Lists had moved before; {items} items were tidied up"),
        (false, items) => format!("{items} items moved: lists are read by the keys of today"),
    };
    Ok(match moved.unreadable {
        0 => done,
        items => format!("{done}. {items} items cannot be read and are in no list; the log names them"),
    })
}
