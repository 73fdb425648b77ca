//! What s3s-fs keeps of an object beside its content: two files, with its type and its tag. It leaves them behind when the object
//! is deleted. Here they go too, so facts without an object say that its file was lost.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Endings of the files: type and other headers; tag and checksums.
const ENDINGS: [&str; 2] = [".metadata.json", ".internal.json"];

/// The facts of all objects, in the folder of the buckets.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    root: Arc<Path>,
}

impl Facts {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.into() }
    }

    /// Keys of a bucket that have facts and no object, in order.
    pub(crate) fn without_object(&self, bucket: &str) -> io::Result<Vec<String>> {
        let start = format!(".bucket-{}.object-", URL_SAFE_NO_PAD.encode(bucket));
        let objects = self.root.join(bucket);
        let mut keys = Vec::new();
        for entry in std::fs::read_dir(&self.root)? {
            let name = entry?.file_name();
            let name = name.to_str().and_then(|name| name.strip_prefix(&start)?.strip_suffix(ENDINGS[0]));
            let key = name.and_then(|name| String::from_utf8(URL_SAFE_NO_PAD.decode(name).ok()?).ok());
            keys.extend(key.filter(|key| !objects.join(key).exists()));
        }
        keys.sort_unstable();
        Ok(keys)
    }

    /// The files about an object.
    pub(crate) fn of(&self, bucket: &str, key: &str) -> [PathBuf; 2] {
        let [bucket, key] = [bucket, key].map(|name| URL_SAFE_NO_PAD.encode(name));
        ENDINGS.map(|ending| self.root.join(format!(".bucket-{bucket}.object-{key}{ending}")))
    }
}
