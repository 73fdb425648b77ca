use super::{
    images::Fetcher,
    product::{Draft, Picture, draft},
    rows::{self, Group, Remark},
};
use crate::{commands::build::style, data::DataFolder, services::Services};
use anyhow::{Context, Result, bail};
use builder::{Caching, Object};
use domain::{
    catalogue::{Category, CategoryTree, Image, Product},
    settings::Settings,
    text::{Id, Name, Slug},
};
use indicatif::ProgressBar;
use publish::{Bucket, BucketError};
use std::{collections::HashMap, path::Path};
use store::{
    Store,
    catalogue::{CategoryWriteError, ProductWriteError},
};
use tokio::task::JoinSet;

const PLACEHOLDER: &str = "/media/placeholder.svg";

/// What became of the file's products.
#[derive(Debug, Default)]
struct Outcome {
    added: usize,
    changed: usize,
    same: usize,
    refused: usize,
    remarks: Vec<Remark>,
}

/// `shop import FILE.csv`. A product is taken in whole or not at all; one that is there already is brought up to date, its stock
/// aside, which the shop counts.
pub(crate) async fn import(folder: &DataFolder, path: &Path) -> Result<()> {
    let file = std::fs::read(path).with_context(|| format!("cannot open {}", path.display()))?;
    let (groups, remarks) = rows::read(&file).map_err(|why| anyhow::anyhow!("{} {why}", path.display()))?;
    let services = Services::open(folder).await?;
    let outcome = async {
        let fetcher = Fetcher::new().map_err(anyhow::Error::msg)?;
        let mut importer = Importer::new(&services.store, &services.media, fetcher).await?;
        let progress = ProgressBar::new(groups.len() as u64).with_style(style());
        let outcome = importer.take_all(&groups, remarks, &progress).await;
        progress.finish_and_clear();
        outcome.context("the import stopped half-way. Run it again: what is there already stays as it is")
    };
    let outcome = outcome.await;
    services.stop().await;
    report(outcome?, path)
}

fn report(mut outcome: Outcome, path: &Path) -> Result<()> {
    outcome.remarks.sort_by_key(|remark| remark.line);
    for Remark { line, text } in &outcome.remarks {
        println!("line {line}: {text}");
    }
    let Outcome { added, changed, same, refused, .. } = outcome;
    println!("{added} products added, {changed} changed, {same} as they were, {refused} refused");
    if refused > 0 {
        bail!("{refused} products of {} were refused", path.display());
    }
    Ok(())
}

struct Importer<'a> {
    store: &'a Store,
    bucket: &'a Bucket,
    settings: Settings,
    fetcher: Fetcher,
    /// By name, in lower case.
    categories: HashMap<String, Id>,
}

impl<'a> Importer<'a> {
    async fn new(store: &'a Store, bucket: &'a Bucket, fetcher: Fetcher) -> Result<Self> {
        let settings = store.settings().await?.context("there is no shop in this table yet: start it once")?;
        let tree: CategoryTree = store.categories().await?;
        let categories = tree.iter().map(|c| (c.name.as_str().to_lowercase(), c.id.clone())).collect();
        Ok(Self { store, bucket, settings, fetcher, categories })
    }

    /// Takes in a file's products, one after the other. Ends at what the shop's own services do not do.
    async fn take_all(&mut self, groups: &[Group], remarks: Vec<Remark>, progress: &ProgressBar) -> Result<Outcome> {
        let mut outcome = Outcome { remarks, ..Outcome::default() };
        for group in groups {
            match draft(group, self.settings.currency, &mut outcome.remarks) {
                Ok(draft) => self.take_in(draft, &mut outcome).await?,
                Err(wrong) => {
                    outcome.remarks.extend(wrong);
                    outcome.refused += 1;
                }
            }
            progress.inc(1);
        }
        Ok(outcome)
    }

