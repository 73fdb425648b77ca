//! Objects as files: the content under its key in the folder of its bucket, and what is known of it beside the buckets (see
//! [`crate::facts`]). Who reads an object gets a whole version of it or none, whoever writes it meanwhile. What is neither of its
//! versions any more is damaged, and is as good as gone until it is written again.

use crate::{
    damage::Damage,
    facts::{self, Facts, Version},
};
use std::{
    fs::{File, Metadata},
    io::{self, ErrorKind, Write},
    path::{Component, Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// A content that was written meanwhile is read again; the last time nobody may write.
const TRIES: usize = 3;

/// The folder of the buckets.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    damage: Damage,
    writing: Mutex<()>,
    number: AtomicU64,
}

/// An object as it is kept.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) version: Version,
    pub(crate) file: Metadata,
}

/// What a bucket does not have any more as it was stored.
#[derive(Debug, Default)]
pub struct Lost {
    /// Keys of objects that are gone, though nobody has asked to delete them.
    pub missing: Vec<String>,
    /// Keys of objects whose content is another than what was stored.
    pub damaged: Vec<String>,
}

impl Folder {
    pub(crate) fn new(root: &Path, damage: Damage) -> Self {
        Self { root: root.to_owned(), damage, writing: Mutex::default(), number: AtomicU64::default() }
    }

    /// An object with its content, `None` where there is none. A damaged one is noted, and an error.
    pub(crate) fn read(&self, bucket: &str, key: &str) -> io::Result<Option<(Stored, Vec<u8>)>> {
        let (path, files) = (self.content(bucket, key)?, facts::files(&self.root, bucket, key));
        for tries in 1..=TRIES {
            let _alone = (tries == TRIES).then(|| self.alone());
            let Some((file, content)) = if_there(read_file(&path))? else { return Ok(None) };
            let facts = facts::read(&files);
            let version = match facts.of_content(&content) {
                Some(version) => version.clone(),
                None if facts.versions.is_empty() => unknown(key, &content),
                None => continue,
            };
            self.damage.mended(bucket, key);
            return Ok(Some((Stored { version, file }, content)));
        }
        self.damage.found(bucket, key);
        Err(io::Error::new(ErrorKind::InvalidData, "the object is damaged"))
    }

    /// What is known of an object; `None` also where it is damaged. The content is read only if its file does not look as it was
    /// written.
    pub(crate) fn head(&self, bucket: &str, key: &str) -> io::Result<Option<Stored>> {
        let (path, files) = (self.content(bucket, key)?, facts::files(&self.root, bucket, key));
        let Some(file) = if_there(std::fs::metadata(&path))?.filter(Metadata::is_file) else { return Ok(None) };
        let facts = facts::read(&files);
        if self.damage.is_known(bucket, key) {
            return Ok(None);
        }
        if let Some(version) = facts.of_file(&file) {
            return Ok(Some(Stored { version: version.clone(), file }));
        }
        match self.read(bucket, key) {
            Ok(Some((stored, _))) if !facts.versions.is_empty() => self.settle(bucket, key, stored).map(Some),
            Ok(Some((stored, _))) => {
                // Who has no type was not stored to the end.
                let version = Version { content_type: None, ..stored.version };
                Ok(Some(Stored { version, ..stored }))
            }
            Err(error) if error.kind() != ErrorKind::InvalidData => Err(error),
            _ => Ok(None),
        }
    }

    /// Notes how a file looks whose content was found to be right.
    fn settle(&self, bucket: &str, key: &str, stored: Stored) -> io::Result<Stored> {
        let _alone = self.alone();
        let files = facts::files(&self.root, bucket, key);
        let version = stored.version.in_file(&stored.file);
        let mut versions = facts::read(&files).versions;
        versions.retain(|other| other.tag != version.tag);
        versions.insert(0, version.clone());
        self.write_facts(&files, &Facts { versions })?;
        Ok(Stored { version, ..stored })
    }

