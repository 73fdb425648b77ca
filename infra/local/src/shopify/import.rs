mod categories;
mod pictures;
mod report;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod turn;

#[cfg(test)]
pub(super) use pictures::images_of_this_shop;
pub(super) use pictures::{is_placeholder, show};

use super::{folder::PictureFolder, images::Fetcher};
use crate::{commands::build::style, data::DataFolder, serve, services::Services};
use anyhow::{Context, Result, anyhow, ensure};
use categories::Categories;
use domain::{
    catalogue::{Product, Source},
    settings::Settings,
    text::{Name, Sku, Slug},
};
use exchange::{CategoryMap, Column, Draft, MOST_BYTES, ProductFile, Remark, draft};
use indicatif::ProgressBar;
use pictures::{Pictures, images};
use report::{Outcome, check_complete, tell, write_refusal, write_report};
use std::{
    collections::{HashMap, HashSet},
    fs::{File, OpenOptions},
    io::Read,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use store::{Store, catalogue::ProductWriteError};
use turn::Turn;

/// What `shop import` is given.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportOptions {
    /// The CSV file.
    file: PathBuf,
    /// Writes what the import says into this file too, as JSON.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Takes pictures of this shop's kind from a folder that `export --with-pictures` has written.
    #[arg(long, value_name = "FOLDER")]
    with_pictures: Option<PathBuf>,
    /// A CSV file that says which category of this shop (column `to`) stands for which of the file (column `from`). Categories
    /// below one that is named move along with it.
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
}

/// How many products or categories may want the same address, name or SKU.
const MOST_NUMBERS: u32 = 1_000;

/// `shop import FILE.csv`. A product is taken in whole or not at all; one that is there already is brought up to date, its stock
/// aside, which the shop counts.
pub(crate) async fn import(folder: &DataFolder, options: &ImportOptions) -> Result<()> {
    if let Some(to) = &options.report {
        let [file, report] = [&options.file, to].map(|path| path.canonicalize().ok());
        ensure!(file.is_none() || file != report, "the report would take the place of {}", options.file.display());
        // Known before anything is taken in.
        OpenOptions::new().create(true).append(true).open(to).with_context(|| format!("cannot write {}", to.display()))?;
    }
    let Prepared { file, pictures, map, services, mut turn } = match prepare(folder, options).await {
        Ok(prepared) => prepared,
        Err(why) => {
            options.report.as_deref().map(|to| write_refusal(&why, &options.file, to)).transpose()?;
            return Err(why);
        }
    };
    let mut outcome = Outcome::default();
    let done = async {
        let (stop, progress) = (asked_to_stop()?, ProgressBar::new(file.len() as u64).with_style(style()));
        let pictures = Pictures::new(Fetcher::new().map_err(anyhow::Error::msg)?, &services.media, pictures);
        let mut importer = Importer::new(&services.store, pictures, map).await?;
        let done = tokio::select! {
            done = importer.take_all(&file, &mut outcome, &stop, &progress) => done,
            () = turn.lost() => Err(anyhow!("this import has stood still, and another one has begun")),
        };
        progress.finish_and_clear();
        done.context("the import ended half-way. Run it again: it goes on where it ended")
    };
    let done = done.await;
    turn.give_back().await;
    services.stop().await;
    outcome.remarks.sort_by_key(|remark| remark.line);
    if let Some(to) = &options.report {
        write_report(&outcome, &file, &options.file, done.as_ref().err(), to)?;
    }
    tell(&outcome, &file);
    done?;
    check_complete(&outcome, &options.file)
}

/// What an import needs before it takes anything in.
struct Prepared {
    file: ProductFile,
    pictures: Option<PictureFolder>,
    map: CategoryMap,
    services: Services,
    turn: Turn,
}

async fn prepare(folder: &DataFolder, options: &ImportOptions) -> Result<Prepared> {
    let file = read(&options.file)?;
    let pictures = options.with_pictures.as_deref().map(PictureFolder::open).transpose()?;
    let map = options.map.as_deref().map(read_map).transpose()?.unwrap_or_default();
    let services = Services::open(folder).await?;
    services.commit_lazily()?;
    match Turn::take(&services.store).await {
        Ok(turn) => Ok(Prepared { file, pictures, map, services, turn }),
        Err(why) => {
            services.stop().await;
            Err(why)
        }
    }
}

