use super::images::Fetcher;
use crate::{commands::build::style, data::DataFolder, services::Services};
use anyhow::{Context, Result, anyhow, bail};
use builder::{Caching, Object};
use domain::{
    catalogue::{Category, CategoryTree, Image, Product},
    settings::Settings,
    text::{Id, Name, Slug},
};
use exchange::{CategoryPath, Column, Draft, MOST_BYTES, Picture, ProductFile, Remark, Unread, draft};
use indicatif::ProgressBar;
use publish::{Bucket, BucketError};
use serde::Serialize;
use std::{collections::HashMap, path::Path};
use store::{
    Store,
    catalogue::{CategoryWriteError, ProductWriteError},
};
use tokio::task::JoinSet;

/// How many products or categories may want the same address.
const MOST_NUMBERS: u32 = 1_000;
const PLACEHOLDER: &str = "/media/placeholder.svg";

/// What became of the file's products.
#[derive(Debug, Default, Serialize)]
struct Outcome {
    added: usize,
    changed: usize,
    same: usize,
    refused: usize,
    remarks: Vec<Remark>,
}

/// All that an import has to say, as JSON.
#[derive(Debug, Serialize)]
struct Report<'a> {
    file: String,
    encoding: &'static str,
    separator: char,
    #[serde(flatten)]
    outcome: &'a Outcome,
    /// What the file says and the shop does not take in.
    unread: &'a Unread,
}

/// `shop import FILE.csv`. A product is taken in whole or not at all; one that is there already is brought up to date, its stock
/// aside, which the shop counts. `report` is where all that is said goes as JSON too.
pub(crate) async fn import(folder: &DataFolder, path: &Path, report: Option<&Path>) -> Result<()> {
    let file = read(path)?;
    let services = Services::open(folder).await?;
    let outcome = async {
        let fetcher = Fetcher::new().map_err(anyhow::Error::msg)?;
        let mut importer = Importer::new(&services.store, &services.media, fetcher).await?;
        let progress = ProgressBar::new(file.len() as u64).with_style(style());
        let outcome = importer.take_all(&file, &progress).await;
        progress.finish_and_clear();
        outcome.context("the import stopped half-way. Run it again: what is there already stays as it is")
    };
    let outcome = outcome.await;
    services.stop().await;
    let mut outcome = outcome?;
    outcome.remarks.sort_by_key(|remark| remark.line);
    if let Some(to) = report {
        write_report(&outcome, &file, path, to)?;
    }
    tell(&outcome, &file, path)
}

fn read(path: &Path) -> Result<ProductFile> {
    let cannot_open = || format!("cannot open {}", path.display());
    let bytes = std::fs::metadata(path).with_context(cannot_open)?.len();
    // Nothing that is too large is read first.
    let file = if bytes > MOST_BYTES {
        Err(exchange::FileError::TooLarge(bytes))
    } else {
        ProductFile::read(std::fs::read(path).with_context(cannot_open)?)
    };
    file.map_err(|why| anyhow!("{} {why}", path.display()))
}

fn write_report(outcome: &Outcome, file: &ProductFile, path: &Path, to: &Path) -> Result<()> {
    let (encoding, separator, unread) = (file.encoding, file.separator, &file.unread);
    let report = Report { file: path.display().to_string(), encoding, separator, outcome, unread };
    std::fs::write(to, serde_json::to_string_pretty(&report)?).with_context(|| format!("cannot write {}", to.display()))
}

fn tell(outcome: &Outcome, file: &ProductFile, path: &Path) -> Result<()> {
    if file.encoding != "UTF-8" {
        println!("The file is not UTF-8; it was read as {}.", file.encoding);
    }
    let Outcome { added, changed, same, refused, remarks } = outcome;
    for Remark { line, text } in remarks {
        println!("line {line}: {text}");
    }
    let mut unread = file.unread.iter().peekable();
    if unread.peek().is_some() {
        println!("Not taken in, because nothing here reads these columns:");
    }
    for (column, places) in unread {
        let lines: Vec<String> = places.first_lines.iter().map(u64::to_string).collect();
        println!("  {column:<40} {:>7} cells, first in line {}", places.cells, lines.join(", "));
    }
    println!("{added} products added, {changed} changed, {same} as they were, {refused} refused");
    if *refused > 0 {
        bail!("{refused} products of {} were refused", path.display());
    }
    Ok(())
}

/// The categories by their names in lower case.
#[derive(Debug, Default)]
struct Categories {
    /// Each below its parent.
    below: HashMap<(Option<Id>, String), Id>,
    /// All of one name.
    called: HashMap<String, Vec<Id>>,
}