    /// Stores an object: whole or not at all.
    pub(crate) fn put(&self, bucket: &str, key: &str, content: &[u8], version: Version) -> io::Result<()> {
        let (path, files) = (self.content(bucket, key)?, facts::files(&self.root, bucket, key));
        let new = self.write_new(content)?;
        let done = self.replace(&new, &path, &files, version);
        if done.is_err() {
            let _ = std::fs::remove_file(&new);
        } else {
            self.damage.mended(bucket, key);
        }
        done
    }

    fn replace(&self, new: &Path, path: &Path, files: &[PathBuf; 2], version: Version) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let version = version.in_file(&std::fs::metadata(new)?);
        let _alone = self.alone();
        let there = facts::read(files);
        let mut versions = match if_there(std::fs::metadata(path))?.and_then(|file| there.of_file(&file).cloned()) {
            Some(there) => vec![there],
            None => there.versions,
        };
        versions.retain(|other| other.tag != version.tag);
        versions.insert(0, version);
        versions.truncate(3);
        self.write_facts(files, &Facts { versions })?;
        std::fs::rename(new, path)
    }

    fn write_facts(&self, [path, former]: &[PathBuf; 2], facts: &Facts) -> io::Result<()> {
        let new = self.write_new(&serde_json::to_vec(facts)?)?;
        std::fs::rename(&new, path)?;
        if_there(std::fs::remove_file(former)).map(drop)
    }

    /// A file that has no place yet. s3s-fs removes those of this name that a process before has left.
    fn write_new(&self, content: &[u8]) -> io::Result<PathBuf> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let path = self.root.join(format!(".tmp.new-{number}.internal.part"));
        File::create(&path)?.write_all(content)?;
        Ok(path)
    }

    /// Removes an object, if it is there.
    pub(crate) fn delete(&self, bucket: &str, key: &str) -> io::Result<()> {
        let path = self.content(bucket, key)?;
        let _alone = self.alone();
        if_there(std::fs::remove_file(&path))?;
        for file in facts::files(&self.root, bucket, key) {
            if_there(std::fs::remove_file(file))?;
        }
        self.damage.mended(bucket, key);
        Ok(())
    }

    /// What is not there any more as it was stored. Looks at times alone, and at the content of files that were written after
    /// what is known of them.
    pub(crate) fn lost(&self, bucket: &str) -> io::Result<Lost> {
        let (start, mut lost) = (facts::start_of(bucket), Lost::default());
        for entry in std::fs::read_dir(&self.root)? {
            let entry = entry?;
            let Some(key) = entry.file_name().to_str().and_then(|name| facts::key_of(name, &start)) else { continue };
            let (Ok(path), Some(about)) = (self.content(bucket, &key), if_there(entry.metadata())?) else { continue };
            match if_there(std::fs::metadata(&path))? {
                None => lost.missing.push(key),
                Some(file) if about.len() > 0 && file.len() > 0 && facts::modified(&file) <= facts::modified(&about) => {}
                Some(_) if about.len() > 0 && self.head(bucket, &key)?.is_some() => {}
                Some(_) => {
                    self.damage.is(bucket, &key);
                    lost.damaged.push(key);
                }
            }
        }
        lost.missing.sort_unstable();
        lost.damaged.sort_unstable();
        Ok(lost)
    }

    /// The file of a content. Names that lead out of the bucket's folder have none.
    fn content(&self, bucket: &str, key: &str) -> io::Result<PathBuf> {
        let is_below = |path: &str| Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if key.is_empty() || key.ends_with('/') || !is_below(bucket) || !is_below(key) {
            return Err(io::Error::new(ErrorKind::InvalidInput, "no key of a file"));
        }
        Ok(self.root.join(bucket).join(key))
    }

    fn alone(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A content of which nothing is known any more.
fn unknown(key: &str, content: &[u8]) -> Version {
    let content_type = match key.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "gif" => "image/gif",
        _ => "application/octet-stream",
    };
    Version { tag: facts::tag_of(content), content_type: Some(content_type.to_owned()), ..Version::default() }
}

fn read_file(path: &Path) -> io::Result<(Metadata, Vec<u8>)> {
    let mut file = File::open(path)?;
    let about = file.metadata()?;
    let mut content = Vec::with_capacity(about.len().try_into().unwrap_or_default());
    io::Read::read_to_end(&mut file, &mut content)?;
    Ok((about, content))
}