/// What is true from the first Ctrl-C on: the product at hand is still taken in. At the second the program ends.
fn asked_to_stop() -> Result<Arc<AtomicBool>> {
    let asked = Arc::new(AtomicBool::new(false));
    let (first, told) = (serve::asked_to_stop()?, asked.clone());
    tokio::spawn(async move {
        first.await;
        told.store(true, Ordering::Relaxed);
        eprintln!("Stopping after this product; Ctrl-C again ends at once.");
        if let Ok(second) = serve::asked_to_stop() {
            second.await;
            std::process::exit(130);
        }
    });
    Ok(asked)
}

fn read(path: &Path) -> Result<ProductFile> {
    let cannot_open = || format!("cannot open {}", path.display());
    let said = std::fs::metadata(path).with_context(cannot_open)?.len();
    // Nothing that is too large is read first.
    let file = if said > MOST_BYTES {
        Err(exchange::FileError::TooLarge(said))
    } else {
        let mut bytes = Vec::with_capacity(usize::try_from(said + 1)?);
        // A file may have more than it says.
        File::open(path).with_context(cannot_open)?.take(MOST_BYTES + 1).read_to_end(&mut bytes).with_context(cannot_open)?;
        match bytes.len() as u64 {
            read if read > MOST_BYTES => Err(exchange::FileError::TooLarge(read)),
            _ => ProductFile::read(bytes),
        }
    };
    file.map_err(|why| anyhow!("{} {why}", path.display()))
}

fn read_map(path: &Path) -> Result<CategoryMap> {
    let cannot_open = || format!("cannot open {}", path.display());
    let mut bytes = Vec::new();
    File::open(path).with_context(cannot_open)?.take(MOST_BYTES).read_to_end(&mut bytes).with_context(cannot_open)?;
    CategoryMap::read(bytes).map_err(|why| anyhow!("{} {why}", path.display()))
}

struct Importer<'a> {
    store: &'a Store,
    settings: Settings,
    pictures: Pictures,
    map: CategoryMap,
    categories: Categories,
    numbers: Numbers,
}

/// The numbers that stand behind addresses, names and SKUs which others have: each is tried once.
#[derive(Debug, Default)]
struct Numbers(HashMap<String, u32>);

impl Numbers {
    fn next(&mut self, of: impl ToString) -> u32 {
        let number = self.0.entry(of.to_string()).or_insert(1);
        *number += 1;
        *number
    }
}

impl<'a> Importer<'a> {
    async fn new(store: &'a Store, pictures: Pictures, map: CategoryMap) -> Result<Self> {
        let settings = store.settings().await?.context("there is no shop in this table yet: start it once")?;
        let categories = Categories::of(&store.categories().await?);
        Ok(Self { store, settings, pictures, map, categories, numbers: Numbers::default() })
    }

    /// Takes in a file's products, one after the other. Ends at what the shop's own services do not do, and where it is asked to
    /// stop.
    async fn take_all(
        &mut self,
        file: &ProductFile,
        outcome: &mut Outcome,
        stop: &AtomicBool,
        progress: &ProgressBar,
    ) -> Result<()> {
        outcome.remarks.clone_from(&file.remarks);
        (outcome.refused, outcome.left) = (file.without_handle, file.len());
        let listed = self.map.relist(&file.categories);
        self.categories.take_in(&listed.iter().collect::<Vec<_>>(), (&self.pictures, self.store), &mut outcome.remarks).await?;
        for group in file.products() {
            outcome.categories = self.categories.counts;
            if stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            match draft(&group, self.settings.currency, &mut self.map, &mut outcome.remarks) {
                Ok(draft) => self.take_in(draft, outcome).await?,
                Err(wrong) => {
                    outcome.remarks.extend(wrong);
                    outcome.refused += 1;
                }
            }
            outcome.left = outcome.left.saturating_sub(1);
            progress.inc(1);
        }
        outcome.categories = self.categories.counts;
        outcome.remarks.extend(self.map.unused());
        Ok(())
    }