impl Categories {
    fn of(tree: &CategoryTree) -> Self {
        let mut categories = Self::default();
        for category in tree.iter() {
            let parent = tree.path(&category.id).into_iter().rev().nth(1).map(|parent| parent.id.clone());
            categories.add(parent, &category.name, category.id.clone());
        }
        categories
    }

    fn add(&mut self, parent: Option<Id>, name: &Name, id: Id) {
        let name = name.as_str().to_lowercase();
        self.called.entry(name.clone()).or_default().push(id.clone());
        self.below.entry((parent, name)).or_insert(id);
    }

    fn below(&self, parent: Option<&Id>, name: &Name) -> Option<Id> {
        self.below.get(&(parent.cloned(), name.as_str().to_lowercase())).cloned()
    }

    /// The category of this name, wherever it is, if there is just one.
    fn only(&self, name: &Name) -> Option<Id> {
        match self.called.get(&name.as_str().to_lowercase()).map(Vec::as_slice) {
            Some([id]) => Some(id.clone()),
            _ => None,
        }
    }
}

struct Importer<'a> {
    store: &'a Store,
    bucket: &'a Bucket,
    settings: Settings,
    fetcher: Fetcher,
    categories: Categories,
}

impl<'a> Importer<'a> {
    async fn new(store: &'a Store, bucket: &'a Bucket, fetcher: Fetcher) -> Result<Self> {
        let settings = store.settings().await?.context("there is no shop in this table yet: start it once")?;
        let categories = Categories::of(&store.categories().await?);
        Ok(Self { store, bucket, settings, fetcher, categories })
    }

