use super::{
    product::{Draft, Picture, draft},
    rows::{self, Remark},
};
use crate::{build::style, data::DataFolder, images::Fetcher, services::Services};
use anyhow::{Context, Result, bail};
use builder::{Caching, Object};
use domain::{
    catalogue::{Category, CategoryTree, Image, Product},
    settings::Settings,
    text::{Id, Name, Slug},
};
use indicatif::ProgressBar;
use publish::Bucket;
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
        let settings = services.store.settings().await?.context("there is no shop in this table yet: start it once")?;
        let mut importer = Importer::new(&services, settings).await?;
        let mut outcome = Outcome { remarks, ..Outcome::default() };
        let progress = ProgressBar::new(groups.len() as u64).with_style(style());
        for group in &groups {
            match draft(group, importer.settings.currency, &mut outcome.remarks) {
                Ok(draft) => importer.take_in(draft, &mut outcome).await?,
                Err(wrong) => {
                    outcome.remarks.extend(wrong);
                    outcome.refused += 1;
                }
            }
            progress.inc(1);
        }
        progress.finish_and_clear();
        Ok::<_, anyhow::Error>(outcome)
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
    async fn new(services: &'a Services, settings: Settings) -> Result<Self> {
        let tree: CategoryTree = services.store.categories().await?;
        Ok(Self {
            store: &services.store,
            bucket: &services.media,
            settings,
            fetcher: Fetcher::new().map_err(anyhow::Error::msg)?,
            categories: tree.iter().map(|c| (c.name.as_str().to_lowercase(), c.id.clone())).collect(),
        })
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
                product.updated_at = store::now();
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
            id: store::new_id(),
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
            let mut image = image.unwrap_or_else(|why| {
                remarks.push(Remark::new(
                    picture.line,
                    format!("the picture {} {why}; a placeholder stands for it", picture.address),
                ));
                Image { src: PLACEHOLDER.to_owned(), alt: String::new(), width: 800, height: 800 }
            });
            image.alt = if picture.alt.is_empty() { draft.name.to_string() } else { picture.alt };
            images.push((place, image));
        }
        images.sort_by_key(|(place, _)| *place);
        Ok(images.into_iter().map(|(_, image)| image).collect())
    }
}

/// Where a picture from elsewhere is kept, without the ending of its name.
fn own_path(address: &str) -> String {
    format!("/media/imported/{}", store::sha256_hex(address).get(..24).unwrap_or_default())
}

/// A picture of this shop itself: exported from here, with its size behind a `#`.
fn own_image(picture: &Picture) -> Option<Image> {
    let (path, size) = picture.address.split_once('#')?;
    let (width, height) = size.split_once('x')?;
    let plain = path.starts_with("/media/") && !path.contains("..");
    plain.then_some(Image { src: path.to_owned(), alt: String::new(), width: width.parse().ok()?, height: height.parse().ok()? })
}

async fn fetch(from: &Fetcher, to: &Bucket, picture: &Picture) -> Result<Image, String> {
    let found = from.fetch(&picture.address).await?;
    let object = Object {
        path: format!("{}.{}", own_path(&picture.address), found.ending),
        content_type: found.content_type,
        caching: Caching::Media,
        location: None,
        body: found.body,
    };
    to.put(&object).await.map_err(|e| e.to_string())?;
    Ok(Image { src: object.path, alt: String::new(), width: found.width, height: found.height })
}

fn new_product(draft: &Draft) -> Product {
    let now = store::now();
    Product {
        id: store::new_id(),
        slug: draft.slug.clone(),
        name: draft.name.clone(),
        category: store::new_id(),
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