    /// Adds a product or brings it up to date.
    async fn take_in(&mut self, draft: Draft, outcome: &mut Outcome) -> Result<()> {
        self.categories.keep();
        let known = self.known(&draft).await?;
        let images = images(&self.pictures, &draft, known.as_ref(), &mut outcome.remarks).await?;
        let mut product = known.clone().unwrap_or_else(|| new_product(&draft));
        let mut applied = Vec::new();
        let left_alone = draft.apply(&mut product, &mut applied);
        show(&mut product, &draft, images);
        if let Err(error) = product.check() {
            refuse(outcome, &draft, &error);
            return Ok(());
        }
        if known.is_none() || draft.says_category() {
            product.category = self.categories.of_product(&draft, self.store).await?;
        }
        if let Some(known) = &known {
            applied.extend(self.keep_number(&mut product, known, draft.line).await?);
            applied.extend(address_kept(&draft, known));
            product.updated_at = if *known == product { known.updated_at } else { clock::now() };
        }
        match self.write(known.as_ref(), &mut product, &draft, &mut applied).await {
            Ok(done) => {
                outcome.quantities_left += left_alone;
                outcome.remarks.extend(applied);
                outcome.count(done);
                let of_others = self.store.lead_to_product(&product, &draft.old_addresses).await?;
                outcome.remarks.extend(of_others.iter().map(|old| leads_elsewhere(draft.line, old)));
            }
            Err(ProductWriteError::Store(error)) => return Err(error.into()),
            Err(error) => {
                refuse(outcome, &draft, &error);
                self.categories.take_back(self.store).await?;
            }
        }
        Ok(())
    }

    /// A name that got a number keeps it while another product has the name, with a remark.
    async fn keep_number(&self, product: &mut Product, known: &Product, line: u64) -> Result<Option<Remark>> {
        if !known.name.is_numbered(&product.name) {
            return Ok(None);
        }
        let owner = self.store.product_named(&product.name).await?.filter(|owner| *owner != known.id);
        Ok(owner.map(|_| {
            let wanted = std::mem::replace(&mut product.name, known.name.clone());
            name_taken(line, &wanted, &known.name)
        }))
    }

    /// The product that the file means: the one that came from such a file before, or one that was made here under this very
    /// address. An export of this shop names the address of each.
    async fn known(&self, draft: &Draft) -> Result<Option<Product>> {
        if let Some(product) = self.store.product_of_handle(draft.source, &draft.handle).await? {
            return Ok(Some(product));
        }
        let Some(target) = self.store.product_slug(&draft.slug).await? else { return Ok(None) };
        let found = self.store.product(&target.id).await?.filter(|product| product.slug == draft.slug);
        let is_of_here = |product: &Product| match product.source {
            _ if draft.says(Column::Address) => product.handle.is_none() || product.source != Some(draft.source),
            _ => product.handle.is_none() && draft.source == Source::Shopify && product.slug.as_str() == draft.handle,
        };
        Ok(found.filter(is_of_here))
    }

    /// Adds a product, or writes what is changed, with a number behind its address, its name, or the SKU of a new variant, where
    /// another product has that.
    async fn write(
        &mut self,
        known: Option<&Product>,
        product: &mut Product,
        draft: &Draft,
        remarks: &mut Vec<Remark>,
    ) -> Result<Done, ProductWriteError> {
        if known == Some(product) {
            return Ok(Done::Same);
        }
        let wanted = product.clone();
        for _ in 0..MOST_NUMBERS {
            let written = match known {
                Some(known) => self.store.update_product(known, product).await.map(|_| Done::Changed),
                None => self.store.create_product(product).await.map(|()| Done::Added),
            };
            match written {
                Err(ProductWriteError::SlugTaken) if known.is_none() => {
                    product.slug = wanted.slug.numbered(self.numbers.next(&wanted.slug));
                }
                Err(ProductWriteError::NameTaken) => {
                    product.name = wanted.name.numbered(self.numbers.next(&wanted.name));
                }
                Err(ProductWriteError::SkuTaken(taken)) => self.number_sku(&taken, known, product, &wanted)?,
                done => {
                    if done.is_ok() {
                        remarks.extend(numbered(draft, known.is_none(), &wanted, product));
                    }
                    return done;
                }
            }
        }
        Err(ProductWriteError::NameTaken)
    }

