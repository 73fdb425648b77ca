use crate::{Bucket, BucketError};
use builder::{Caching, Changes, Object, PageKey, Site, changes, key_of};
use domain::{
    catalogue::Snapshot,
    text::{Id, Slug},
};
use lambda::{Metric, telemetry};
use render::{ASSETS, RenderError, Renderer, SiteInfo};
use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};
use store::{Store, StoreError, changes::Change};
use tokio::{
    sync::mpsc,
    task::{JoinError, JoinSet, spawn_blocking},
};

/// Uploads at once.
const AT_ONCE: usize = 16;
/// Rendered pages that wait for their upload.
const WAITING: usize = 64;

/// Publishes the catalogue of a table to a bucket.
#[derive(Debug)]
pub struct Publisher {
    store: Store,
    bucket: Bucket,
    renderer: Arc<Renderer>,
    base_url: String,
    published: Option<Kept>,
}

/// The catalogue as it was published, and the turn in which that was.
#[derive(Debug, Clone)]
struct Kept {
    snapshot: Arc<Snapshot>,
    info: Arc<SiteInfo>,
    turn: u64,
}

/// What of the catalogue some changes touch.
struct Touched {
    products: BTreeSet<Id>,
    /// Addresses of products that lead elsewhere, or do so no more.
    slugs: BTreeSet<Slug>,
    /// Any page may look different.
    whole: bool,
}

impl Touched {
    fn of(seen: &[Change]) -> Self {
        let mut touched = Self { products: BTreeSet::new(), slugs: BTreeSet::new(), whole: false };
        for change in seen {
            match change {
                Change::Product(id) => drop(touched.products.insert(id.clone())),
                Change::ProductSlug(slug) => drop(touched.slugs.insert(slug.clone())),
                Change::Categories | Change::CategorySlug(_) | Change::Settings => touched.whole = true,
                Change::Mail(_) | Change::Other => {}
            }
        }
        touched
    }

    fn is_nothing(&self) -> bool {
        self.products.is_empty() && self.slugs.is_empty() && !self.whole
    }
}

/// What publishing did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Published {
    /// Pages rendered.
    pub rendered: usize,
    /// Keys of objects whose content was new.
    pub uploaded: Vec<String>,
    /// Keys of objects taken away.
    pub removed: Vec<String>,
}