    /// Adds a product or brings it up to date.
    async fn take_in(&mut self, draft: Draft, outcome: &mut Outcome) -> Result<()> {
        let known = match self.store.product_slug(&draft.slug).await? {
            Some(target) => self.store.product(&target.id).await?,
            None => None,
        };
        let category = self.category(&draft.category).await?;
        let images = self.images(&draft, known.as_ref(), &mut outcome.remarks).await?;
        let mut product = known.clone().unwrap_or_else(|| new_product(&draft));
        draft.apply(&mut product);
        product.category = category;
        product.images = images;
        if let Err(error) = product.check() {
            refuse(outcome, &draft, &error);
            return Ok(());
        }
        let written = match &known {
            Some(known) if *known == product => {
                outcome.same += 1;
                return Ok(());
            }
            Some(known) => {
                product.updated_at = clock::now();
                self.store.update_product(known, &product).await.map(|_| ())
            }
            None => self.store.create_product(&product).await,
        };
        match written {
            Ok(()) if known.is_some() => outcome.changed += 1,
            Ok(()) => outcome.added += 1,
            Err(ProductWriteError::Store(error)) => return Err(error.into()),
            Err(error) => refuse(outcome, &draft, &error),
        }
        Ok(())
    }

    /// The category of a name, made at the top where it is missing.
    async fn category(&mut self, name: &Name) -> Result<Id> {
        let key = name.as_str().to_lowercase();
        if let Some(id) = self.categories.get(&key) {
            return Ok(id.clone());
        }
        let wanted = Slug::from_name(name.as_str()).map_or_else(|| "imported".to_owned(), |slug| slug.to_string());
        let mut category = Category {
            id: ids::new_id(),
            slug: wanted.parse()?,
            name: name.clone(),
            parent: None,
            description: String::new(),
            image: None,
            position: 1000,
            version: 1,
        };
        // A category of another name may have the address.
        for number in 2..100 {
            match self.store.create_category(&category).await {
                Err(CategoryWriteError::SlugTaken) => category.slug = format!("{wanted}-{number}").parse()?,
                made => {
                    made?;
                    break;
                }
            }
        }
        self.categories.insert(key, category.id.clone());
        Ok(category.id)
    }

    /// The product's pictures, fetched side by side; a placeholder for each that cannot be had. A picture that was fetched
    /// before is not fetched again.
    async fn images(&self, draft: &Draft, known: Option<&Product>, remarks: &mut Vec<Remark>) -> Result<Vec<Image>> {
        let mut fetches = JoinSet::new();
        for (place, picture) in draft.pictures.iter().cloned().enumerate() {
            let here = known.and_then(|p| p.images.iter().find(|i| i.src.starts_with(&own_path(&picture.address)))).cloned();
            let (from, to) = (self.fetcher.clone(), self.bucket.clone());
            fetches.spawn(async move {
                let image = match here.or_else(|| own_image(&picture)) {
                    Some(image) => Ok(image),
                    None => fetch(&from, &to, &picture).await,
                };
                (place, picture, image)
            });
        }
        let mut images = Vec::new();
        while let Some(fetched) = fetches.join_next().await {
            let (place, picture, image) = fetched?;
            let mut image = match image {
                Ok(image) => image,
                Err(PictureError::Kept(error)) => return Err(error.into()),
                Err(PictureError::Fetched(why)) => {
                    let text = format!("the picture {} {why}; a placeholder stands for it", picture.address);
                    remarks.push(Remark::new(picture.line, text));
                    Image { src: PLACEHOLDER.to_owned(), alt: String::new(), width: 800, height: 800 }
                }
            };
            image.alt = if picture.alt.is_empty() { draft.name.to_string() } else { picture.alt };
            images.push((place, image));
        }
        images.sort_by_key(|(place, _)| *place);
        Ok(images.into_iter().map(|(_, image)| image).collect())
    }
}