    /// Takes in a file's products, one after the other. Ends at what the shop's own services do not do.
    async fn take_all(&mut self, file: &ProductFile, progress: &ProgressBar) -> Result<Outcome> {
        let mut outcome = Outcome { remarks: file.remarks.clone(), refused: file.without_handle, ..Outcome::default() };
        for group in file.products() {
            match draft(&group, self.settings.currency, &mut outcome.remarks) {
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
        let known = self.known(&draft).await?;
        let category = self.category(&draft.category).await?;
        let images = self.images(&draft, known.as_ref(), &mut outcome.remarks).await?;
        let mut product = known.clone().unwrap_or_else(|| new_product(&draft));
        draft.apply(&mut product);
        product.category = category;
        if draft.says(Column::Image) || draft.says(Column::VariantImage) {
            show(&mut product, &draft, images);
        }
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
            None => self.create(product).await,
        };
        match written {
            Ok(()) if known.is_some() => outcome.changed += 1,
            Ok(()) => outcome.added += 1,
            Err(ProductWriteError::Store(error)) => return Err(error.into()),
            Err(error) => refuse(outcome, &draft, &error),
        }
        Ok(())
    }

    /// The product that the file means: the one that came from it before, or one that was made here under this very address.
    async fn known(&self, draft: &Draft) -> Result<Option<Product>> {
        if let Some(product) = self.store.product_of_handle(&draft.handle).await? {
            return Ok(Some(product));
        }
        let Some(target) = self.store.product_slug(&draft.slug).await? else { return Ok(None) };
        let found = self.store.product(&target.id).await?;
        Ok(found.filter(|product| product.handle.is_none() && product.slug.as_str() == draft.handle))
    }

    /// Adds a product, with a number behind its address where another has that.
    async fn create(&self, mut product: Product) -> Result<(), ProductWriteError> {
        let wanted = product.slug.clone();
        for number in 2..=MOST_NUMBERS {
            match self.store.create_product(&product).await {
                Err(ProductWriteError::SlugTaken) => product.slug = wanted.numbered(number),
                done => return done,
            }
        }
        Err(ProductWriteError::SlugTaken)
    }

    /// The category of a path; what is missing of it is made.
    async fn category(&mut self, path: &CategoryPath) -> Result<Id> {
        let mut parent = None;
        let only = path.names().len() == 1;
        for name in path.names() {
            let found = self.categories.below(parent.as_ref(), name).or_else(|| self.categories.only(name).filter(|_| only));
            parent = Some(match found {
                Some(id) => id,
                None => self.make_category(parent, name).await?,
            });
        }
        parent.context("a path has a name")
    }

    async fn make_category(&mut self, parent: Option<Id>, name: &Name) -> Result<Id> {
        let wanted = Slug::from_name(name.as_str()).map_or_else(|| "imported".parse(), Ok)?;
        let mut category = Category {
            id: ids::new_id(),
            slug: wanted.clone(),
            name: name.clone(),
            parent,
            description: String::new(),
            image: None,
            position: 1000,
            version: 1,
        };
        // Another category may have the address.
        for number in 2..=MOST_NUMBERS {
            match self.store.create_category(&category).await {
                Err(CategoryWriteError::SlugTaken) => category.slug = wanted.numbered(number),
                made => {
                    made?;
                    break;
                }
            }
        }
        self.categories.add(category.parent, name, category.id.clone());
        Ok(category.id)
    }

    /// The product's pictures, fetched side by side; a placeholder for each that cannot be had. A picture that was fetched
    /// before is not fetched again.
    async fn images(&self, draft: &Draft, known: Option<&Product>, remarks: &mut Vec<Remark>) -> Result<Vec<Image>> {
        let mut fetches = JoinSet::new();
        for (place, picture) in draft.pictures.iter().cloned().enumerate() {
            let here = known.and_then(|p| p.images.iter().find(|i| is_from(i, &picture.address))).cloned();
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
            let image = match image {
                Ok(image) => image,
                Err(PictureError::Kept(error)) => return Err(error.into()),
                Err(PictureError::Fetched(why)) => {
                    let text = format!("the picture {} {why}; a placeholder stands for it", picture.address);
                    remarks.push(Remark::new(picture.line, text));
                    // It is fetched again by the next import.
                    let origin = Some(picture.address.clone());
                    // Each has a name of its own, by which a variant can have it.
                    let src = format!("{PLACEHOLDER}#{}", file_name(&picture.address));
                    Image { src, alt: String::new(), width: 800, height: 800, origin }
                }
            };
            images.push((place, captioned(image, &picture, draft)));
        }
        images.sort_by_key(|(place, _)| *place);
        Ok(images.into_iter().map(|(_, image)| image).collect())
    }
}

/// Gives a product its pictures, and each variant its own among them: what stands at the same address in the file.
pub(super) fn show(product: &mut Product, draft: &Draft, images: Vec<Image>) {
    for variant in &mut product.variants {
        let own = |address: &String| draft.pictures.iter().position(|picture| picture.address == *address);
        let image = draft.variants.iter().find(|v| v.sku == variant.sku).and_then(|v| v.image.as_ref()).and_then(own);
        if draft.says(Column::VariantImage) {
            variant.image = image.and_then(|place| images.get(place)).map(|image| image.src.clone());
        } else if !images.iter().any(|image| variant.image.as_deref() == Some(&image.src)) {
            variant.image = None;
        }
    }
    product.images = images;
}

/// Whether a picture was fetched from an address. One that could not be is fetched anew.
fn is_from(image: &Image, address: &str) -> bool {
    image.src.starts_with(&own_path(address)) || (image.origin.as_deref() == Some(address) && !is_placeholder(image))
}

/// Whether a picture could not be fetched.
pub(super) fn is_placeholder(image: &Image) -> bool {
    image.src.starts_with(PLACEHOLDER)
}

/// The name of a picture from elsewhere, without its ending.
fn file_name(address: &str) -> String {
    ids::sha256_hex(address).chars().take(24).collect()
}

/// Where a picture from elsewhere is kept, without the ending of its name.
fn own_path(address: &str) -> String {
    format!("/media/imported/{}", file_name(address))
}

/// A picture of this shop itself: exported from here, with its size behind a `#`.
fn own_image(picture: &Picture) -> Option<Image> {
    let (path, size) = picture.address.split_once('#')?;
    let (width, height) = size.split_once('x')?;
    let plain = path.starts_with("/media/") && !path.contains("..");
    plain.then_some(Image {
        src: path.to_owned(),
        alt: String::new(),
        width: width.parse().ok()?,
        height: height.parse().ok()?,
        origin: picture.origin.clone(),
    })
}

/// The pictures of an export from here, with what they show.
#[cfg(test)]
pub(super) fn images_of_this_shop(draft: &Draft) -> Vec<Image> {
    let named = |picture: &Picture| own_image(picture).map(|image| captioned(image, picture, draft));
    draft.pictures.iter().filter_map(named).collect()
}

/// A picture with the words of the file, or else the product's name.
fn captioned(image: Image, picture: &Picture, draft: &Draft) -> Image {
    let alt = if picture.alt.is_empty() { draft.name.to_string() } else { picture.alt.clone() };
    Image { alt, ..image }
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
    Ok(Image {
        src: object.path,
        alt: String::new(),
        width: found.width,
        height: found.height,
        origin: Some(picture.address.clone()),
    })
}

pub(super) fn new_product(draft: &Draft) -> Product {
    let (handle, source) = (Some(draft.handle.clone()), Some(draft.source));
    Product { handle, source, ..Product::new(ids::new_id(), draft.slug.clone(), draft.name.clone(), ids::new_id(), clock::now()) }
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
            let file = ProductFile::read(self.file.clone().into_bytes()).unwrap();
            let mut importer = Importer::new(&self.table.store, &self.media, self.fetcher.clone()).await?;
            importer.take_all(&file, &ProgressBar::hidden()).await
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

    impl Services {
        /// Imports a file: how many products were added, changed, the same and refused.
        async fn takes_in(&mut self, file: &str) -> [usize; 4] {
            file.clone_into(&mut self.file);
            let Outcome { added, changed, same, refused, .. } = self.import().await.unwrap();
            [added, changed, same, refused]
        }

        /// The name and price of the product at an address.
        async fn at(&self, slug: &str) -> Option<(String, String)> {
            let target = self.table.store.product_slug(&goods::parse(slug)).await.unwrap()?;
            let product = self.table.store.product(&target.id).await.unwrap()?;
            Some((product.name.to_string(), product.variants[0].price.to_string()))
        }
    }

    #[tokio::test]
    async fn products_whose_addresses_would_be_the_same_stay_apart_and_a_second_import_changes_nothing() {
        let mut services = Services::new().await;
        let long = "x".repeat(130);
        let file = |price: &str| {
            format!(
                "Handle,Title,Variant SKU,Variant Price\nBlue-Shirt,Cotton,C,{price}\nblue-shirt,Linen,L,20\n\
                 Blue Shirt,Silk,S,30\nчашка-1,Cup,CUP,1\nчашка1,Other cup,CUP1,2\n\
                 {long}a,Long,A,3\n{long}b,Longer,B,4\n"
            )
        };
        assert_eq!(services.takes_in(&file("10")).await, [7, 0, 0, 0]);
        assert_eq!(services.takes_in(&file("10")).await, [0, 0, 7, 0]);
        for (slug, name) in [("blue-shirt", "Cotton"), ("blue-shirt-2", "Linen"), ("blue-shirt-3", "Silk")] {
            assert_eq!(services.at(slug).await.map(|(name, _)| name).as_deref(), Some(name), "{slug}");
        }
        assert_eq!(services.takes_in(&file("11")).await, [0, 1, 6, 0]);
        assert_eq!(services.at("blue-shirt").await.unwrap().1, "11");
    }

    #[tokio::test]
    async fn a_product_that_was_made_here_is_brought_up_to_date_by_its_address_alone() {
        let mut services = Services::new().await;
        services.table.store.create_category(&goods::category()).await.unwrap();
        services.table.store.create_product(&goods::simple("cap", "CAP", "1.00", 1)).await.unwrap();
        let row = |handle: &str, title: &str, sku: &str| {
            format!("Handle,Title,Type,Variant SKU,Variant Price\n{handle},{title},Clothes,{sku},5\n")
        };
        assert_eq!(services.takes_in(&row("cap", "Felt cap", "CAP")).await, [0, 1, 0, 0]);
        assert_eq!(services.at("cap").await, Some(("Felt cap".to_owned(), "5".to_owned())));
        assert_eq!(services.takes_in(&row("Cap", "Another cap", "CAP-2")).await, [1, 0, 0, 0]);
        assert_eq!(services.at("cap-2").await.unwrap().0, "Another cap");
    }

    #[tokio::test]
    async fn categories_of_one_name_stay_apart_by_their_paths() {
        let mut services = Services::new().await;
        let file = "Handle,Title,Product Category,Type,Variant SKU,Variant Price\n\
                    a,A,Women > Boots,,A,1\nb,B,Men > Boots,,B,1\nc,C,Men > Boots,,C,1\nd,D,,Hats,D,1\ne,E,,Boots,E,1\n";
        assert_eq!(services.takes_in(file).await, [5, 0, 0, 0]);
        let tree = services.table.store.categories().await.unwrap();
        let mut paths: Vec<String> =
            tree.iter().map(|c| tree.path(&c.id).iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(" > ")).collect();
        paths.sort();
        assert_eq!(paths, ["Boots", "Hats", "Men", "Men > Boots", "Women", "Women > Boots"]);
        assert_eq!(services.takes_in(file).await, [0, 0, 5, 0]);
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
