//! What is kept of an object beside its content: its type, its tag, and how its file looked when it was written.
//!
//! The facts are written first and name two versions, the one that comes and the one that is there. Then the content takes its
//! place in one step. So at every moment, and wherever the process ends, one of the two is what the file holds. Facts of former
//! versions of the program, which s3s-fs wrote in two files, are read as well.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use s3s::crypto::{Checksum, Md5};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::HashMap,
    fs::Metadata,
    path::{Path, PathBuf},
    time::{Duration, UNIX_EPOCH},
};

/// Endings of the files: the facts; what s3s-fs kept its tags in.
const ENDINGS: [&str; 2] = [".metadata.json", ".internal.json"];

/// One content of an object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    /// MD5 of the content, as S3 has it in the tag; hexadecimal, without quotes.
    #[serde(default)]
    pub(crate) tag: String,
    /// Bytes.
    #[serde(default)]
    pub(crate) size: u64,
    /// When its file was written, since 1970.
    #[serde(default)]
    pub(crate) modified: Duration,
    pub(crate) content_type: Option<String>,
    pub(crate) cache_control: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) user_metadata: Option<HashMap<String, String>>,
}

/// The versions that an object's file may hold.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) versions: Vec<Version>,
}

impl Version {
    /// This version as a file has it.
    pub(crate) fn in_file(self, file: &Metadata) -> Self {
        Self { size: file.len(), modified: modified(file), ..self }
    }
}

impl Facts {
    /// The version whose file this is, by what the file system says of it.
    pub(crate) fn of_file(&self, file: &Metadata) -> Option<&Version> {
        self.versions.iter().find(|version| version.size == file.len() && version.modified == modified(file))
    }

    /// The version that has this content.
    pub(crate) fn of_content(&self, content: &[u8]) -> Option<&Version> {
        let tag = tag_of(content);
        self.versions.iter().find(|version| version.tag == tag)
    }
}

/// When a file was written, since 1970.
pub(crate) fn modified(file: &Metadata) -> Duration {
    file.modified().ok().and_then(|moment| moment.duration_since(UNIX_EPOCH).ok()).unwrap_or_default()
}

/// What S3 calls a content that was uploaded in one piece.
pub(crate) fn tag_of(content: &[u8]) -> String {
    hex::encode(Md5::checksum(content))
}

/// The files about an object, in the folder of the buckets: the facts, and what s3s-fs kept beside them.
pub(crate) fn files(root: &Path, bucket: &str, key: &str) -> [PathBuf; 2] {
    let key = URL_SAFE_NO_PAD.encode(key);
    ENDINGS.map(|ending| root.join(format!("{}{key}{ending}", start_of(bucket))))
}

/// What the names of a bucket's facts begin with.
pub(crate) fn start_of(bucket: &str) -> String {
    format!(".bucket-{}.object-", URL_SAFE_NO_PAD.encode(bucket))
}

/// The key whose facts a file has, by its name.
pub(crate) fn key_of(name: &str, start: &str) -> Option<String> {
    let key = name.strip_prefix(start)?.strip_suffix(ENDINGS[0])?;
    String::from_utf8(URL_SAFE_NO_PAD.decode(key).ok()?).ok()
}

/// The facts of an object; none where they are lost.
pub(crate) fn read([facts, former]: &[PathBuf; 2]) -> Facts {
    let Ok(text) = std::fs::read(facts) else { return Facts::default() };
    if let Ok(facts) = serde_json::from_slice(&text) {
        return facts;
    }
    let version = serde_json::from_slice::<Version>(&text).ok();
    let tag = std::fs::read(former)
        .ok()
        .and_then(|text| serde_json::from_slice::<Value>(&text).ok()?["e_tag"].as_str().map(str::to_owned));
    let version = version.zip(tag).map(|(version, tag)| Version { tag, ..version });
    Facts { versions: version.into_iter().collect() }
}
