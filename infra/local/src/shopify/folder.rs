//! A folder of pictures that mirrors their addresses: `/media/a/b.png` is the file `media/a/b.png` in it.

use super::images::{MOST_BYTES, Picture, picture};
use anyhow::{Context, Result, ensure};
use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

/// A folder of pictures. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct PictureFolder {
    /// Without symbolic links.
    root: PathBuf,
}

impl PictureFolder {
    /// A folder that is there.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let root = path.canonicalize().with_context(|| format!("cannot open the folder {}", path.display()))?;
        ensure!(root.is_dir(), "{} is no folder", path.display());
        Ok(Self { root })
    }

    /// A folder that is made where it is missing.
    pub(crate) fn make(path: &Path) -> Result<Self> {
        fs::create_dir_all(path).with_context(|| format!("cannot make the folder {}", path.display()))?;
        Self::open(path)
    }

    /// The picture of an address, or a few words why it cannot be had. Nothing outside of the folder is read.
    pub(crate) fn read(&self, address: &str) -> Result<Picture, String> {
        let path = plain_path(address).ok_or("is no address below /media/")?;
        let path = self.root.join(path).canonicalize().map_err(|_| "is not in the folder of pictures")?;
        if !path.starts_with(&self.root) {
            return Err("leads out of the folder of pictures".to_owned());
        }
        if !path.is_file() {
            return Err("is no file in the folder of pictures".to_owned());
        }
        let file = File::open(&path).map_err(|error| format!("cannot be read: {error}"))?;
        let mut body = Vec::new();
        file.take(MOST_BYTES as u64 + 1).read_to_end(&mut body).map_err(|error| format!("cannot be read: {error}"))?;
        if body.len() > MOST_BYTES {
            return Err("is too large".to_owned());
        }
        picture(body)
    }

    /// Writes the file of an address, and none outside of the folder.
    pub(crate) fn write(&self, address: &str, body: &[u8]) -> Result<()> {
        let path = self.root.join(plain_path(address).with_context(|| format!("{address} is no address below /media/"))?);
        let write = || -> Result<()> {
            let folder = path.parent().context("has no folder")?;
            fs::create_dir_all(folder)?;
            ensure!(folder.canonicalize()?.starts_with(&self.root), "its folder leads elsewhere");
            ensure!(!path.is_symlink(), "it leads elsewhere");
            Ok(fs::write(&path, body)?)
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Bytes of an address at most, as S3 has it for keys.
const LONGEST_ADDRESS: usize = 1024;

/// The file of an address; `None` for what is no plain address below `/media/`, whatever it could lead to.
pub(crate) fn plain_path(address: &str) -> Option<PathBuf> {
    let path = address.strip_prefix('/').filter(|path| path.starts_with("media/") && path.len() <= LONGEST_ADDRESS)?;
    let is_plain = |name: &str| {
        !["", ".", ".."].contains(&name) && !name.contains(|c: char| c.is_control() || ['\\', ':', '?', '#'].contains(&c))
    };
    path.split('/').all(is_plain).then(|| path.split('/').collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::shopify::images::tests::PIXEL;
    use tempfile::TempDir;

    #[test]
    fn a_picture_is_read_as_it_was_written() {
        let place = TempDir::new().unwrap();
        let folder = PictureFolder::make(&place.path().join("new/pictures")).unwrap();
        folder.write("/media/a/b c.png", PIXEL).unwrap();
        let found = folder.read("/media/a/b c.png").unwrap();
        assert_eq!((found.body.as_slice(), found.content_type), (PIXEL, "image/png"));
        assert!(folder.write("/media/../b.png", PIXEL).is_err() && folder.write("/etc/b.png", PIXEL).is_err());
        assert!(PictureFolder::open(&place.path().join("nowhere")).is_err());
    }

    #[test]
    fn what_is_no_picture_of_a_sensible_size_is_not_taken() {
        let place = TempDir::new().unwrap();
        let folder = PictureFolder::open(place.path()).unwrap();
        let large = [PIXEL, &vec![0; MOST_BYTES]].concat();
        fs::create_dir_all(place.path().join("media/folder.png")).unwrap();
        for (name, body, why) in [
            ("page.png", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".as_slice(), "is not a"),
            ("empty.png", b"", "is not a picture"),
            ("large.png", &large, "is too large"),
        ] {
            folder.write(&format!("/media/{name}"), body).unwrap();
            assert!(folder.read(&format!("/media/{name}")).unwrap_err().starts_with(why), "{name}");
        }
        assert_eq!(folder.read("/media/folder.png").unwrap_err(), "is no file in the folder of pictures");
        assert_eq!(folder.read("/media/other.png").unwrap_err(), "is not in the folder of pictures");
        assert_eq!(folder.read("/media/../secret.png").unwrap_err(), "is no address below /media/");
    }

    #[cfg(unix)]
    #[test]
    fn links_that_lead_out_of_the_folder_are_neither_read_nor_written_through() {
        let (place, outside) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let secret = outside.path().join("secret.png");
        fs::write(&secret, PIXEL).unwrap();
        fs::create_dir_all(place.path().join("media")).unwrap();
        std::os::unix::fs::symlink(&secret, place.path().join("media/a.png")).unwrap();
        std::os::unix::fs::symlink(outside.path(), place.path().join("media/b")).unwrap();
        let folder = PictureFolder::open(place.path()).unwrap();
        for address in ["/media/a.png", "/media/b/secret.png"] {
            assert_eq!(folder.read(address).unwrap_err(), "leads out of the folder of pictures");
            assert!(folder.write(address, b"other").is_err(), "{address}");
        }
        assert_eq!(fs::read(&secret).unwrap(), PIXEL);
    }

    #[test]
    fn only_plain_addresses_below_media_are_files() {
        assert_eq!(plain_path("/media/a b/ż.png"), Some(["media", "a b", "ż.png"].iter().collect()));
        for address in [
            "",
            "/",
            "/media",
            "/media/",
            "/media//a",
            "/media/../a",
            "/media/a/..",
            "/media/./a",
            "//media/a",
            "media/a",
            "/etc/passwd",
            "/media/a\\..\\b",
            "/media/c:/a",
            "/media/a\0",
            "/media/a\nb",
            "/media/placeholder.svg#1",
        ] {
            assert_eq!(plain_path(address), None, "{address}");
        }
        assert_eq!(plain_path(&format!("/media/{}", "a".repeat(LONGEST_ADDRESS))), None);
    }
}