/// Where a picture from elsewhere is kept, without the ending of its name.
fn own_path(address: &str) -> String {
    format!("/media/imported/{}", ids::sha256_hex(address).get(..24).unwrap_or_default())
}

/// A picture of this shop itself: exported from here, with its size behind a `#`.
fn own_image(picture: &Picture) -> Option<Image> {
    let (path, size) = picture.address.split_once('#')?;
    let (width, height) = size.split_once('x')?;
    let plain = path.starts_with("/media/") && !path.contains("..");
    plain.then_some(Image { src: path.to_owned(), alt: String::new(), width: width.parse().ok()?, height: height.parse().ok()? })
}

/// Why there is no picture.
#[derive(Debug)]
enum PictureError {
    /// It cannot be had, for these few words.
    Fetched(String),
    /// The shop cannot keep it just now.
    Kept(BucketError),
}

async fn fetch(from: &Fetcher, to: &Bucket, picture: &Picture) -> Result<Image, PictureError> {
    let found = from.fetch(&picture.address).await.map_err(PictureError::Fetched)?;
    let object = Object {
        path: format!("{}.{}", own_path(&picture.address), found.ending),
        content_type: found.content_type,
        caching: Caching::Media,
        location: None,
        body: found.body,
    };
    to.put(&object).await.map_err(PictureError::Kept)?;
    Ok(Image { src: object.path, alt: String::new(), width: found.width, height: found.height })
}

