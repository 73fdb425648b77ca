//! What has got lost of the site since the last start. Pages are published again; what cannot be made again is said.

use crate::{
    data::{DataFolder, HOME},
    demo,
    services::Services,
};
use anyhow::Result;
use publish::Published;
use std::collections::BTreeSet;

/// What the buckets lack.
#[derive(Debug)]
pub(crate) struct Lost {
    /// There is no home page, so nothing can be said of the others.
    site: bool,
    /// Keys of what was stored and is gone.
    keys: BTreeSet<String>,
}

impl Lost {
    /// Looks, before the start writes anything.
    pub(crate) async fn find(services: &Services) -> Result<Self> {
        Ok(Self { site: !services.site.has(HOME).await?, keys: services.lost()?.into_iter().collect() })
    }

    /// Whether the site has to be published again.
    pub(crate) fn has_pages(&self) -> bool {
        self.site || self.keys.iter().any(|key| !is_picture(key))
    }

    /// Mends what can be mended of pictures.
    pub(crate) async fn restore_pictures(&self, services: &Services) -> Result<()> {
        if self.site || self.keys.iter().any(|key| is_picture(key)) {
            demo::restore_pictures(&services.store, &services.media).await?;
        }
        Ok(())
    }

    /// Says what was published again, and what is not to be had. Forgets what the site has no use for any more.
    pub(crate) async fn tell(&self, services: &Services, folder: &DataFolder, published: Option<&Published>) -> Result<()> {
        let again = |published: &Published| {
            if self.site {
                published.uploaded.len()
            } else {
                published.uploaded.iter().filter(|key| self.keys.contains(*key)).count()
            }
        };
        let again = published.map_or(0, again);
        if again > 0 {
            let files = if again == 1 { "1 missing file has".to_owned() } else { format!("{again} missing files have") };
            println!("Site      {files} been published again");
        }
        let pictures =
            if self.site || self.keys.iter().any(|key| is_picture(key)) { pictures(services).await? } else { BTreeSet::new() };
        for key in services.lost()?.iter().filter(|key| !pictures.contains(*key)) {
            let bucket = if is_picture(key) { &services.media } else { &services.site };
            bucket.remove(key).await?;
        }
        let mut missing = 0;
        for key in &pictures {
            missing += usize::from(!services.media.has(key).await?);
        }
        if missing > 0 {
            let objects = folder.objects();
            let objects = objects.display();
            println!("Pictures  missing: {missing}; put {objects} back from a backup, or import their products again");
        }
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