/// Why publishing stopped; trying again goes on where it is needed.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bucket.
    #[error(transparent)]
    Bucket(#[from] BucketError),
    /// A page.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// A task ended early.
    #[error("a task of publishing ended: {0}")]
    Task(#[from] JoinError),
}

impl PublishError {
    /// Whether it is a record's own fault: other records can be published nevertheless.
    pub fn is_poison_record(&self) -> bool {
        matches!(self, Self::Render(_) | Self::Store(StoreError::Corrupt(_)))
    }
}

impl Publisher {
    /// Publishes nothing yet. `base_url` is the shop's address without a slash at the end.
    pub fn new(store: Store, bucket: Bucket, renderer: Renderer, base_url: &str) -> Self {
        Self { store, bucket, renderer: Arc::new(renderer), base_url: base_url.to_owned(), published: None }
    }

    /// Brings the whole bucket up to date: every page, the assets; pages that are no more go.
    pub async fn publish_all(&mut self) -> Result<Published, PublishError> {
        self.publish_all_telling(|_| ()).await
    }

    /// The same, and tells how many files are done whenever one is.
    pub async fn publish_all_telling(&mut self, progress: impl Fn(usize)) -> Result<Published, PublishError> {
        let turn = self.take_turn().await?;
        self.publish_all_in(turn, progress).await
    }

    async fn publish_all_in(&mut self, turn: u64, progress: impl Fn(usize)) -> Result<Published, PublishError> {
        let (snapshot, info) = self.read().await?;
        let there = self.bucket.keys().await?;
        let (send, receive) = mpsc::channel(WAITING);
        let pages = {
            let (snapshot, info, renderer) = (snapshot.clone(), info.clone(), self.renderer.clone());
            spawn_blocking(move || render_all(&snapshot, &info, &renderer, &send))
        };
        let (mut published, keys) = self.upload(receive, progress).await?;
        let missing = pages.await? + snapshot.unreadable;
        if missing > 0 {
            tracing::error!(missing, "the catalogue is not whole: what is on the site and was not rendered stays");
        }
        for key in there.into_iter().filter(|key| missing == 0 && is_page(key) && !keys.contains(key)) {
            self.bucket.remove(&key).await?;
            published.removed.push(key);
        }
        self.published = Some(Kept { snapshot, info, turn });
        Ok(published)
    }

    /// Takes the next turn at publishing. Where somebody else had one since, the catalogue that is kept is out of date.
    async fn take_turn(&mut self) -> Result<u64, PublishError> {
        let turn = self.store.take_turn_at_publishing().await?;
        if self.published.as_ref().is_some_and(|kept| kept.turn + 1 != turn) {
            self.published = None;
        }
        Ok(turn)
    }

    /// Publishes what these changes touch.
    pub async fn publish(&mut self, seen: &[Change]) -> Result<Published, PublishError> {
        let touched = Touched::of(seen);
        if touched.is_nothing() {
            return Ok(Published::default());
        }
        let turn = self.take_turn().await?;
        let Some((old, info)) = self.before(&touched).await? else { return self.publish_all_in(turn, |_| ()).await };
        let new = Arc::new(self.changed(&old, &touched).await?);
        let (renderer, before, after, of) = (self.renderer.clone(), old, new.clone(), info.clone());
        let changes = spawn_blocking(move || render_changes(&before, &after, &of, &renderer, touched)).await??;
        let published = self.apply(changes).await?;
        self.published = Some(Kept { snapshot: new, info, turn });
        Ok(published)
    }

    /// Publishes changes together. Where one of them stands in the way, publishes them one by one up to that. `done` is told what
    /// was published. An error comes with the place of the change that was not; all before it were.
    pub async fn publish_until(&mut self, changes: &[Change], done: impl Fn(&Published)) -> Result<(), (usize, PublishError)> {
        match self.publish(changes).await {
            Ok(published) => {
                done(&published);
                return Ok(());
            }
            Err(error) if changes.len() < 2 || !error.is_poison_record() => return Err((0, error)),
            Err(error) => tracing::warn!(%error, "changes cannot be published together"),
        }
        for (at, change) in changes.iter().enumerate() {
            done(&self.publish(std::slice::from_ref(change)).await.map_err(|error| (at, error))?);
        }
        Ok(())
    }

    /// Uploads and removes what a change has made of pages.
    async fn apply(&self, changes: Changes) -> Result<Published, PublishError> {
        let (send, receive) = mpsc::channel(changes.objects.len().max(1));
        for object in changes.objects {
            // The channel has room for all of them.
            let _ = send.send(object).await;
        }
        drop(send);
        let (mut published, _) = self.upload(receive, |_| ()).await?;
        for path in changes.gone {
            let key = key_of(&path);
            self.bucket.remove(&key).await?;
            published.removed.push(key);
        }
        Ok(published)
    }

    /// The catalogue as it was published before. `None` where everything has to be published.
    async fn before(&self, touched: &Touched) -> Result<Option<(Arc<Snapshot>, Arc<SiteInfo>)>, PublishError> {
        match &self.published {
            _ if touched.whole => Ok(None),
            Some(kept) => Ok(Some((kept.snapshot.clone(), kept.info.clone()))),
            None => self.read_as_before(&touched.products).await,
        }
    }

    /// The catalogue and the settings as they are now.
    async fn read(&self) -> Result<(Arc<Snapshot>, Arc<SiteInfo>), PublishError> {
        let (snapshot, settings) = tokio::try_join!(self.store.snapshot(), self.store.settings())?;
        let settings = settings.ok_or_else(|| StoreError::Unavailable("the shop has no settings".to_owned()))?;
        Ok((Arc::new(snapshot), Arc::new(web::site_info(&settings, &self.base_url))))
    }

    /// The catalogue as if these products had just been shown or hidden, whichever they are now: all their listings and old
    /// addresses are touched. `None` where one of them is gone: nobody knows any more where it was shown.
    async fn read_as_before(&self, products: &BTreeSet<Id>) -> Result<Option<(Arc<Snapshot>, Arc<SiteInfo>)>, PublishError> {
        let (snapshot, info) = self.read().await?;
        let mut snapshot = Arc::unwrap_or_clone(snapshot);
        for id in products {
            let Some(product) = snapshot.products.get_mut(id) else { return Ok(None) };
            product.visible = !product.visible;
        }
        Ok(Some((Arc::new(snapshot), info)))
    }

    /// The catalogue with these products and old addresses as they are now.
    async fn changed(&self, old: &Snapshot, Touched { products, slugs, .. }: &Touched) -> Result<Snapshot, PublishError> {
        let mut new = old.clone();
        let ids: Vec<Id> = products.iter().cloned().collect();
        let found = self.store.products(&ids).await?;
        new.products.retain(|id, _| !products.contains(id));
        new.products.extend(found.into_iter().map(|p| (p.id.clone(), p)));
        for slug in slugs {
            match self.store.product_slug(slug).await?.and_then(|target| target.moved_to) {
                Some(to) => new.product_redirects.insert(slug.clone(), to),
                None => new.product_redirects.remove(slug),
            };
        }
        Ok(new)
    }

    /// Uploads what comes, a few at a time; returns what was new, and all keys.
    async fn upload(
        &self,
        mut objects: mpsc::Receiver<Object>,
        progress: impl Fn(usize),
    ) -> Result<(Published, HashSet<String>), PublishError> {
        let mut published = Published::default();
        let mut keys = HashSet::new();
        let mut running: JoinSet<Result<Option<String>, BucketError>> = JoinSet::new();
        while let Some(object) = objects.recv().await {
            published.rendered += 1;
            keys.insert(object.key());
            if running.len() >= AT_ONCE
                && let Some(done) = running.join_next().await
            {
                published.uploaded.extend(done??);
            }
            let bucket = self.bucket.clone();
            running.spawn(async move { Ok(bucket.put(&object).await?.then(|| object.key())) });
            progress(published.rendered - running.len());
        }
        while let Some(done) = running.join_next().await {
            published.uploaded.extend(done??);
        }
        Ok((published, keys))
    }
}

/// The pages that differ between two catalogues, and the addresses that lead elsewhere or nowhere.
fn render_changes(
    before: &Snapshot,
    after: &Snapshot,
    info: &SiteInfo,
    renderer: &Renderer,
    Touched { products, slugs, .. }: Touched,
) -> Result<Changes, RenderError> {
    let (before, after) = (Site::new(before, info, renderer), Site::new(after, info, renderer));
    let mut changes = changes(&before, &after, &products)?;
    for slug in slugs {
        let path = format!("/products/{slug}/");
        if changes.objects.iter().any(|o| o.path == path) {
            continue;
        }
        let in_use = after.has_product_page(&slug);
        match after.render(&PageKey::ProductRedirect(slug))? {
            Some(redirect) => changes.objects.push(redirect),
            None if !in_use => changes.gone.push(path),
            None => {}
        }
    }
    Ok(changes)
}

/// Assets first: no page is there before what it needs. Returns how many pages cannot be rendered: they keep no other from it.
fn render_all(snapshot: &Snapshot, info: &SiteInfo, renderer: &Renderer, send: &mpsc::Sender<Object>) -> usize {
    let site = Site::new(snapshot, info, renderer);
    for object in assets() {
        if send.blocking_send(object).is_err() {
            return 0;
        }
    }
    let mut failed = 0;
    for page in site.pages() {
        match site.render(&page) {
            Ok(Some(object)) => {
                if send.blocking_send(object).is_err() {
                    // Who uploads has stopped, and says why.
                    return failed;
                }
            }
            Ok(None) => {}
            Err(error) => {
                failed += 1;
                telemetry::count(Metric::PassedOver, 1);
                tracing::error!(?page, %error, "a page cannot be rendered and is passed over");
            }
        }
    }
    failed
}

/// Style sheets, scripts and icons.
fn assets() -> impl Iterator<Item = Object> {
    ASSETS.iter().map(|asset| Object {
        path: asset.path.clone(),
        content_type: asset.content_type,
        caching: if asset.is_fingerprinted() { Caching::Forever } else { Caching::Media },
        location: None,
        body: asset.content.to_vec(),
    })
}

/// Pages go when they are not rendered any more; pictures stay, and assets that an open page may still ask for.
fn is_page(key: &str) -> bool {
    !["assets/", "media/", "api/"].iter().any(|folder| key.starts_with(folder))
}