/// `None` where there is no such file.
fn if_there<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::{
        fs,
        sync::atomic::AtomicBool,
        time::{Duration, SystemTime},
    };
    use tempfile::TempDir;

    const KEY: &str = "products/lamp/index.html";

    fn folder() -> (TempDir, Folder) {
        let root = TempDir::new().unwrap();
        let folder = Folder::new(root.path(), Damage::new());
        (root, folder)
    }

    fn version(content: &[u8], content_type: &str) -> Version {
        Version { tag: facts::tag_of(content), content_type: Some(content_type.to_owned()), ..Version::default() }
    }

    fn put(folder: &Folder, key: &str, content: &str, content_type: &str) {
        folder.put("site", key, content.as_bytes(), version(content.as_bytes(), content_type)).unwrap();
    }

    /// The content and the type of an object.
    fn read(folder: &Folder, key: &str) -> io::Result<Option<(String, String)>> {
        let found = folder.read("site", key)?;
        Ok(found.map(|(stored, content)| (String::from_utf8(content).unwrap(), stored.version.content_type.unwrap())))
    }

    fn pair(content: &str, content_type: &str) -> (String, String) {
        (content.to_owned(), content_type.to_owned())
    }

    #[test]
    fn who_reads_while_an_object_is_written_gets_one_version_of_it_whole() {
        let (_root, folder) = folder();
        let contents: Vec<String> = (0..5).map(|n| n.to_string().repeat(20_000 * (n + 1))).collect();
        put(&folder, KEY, &contents[0], "type/0");
        let ended = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0..400 {
                    let n = round % contents.len();
                    put(&folder, KEY, &contents[n], &format!("type/{n}"));
                }
                ended.store(true, Ordering::Relaxed);
            });
            for _ in 0..3 {
                scope.spawn(|| {
                    while !ended.load(Ordering::Relaxed) {
                        let (content, content_type) = read(&folder, KEY).unwrap().unwrap();
                        let n: usize = content_type.strip_prefix("type/").unwrap().parse().unwrap();
                        assert!(content == contents[n], "{content_type} with {} bytes", content.len());
                        assert_eq!(folder.head("site", KEY).unwrap().unwrap().version.tag.len(), 32);
                    }
                });
            }
        });
        assert!(folder.damage.take().is_empty());
    }

    #[test]
    fn a_process_that_ends_between_two_steps_of_writing_leaves_the_version_of_before() {
        let (root, folder) = folder();
        put(&folder, KEY, "before", "type/before");
        let files = facts::files(root.path(), "site", KEY);
        let content = fs::read(root.path().join("site").join(KEY)).unwrap();
        let modified = fs::metadata(root.path().join("site").join(KEY)).unwrap().modified().unwrap();
        put(&folder, KEY, "after!", "type/after");
        // The facts are there, and the content is not yet.
        let path = root.path().join("site").join(KEY);
        fs::write(&path, content).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        let folder = Folder::new(root.path(), Damage::new());
        let lost = folder.lost("site").unwrap();
        assert!(lost.missing.is_empty() && lost.damaged.is_empty(), "{lost:?}");
        assert_eq!(read(&folder, KEY).unwrap(), Some(pair("before", "type/before")));
        assert_eq!(folder.head("site", KEY).unwrap().unwrap().version.tag, facts::tag_of(b"before"));
        assert_eq!(facts::read(&files).versions.len(), 2);
        put(&folder, KEY, "later", "type/later");
        assert_eq!(read(&folder, KEY).unwrap(), Some(pair("later", "type/later")));
    }

    #[test]
    fn what_is_missing_or_damaged_is_found_and_is_whole_again_once_it_is_written() {
        let (root, folder) = folder();
        let keys = ["whole", "gone", "cut", "emptied", "garbage", "copied"];
        for key in keys {
            put(&folder, key, "a page", "text/html");
        }
        let at = |key: &str| root.path().join("site").join(key);
        // Later than what is known of it.
        let change = |key: &str, content: &[u8]| {
            fs::write(at(key), content).unwrap();
            let later = SystemTime::now() + Duration::from_secs(1);
            File::options().write(true).open(at(key)).unwrap().set_modified(later).unwrap();
        };
        fs::remove_file(at("gone")).unwrap();
        change("cut", b"a p");
        change("emptied", b"");
        change("garbage", b"a qage");
        change("copied", b"a page");
        let folder = Folder::new(root.path(), Damage::new());
        let lost = folder.lost("site").unwrap();
        assert_eq!(
            (lost.missing, lost.damaged),
            (vec!["gone".to_owned()], ["cut", "emptied", "garbage"].map(str::to_owned).to_vec())
        );
        for key in ["cut", "emptied", "garbage"] {
            assert!(folder.head("site", key).unwrap().is_none(), "{key}");
            assert_eq!(folder.read("site", key).unwrap_err().kind(), ErrorKind::InvalidData, "{key}");
            put(&folder, key, "a page", "text/html");
        }
        put(&folder, "gone", "a page", "text/html");
        let lost = folder.lost("site").unwrap();
        assert!(lost.missing.is_empty() && lost.damaged.is_empty(), "{lost:?}");
        for key in keys {
            assert_eq!(read(&folder, key).unwrap(), Some(pair("a page", "text/html")), "{key}");
            assert!(folder.head("site", key).unwrap().is_some(), "{key}");
        }
    }

    #[test]
    fn damage_that_only_reading_shows_is_told_once() {
        let (root, folder) = folder();
        put(&folder, KEY, "a page", "text/html");
        let path = root.path().join("site").join(KEY);
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, "a qage").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        assert!(folder.lost("site").unwrap().damaged.is_empty(), "it looks as it did");
        for told in [&[KEY.to_owned()][..], &[]] {
            assert!(folder.read("site", KEY).is_err());
            assert_eq!(folder.damage.take(), told);
        }
        assert!(folder.head("site", KEY).unwrap().is_none(), "so that it is written again");
        put(&folder, KEY, "a page", "text/html");
        assert_eq!(read(&folder, KEY).unwrap(), Some(pair("a page", "text/html")));
    }

    #[test]
    fn objects_that_s3s_fs_stored_are_read_with_their_type_and_judged_by_their_tag() {
        let (root, folder) = folder();
        let files = facts::files(root.path(), "site", "page");
        fs::create_dir(root.path().join("site")).unwrap();
        fs::write(root.path().join("site/page"), "a page").unwrap();
        fs::write(&files[0], r#"{"user_metadata":{"location":"/x/"},"content_type":"text/html"}"#).unwrap();
        fs::write(&files[1], format!(r#"{{"e_tag":"{}","checksum_crc32":"x"}}"#, facts::tag_of(b"a page"))).unwrap();
        assert_eq!(folder.head("site", "page").unwrap().unwrap().version.tag, facts::tag_of(b"a page"));
        assert_eq!(read(&folder, "page").unwrap(), Some(pair("a page", "text/html")));
        let (stored, _) = folder.read("site", "page").unwrap().unwrap();
        assert_eq!(stored.version.user_metadata.unwrap()["location"], "/x/");
        fs::write(root.path().join("site/page"), "a pag").unwrap();
        assert!(folder.read("site", "page").is_err());
        put(&folder, "page", "another", "text/html");
        assert_eq!(read(&folder, "page").unwrap(), Some(pair("another", "text/html")));
        assert!(!files[1].exists());
        folder.delete("site", "page").unwrap();
        assert!(read(&folder, "page").unwrap().is_none() && !files[0].exists());
    }

    #[test]
    fn keys_that_lead_elsewhere_are_refused() {
        let (_root, folder) = folder();
        for (bucket, key) in
            [("site", "../x"), ("site", "/etc/passwd"), ("..", "x"), ("site", "a/../../x"), ("site", "a/"), ("site", "")]
        {
            assert_eq!(folder.read(bucket, key).unwrap_err().kind(), ErrorKind::InvalidInput, "{bucket} {key}");
            assert!(folder.put(bucket, key, b"", Version::default()).is_err(), "{bucket} {key}");
        }
    }
}