    /// Puts a number behind the SKU of a new variant.
    fn number_sku(
        &mut self,
        taken: &Sku,
        known: Option<&Product>,
        product: &mut Product,
        wanted: &Product,
    ) -> Result<(), ProductWriteError> {
        let is_new = |sku: &Sku| !known.is_some_and(|known| known.variants.iter().any(|variant| variant.sku == *sku));
        let mut own: HashSet<Sku> = product.variants.iter().chain(&wanted.variants).map(|variant| variant.sku.clone()).collect();
        let variants = product.variants.iter_mut().zip(&wanted.variants);
        let found = variants.into_iter().find(|(variant, _)| variant.sku == *taken && is_new(taken));
        let (variant, wanted) = found.ok_or_else(|| ProductWriteError::SkuTaken(taken.clone()))?;
        loop {
            let sku = wanted.sku.numbered(self.numbers.next(&wanted.sku));
            if own.insert(sku.clone()) {
                variant.sku = sku;
                return Ok(());
            }
        }
    }
}

/// The remark on an old address that leads to something else.
fn leads_elsewhere(line: u64, old: &Slug) -> Remark {
    Remark::new(line, format!("the old address {old} belongs to something else here and is left out"))
}

/// What was written of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Done {
    Added,
    Changed,
    Same,
}

fn name_taken(line: u64, wanted: &Name, own: &Name) -> Remark {
    Remark::new(line, format!("another product has the name “{wanted}” already: this one is “{own}”"))
}

/// What a product got in place of what the file says, because others have that.
fn numbered(draft: &Draft, is_new: bool, wanted: &Product, product: &Product) -> Vec<Remark> {
    let remark = |text: String| Remark::new(draft.line, text);
    let mut remarks = Vec::new();
    if is_new && draft.has_made_slug {
        remarks.push(address_made(draft, product));
    } else if product.slug != wanted.slug {
        let (wanted, own) = (&wanted.slug, &product.slug);
        remarks.push(remark(format!("another product has the address {wanted} already: this one is at {own}")));
    }
    if product.name != wanted.name {
        remarks.push(name_taken(draft.line, &wanted.name, &product.name));
    }
    for (wanted, own) in wanted.variants.iter().zip(&product.variants).filter(|(wanted, own)| wanted.sku != own.sku) {
        if !draft.made_skus.contains(&wanted.sku) {
            let (wanted, own) = (&wanted.sku, &own.sku);
            remarks.push(remark(format!("another product has the SKU {wanted} already: this variant has {own}")));
        }
    }
    remarks
}

/// The remark on the address of a product that is there already, which no file changes.
fn address_kept(draft: &Draft, known: &Product) -> Option<Remark> {
    if draft.has_made_slug {
        return Some(address_made(draft, known));
    }
    let other = draft.own_address.as_ref().filter(|address| **address != known.slug)?;
    Some(Remark::new(draft.line, format!("the address {other} is left out: the product is at {}", known.slug)))
}

pub(super) fn new_product(draft: &Draft) -> Product {
    let (handle, source) = (Some(draft.handle.clone()), Some(draft.source));
    let created_at = draft.created_at.unwrap_or_else(clock::now);
    Product { handle, source, ..Product::new(ids::new_id(), draft.slug.clone(), draft.name.clone(), ids::new_id(), created_at) }
}

/// The remark that a handle is no address, with the one that the product has.
fn address_made(draft: &Draft, product: &Product) -> Remark {
    Remark::new(draft.line, format!("the handle “{}” becomes {}", draft.handle, product.slug))
}

fn refuse(outcome: &mut Outcome, draft: &Draft, error: &dyn std::error::Error) {
    outcome.remarks.push(Remark::new(draft.line, format!("“{}”: {error}", draft.name)));
    outcome.refused += 1;
}