fn new_product(draft: &Draft) -> Product {
    let now = clock::now();
    Product {
        id: ids::new_id(),
        slug: draft.slug.clone(),
        name: draft.name.clone(),
        category: ids::new_id(),
        description: String::new(),
        images: Vec::new(),
        tags: Vec::new(),
        vendor: None,
        options: Vec::new(),
        variants: Vec::new(),
        visible: true,
        featured: false,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

fn refuse(outcome: &mut Outcome, draft: &Draft, error: &dyn std::error::Error) {
    outcome.remarks.push(Remark::new(draft.line, format!("{}: {error}", draft.name)));
    outcome.refused += 1;
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::shopify::images::tests::{PIXEL, answer, anywhere, serve};
    use embedded::{ACCESS_KEY, IN_PROCESS, Keys, REGION, S3, SECRET_KEY};
    use std::time::Duration;
    use store::Service;
    use suite::{Fault, Faults, Table, goods};
    use tempfile::TempDir;
    use tokio::sync::Semaphore;

    /// A table and a bucket, with what goes wrong between them and the import.
    struct Services {
        table: Table,
        media: Bucket,
        objects: Faults,
        file: String,
        fetcher: Fetcher,
        _folder: TempDir,
        _s3: S3,
    }

    impl Services {
        async fn new() -> Self {
            let folder = TempDir::new().unwrap();
            let s3 = S3::start(folder.path(), &Keys::of_tests()).unwrap();
            let objects = Faults::over(s3.client());
            let service = Service::at(IN_PROCESS, ACCESS_KEY, SECRET_KEY, REGION).over(objects.client());
            let media = Bucket::connect("media", &service).await;
            media.create().await.unwrap();
            let table = Table::new().await;
            table.store.put_settings(&goods::settings()).await.unwrap();
            let pictures = serve(vec![answer("200 OK", PIXEL); 40]).await;
            let file = format!(
                "Handle,Title,Type,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src\n\
                 cap,Cap,Hats,Size,S,CAP-S,3,10.00,{pictures}/cap.png\n\
                 cap,,,,M,CAP-M,4,11.00,\n\
                 bowl,Bowl,Kitchen,,,BOWL,5,12.00,{pictures}/bowl.png\n"
            );
            Self { table, media, objects, file, fetcher: anywhere(), _folder: folder, _s3: s3 }
        }

        async fn import(&self) -> Result<Outcome> {
            let (groups, remarks) = rows::read(self.file.as_bytes()).unwrap();
            let mut importer = Importer::new(&self.table.store, &self.media, self.fetcher.clone()).await?;
            importer.take_all(&groups, remarks, &ProgressBar::hidden()).await
        }

        fn calls(&self) -> [usize; 2] {
            [&self.table.faults, &self.objects].map(|faults| faults.sent().start)
        }

        /// Both products and categories, once each, with their pictures.
        async fn are_whole(&self, here: &str) {
            let tree: CategoryTree = self.table.store.categories().await.unwrap();
            let mut names: Vec<String> = tree.iter().map(|category| category.name.to_string()).collect();
            names.sort();
            assert_eq!(names, ["Hats", "Kitchen"], "{here}");
            assert_eq!(self.table.items("PRODUCT#").await.iter().filter(|item| item["sk"] == "PRODUCT").count(), 2, "{here}");
            for (slug, variants, stock) in [("cap", 2, ("CAP-S", 3)), ("bowl", 1, ("BOWL", 5))] {
                let target = self.table.store.product_slug(&goods::parse(slug)).await.unwrap().unwrap();
                let product = self.table.store.product(&target.id).await.unwrap().unwrap();
                assert_eq!((product.variants.len(), product.images.len()), (variants, 1), "{here}");
                assert_eq!(self.table.stock(stock.0).await, stock.1, "{here}");
                let picture = self.media.get(&builder::key_of(&product.images[0].src)).await.unwrap();
                assert_eq!(picture.unwrap().body, PIXEL, "{here}: {}", product.images[0].src);
            }
        }
    }

    /// An import of which one call goes wrong: the nth of the table, or after those the nth of the bucket.
    async fn goes_wrong(fault: Fault, of_bucket: Fault, times: usize, call: usize, of_table: usize) {
        // Most of the time is spent waiting; more at once would be too slow for the import's own patience.
        static PLACES: Semaphore = Semaphore::const_new(16);
        let _place = PLACES.acquire().await.unwrap();
        let here = format!("{fault:?} {times} times at call {call}");
        let services = Services::new().await;
        match call.checked_sub(of_table) {
            None | Some(0) => services.table.faults.from("*", call, times, fault),
            Some(call) => services.objects.from("*", call, times, of_bucket),
        }
        let mut done = 0;
        for _ in 0..8 {
            if let Ok(outcome) = services.import().await {
                assert_eq!((outcome.refused, outcome.remarks.len()), (0, 0), "{here}: {outcome:?}");
                done += 1;
            }
            if done == 2 {
                break;
            }
        }
        assert_eq!(done, 2, "{here}: it does not come to its end");
        services.table.faults.end();
        services.objects.end();
        services.are_whole(&here).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_import_that_ends_half_way_is_completed_by_the_next_one_whatever_happens_to_any_call() {
        let undisturbed = Services::new().await;
        let before = undisturbed.calls();
        assert_eq!(undisturbed.import().await.unwrap().added, 2);
        undisturbed.are_whole("undisturbed").await;
        let after = undisturbed.calls();
        let [of_table, of_bucket] = [after[0] - before[0], after[1] - before[1]];
        assert!(of_table > 6 && of_bucket > 1, "{of_table} and {of_bucket} calls");
        let late = Fault::Late(Duration::from_millis(700));
        let mut all = JoinSet::new();
        for (fault, of_objects) in [
            (Fault::LostRequest, Fault::LostRequest),
            (Fault::LostAnswer, Fault::LostAnswer),
            (Fault::throttled(), Fault::Refused(503, "SlowDown")),
            (Fault::conflict(), Fault::Refused(500, "InternalError")),
            (late.clone(), late),
            (Fault::Twice, Fault::Twice),
        ] {
            for times in [1, 6] {
                for call in 1..=of_table + of_bucket {
                    all.spawn(goes_wrong(fault.clone(), of_objects.clone(), times, call, of_table));
                }
            }
        }
        while let Some(done) = all.join_next().await {
            done.unwrap();
        }
    }
}
