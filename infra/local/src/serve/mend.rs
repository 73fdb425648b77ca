//! What has got lost of the site since the last start. Pages are published again; what cannot be made again is said.

use crate::{
    commands::demo,
    data::{DataFolder, HOME},
    services::Services,
};
use anyhow::Result;
use publish::Published;
use std::collections::BTreeSet;

/// What the buckets lack, or have damaged.
#[derive(Debug)]
pub(crate) struct Lost {
    /// Where there is no home page, nothing is known of what else was there: keys of all that is.
    there: Option<BTreeSet<String>>,
    /// Keys of what was stored and is gone.
    missing: BTreeSet<String>,
    /// Keys of what is not as it was stored.
    damaged: BTreeSet<String>,
}

impl Lost {
    /// Looks, before the start writes anything.
    pub(crate) async fn find(services: &Services) -> Result<Self> {
        let embedded::Lost { missing, damaged } = services.lost()?;
        let has_home = services.site.has(HOME).await?;
        let there = if has_home { None } else { Some(services.site.keys().await?.into_iter().collect()) };
        Ok(Self { there, missing: missing.into_iter().collect(), damaged: damaged.into_iter().collect() })
    }

    fn keys(&self) -> impl Iterator<Item = &String> {
        self.missing.iter().chain(&self.damaged)
    }

    /// Whether the site has to be published again.
    pub(crate) fn has_pages(&self) -> bool {
        self.there.is_some() || self.keys().any(|key| !is_picture(key))
    }

    fn has_pictures(&self) -> bool {
        self.there.is_some() || self.keys().any(|key| is_picture(key))
    }

    /// Mends what can be mended of pictures.
    pub(crate) async fn restore_pictures(&self, services: &Services) -> Result<()> {
        if self.has_pictures() {
            demo::restore_pictures(&services.store, &services.media).await?;
        }
        Ok(())
    }

    /// What was published again, in words; `None` where that was nothing.
    fn again(&self, published: &Published) -> Option<String> {
        let was_gone = |key: &String| self.there.as_ref().is_some_and(|there| !there.contains(key));
        let damaged = published.uploaded.iter().filter(|key| self.damaged.contains(*key)).count();
        let missing = published.uploaded.iter().filter(|key| self.missing.contains(*key) || was_gone(key)).count();
        match (missing, damaged) {
            (0, 0) => None,
            (1, 0) => Some("1 missing file has".to_owned()),
            (missing, 0) => Some(format!("{missing} missing files have")),
            (0, 1) => Some("1 damaged file has".to_owned()),
            (0, damaged) => Some(format!("{damaged} damaged files have")),
            (missing, damaged) => Some(format!("{missing} missing and {damaged} damaged files have")),
        }
    }

    /// Says what was published again, and what is not to be had. Forgets what the site has no use for any more.
    pub(crate) async fn tell(&self, services: &Services, folder: &DataFolder, published: Option<&Published>) -> Result<()> {
        if let Some(files) = published.and_then(|published| self.again(published)) {
            say!("Site      {files} been published again");
        }
        let pictures = if self.has_pictures() { pictures(services).await? } else { BTreeSet::new() };
        for key in self.keys().filter(|key| !pictures.contains(*key)) {
            let bucket = if is_picture(key) { &services.media } else { &services.site };
            if !bucket.has(key).await? {
                bucket.remove(key).await?;
            }
        }
        let (mut missing, mut damaged) = (0, 0);
        for key in &pictures {
            if !services.media.has(key).await? {
                (missing, damaged) = (missing + 1, damaged + usize::from(self.damaged.contains(key)));
            }
        }
        if missing > 0 {
            let what = if damaged > 0 { "missing or damaged" } else { "missing" };
            let objects = folder.objects();
            let objects = objects.display();
            say!("Pictures  {what}: {missing}; put {objects} back from a backup, or import their products again");
        }
        // All that could be done of these was done.
        services.damage().map(|damage| damage.take());
        Ok(())
    }
}

fn is_picture(key: &str) -> bool {
    key.starts_with("media/")
}

/// Keys of the pictures that the catalogue shows.
async fn pictures(services: &Services) -> Result<BTreeSet<String>> {
    let (catalogue, settings) = tokio::try_join!(services.store.snapshot(), services.store.settings())?;
    let products = catalogue.products.values().flat_map(|product| product.images.iter().map(|image| image.src.as_str()));
    let categories = catalogue.tree.iter().filter_map(|category| category.image.as_deref());
    let hero = settings.as_ref().and_then(|settings| settings.hero.as_deref());
    let paths = products.chain(categories).chain(hero);
    Ok(paths.filter(|path| path.starts_with("/media/")).map(builder::key_of).collect())
}
