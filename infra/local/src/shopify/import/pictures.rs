//! The pictures of a product file: fetched, kept, and given to products and variants.

use crate::{
    commands::demo,
    shopify::{
        folder::{PictureFolder, plain_path},
        images::{Fetcher, MOST_PIXELS},
    },
};
use anyhow::Result;
use builder::{Caching, Object, key_of};
use domain::catalogue::{Image, Product};
use exchange::{Column, Draft, ListedCategory, Picture, Remark};
use publish::{Bucket, BucketError};
use tokio::{
    sync::Semaphore,
    task::{JoinSet, spawn_blocking},
};

const PLACEHOLDER: &str = "/media/placeholder.svg";
/// As many pictures are fetched side by side.
static AT_ONCE: Semaphore = Semaphore::const_new(8);

/// Where pictures come from, and where they are kept.
#[derive(Debug, Clone)]
pub(super) struct Pictures {
    fetcher: Fetcher,
    bucket: Bucket,
    /// What pictures of this shop's kind are taken from.
    folder: Option<PictureFolder>,
}

impl Pictures {
    pub(super) fn new(fetcher: Fetcher, bucket: &Bucket, folder: Option<PictureFolder>) -> Self {
        Self { fetcher, bucket: bucket.clone(), folder }
    }

    /// The picture that a file gives a category, empty for none; `None` where the category keeps what it has.
    pub(super) async fn of_category(&self, listed: &ListedCategory, remarks: &mut Vec<Remark>) -> Result<Option<String>> {
        let Some(address) = &listed.image else { return Ok(None) };
        if address.is_empty() {
            return Ok(Some(String::new()));
        }
        let why = match self.own(address).await {
            Ok(()) => return Ok(Some(address.clone())),
            Err(PictureError::Kept(error)) => return Err(error.into()),
            Err(PictureError::Fetched(why)) => why,
        };
        let text = format!("the picture {address} of the category “{}” {why} and is left out", listed.path);
        remarks.push(Remark::new(listed.line, text));
        Ok(None)
    }

    /// Sees that a picture of this shop's kind is in the bucket, where there is a folder to take it from. Those of the
    /// demonstration shop are part of this program.
    async fn own(&self, address: &str) -> Result<(), PictureError> {
        if plain_path(address).is_none() {
            return Err(PictureError::Fetched("is no address below /media/".to_owned()));
        }
        let Some(folder) = self.folder.clone() else { return Ok(()) };
        if self.bucket.has(&key_of(address)).await.map_err(PictureError::Kept)? {
            return Ok(());
        }
        let object = match demo::picture(address) {
            Some(object) => object,
            None => read(folder, address.to_owned()).await.map_err(PictureError::Fetched)?,
        };
        self.bucket.put(&object).await.map_err(PictureError::Kept)?;
        Ok(())
    }

    /// A picture that the file names, from wherever it is to be had.
    async fn had(&self, picture: &Picture) -> Result<Image, PictureError> {
        match own_image(picture) {
            // Without a folder its address is taken at its word.
            Some(image) if self.folder.is_none() || is_placeholder(&image) => Ok(image),
            Some(image) => self.own(&image.src).await.map(|()| image),
            None => fetch(&self.fetcher, &self.bucket, picture).await,
        }
    }
}

/// The product's pictures, fetched side by side; a placeholder for each that cannot be had. A picture that was fetched
/// before is not fetched again.
pub(super) async fn images(
    pictures: &Pictures,
    draft: &Draft,
    known: Option<&Product>,
    remarks: &mut Vec<Remark>,
) -> Result<Vec<Image>> {
    let mut fetches = JoinSet::new();
    for (place, picture) in draft.pictures.iter().cloned().enumerate() {
        let here = known.and_then(|p| p.images.iter().find(|i| is_from(i, &picture.address))).cloned();
        let pictures = pictures.clone();
        fetches.spawn(async move {
            let _turn = AT_ONCE.acquire().await;
            let image = match here {
                Some(image) => Ok(image),
                None => pictures.had(&picture).await,
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

/// Gives a product that a draft was applied to its pictures, and each variant its own among them: what stands at the same
/// address in the file. A file that names pictures of variants alone adds those to the product's.
pub(crate) fn show(product: &mut Product, draft: &Draft, images: Vec<Image>) {
    if draft.says(Column::VariantImage) {
        for (variant, drafted) in product.variants.iter_mut().zip(&draft.variants) {
            let own = drafted.image.as_ref().and_then(|address| draft.pictures.iter().position(|p| p.address == *address));
            variant.image = own.and_then(|place| images.get(place)).map(|image| image.src.clone());
        }
    }
    if draft.says(Column::Image) {
        product.images = images;
    } else {
        let new: Vec<Image> = images.into_iter().filter(|new| !product.images.iter().any(|known| known.src == new.src)).collect();
        product.images.extend(new);
    }
    for variant in &mut product.variants {
        let is_there = |src: &String| product.images.iter().any(|image| image.src == *src);
        variant.image = variant.image.take().filter(is_there);
    }
}

/// Whether a picture was fetched from an address. One that could not be is fetched anew.
fn is_from(image: &Image, address: &str) -> bool {
    image.src.starts_with(&own_path(address)) || (image.origin.as_deref() == Some(address) && !is_placeholder(image))
}

/// Whether a picture could not be fetched.
pub(crate) fn is_placeholder(image: &Image) -> bool {
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
    let pixels = |typed: &str| typed.parse().ok().filter(|size| (1..=MOST_PIXELS).contains(size));
    plain.then_some(Image {
        src: path.to_owned(),
        alt: String::new(),
        width: pixels(width)?,
        height: pixels(height)?,
        origin: picture.origin.clone(),
    })
}

/// The pictures of an export from here, with what they show.
#[cfg(test)]
pub(crate) fn images_of_this_shop(draft: &Draft) -> Vec<Image> {
    let named = |picture: &Picture| own_image(picture).map(|image| captioned(image, picture, draft));
    draft.pictures.iter().filter_map(named).collect()
}

/// A picture with the words of the file, else those that it has, else the product's name.
fn captioned(image: Image, picture: &Picture, draft: &Draft) -> Image {
    let own = Some(image.alt.clone()).filter(|alt| !alt.is_empty() && !draft.says(Column::Alt));
    let alt = Some(picture.alt.clone()).filter(|alt| !alt.is_empty()).or(own);
    Image { alt: alt.unwrap_or_else(|| draft.name.to_string()), ..image }
}

/// A picture of the folder, as the bucket is to have it.
async fn read(folder: PictureFolder, address: String) -> Result<Object, String> {
    let path = address.clone();
    let found = spawn_blocking(move || folder.read(&path)).await.map_err(|error| error.to_string())??;
    Ok(Object { path: address, content_type: found.content_type, caching: Caching::Media, location: None, body: found.body })
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
