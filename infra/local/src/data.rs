//! The folder with all that the shop keeps: database, bucket, secrets, outbox.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fs::{File, Metadata, OpenOptions, TryLockError},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

/// The home page's key in the bucket.
pub(crate) const HOME: &str = "index.html";
/// What comes of new secrets.
const NEW_SECRETS: &str = "everybody has to sign in again, and links in mail of before do not work any more";

/// The folder's layout.
#[derive(Debug, Clone)]
pub(crate) struct DataFolder {
    root: PathBuf,
}

/// Held while a process serves the data; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Sockets of the embedded services of the process that holds the lock; `None` for those that the SDK's variables name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Endpoints {
    pub(crate) dynamodb: Option<PathBuf>,
    pub(crate) s3: Option<PathBuf>,
    /// The shop's address for shoppers; `None` where the process is a command.
    #[serde(default)]
    pub(crate) address: Option<String>,
}

/// What signs sessions and links, and requests to the embedded services.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Secrets {
    pub(crate) session_keys: String,
    pub(crate) link_secret: String,
    /// Folders of before do not have it.
    #[serde(default)]
    pub(crate) service_secret: String,
}

impl DataFolder {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// Whether nothing more can be written: the reason behind whatever else went wrong.
    pub(crate) fn is_full(&self) -> bool {
        let probe = self.root.join("probe");
        let written = std::fs::write(&probe, vec![0; 256 * 1024]);
        let _ = std::fs::remove_file(&probe);
        written.is_err_and(|error| error.kind() == ErrorKind::StorageFull)
    }

    /// Makes the folder where it is missing. It is its owner's alone, with all that is in it, also what was made before.
    pub(crate) fn create(&self) -> Result<()> {
        let make = || -> std::io::Result<()> {
            std::fs::create_dir_all(&self.root)?;
            #[cfg(unix)]
            close(&self.root, is_open(&std::fs::metadata(&self.root)?))?;
            Ok(())
        };
        // Before what is made there, which would fail with fewer words.
        self.check_entries()?;
        make().with_context(|| format!("cannot make the folder {}", self.root.display()))?;
        let database = self.database();
        // SQLite gives its other files the mode of this one.
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let opened = options.create(true).append(true).open(&database);
        opened.map(drop).with_context(|| format!("cannot open {}", database.display()))
    }

    /// Takes what lies deeper from everybody but its owner too: nobody else comes there through a closed folder, but a copy of
    /// it may be open. Takes as long as looking at all files.
    pub(crate) fn close_all(&self) {
        #[cfg(unix)]
        if let Err(error) = close(&self.root, true) {
            tracing::warn!(%error, "a file of the data folder may be open to others");
        }
    }

    /// Refuses what is no folder, or no file, where the shop has one, and what it may not read and write.
    fn check_entries(&self) -> Result<()> {
        let folders = [self.root.clone(), self.objects(), self.outbox()];
        let names = ["lock", "dynamodb.sqlite-wal", "dynamodb.sqlite-shm"].map(|name| self.root.join(name));
        let notes = [self.positions(), self.edition(), self.functions_env(), self.endpoints()];
        let files = [self.database(), self.secrets_file()].into_iter().chain(names).chain(notes);
        let entries = folders.into_iter().map(|path| (path, true)).chain(files.map(|path| (path, false)));
        for (path, is_folder) in entries {
            let Ok(facts) = std::fs::metadata(&path) else { continue };
            if facts.is_dir() != is_folder {
                let (is, needed) = if is_folder { ("file", "folder") } else { ("folder", "file") };
                let (path, root) = (path.display(), self.root.display());
                bail!("{path} is a {is}, and the shop needs a {needed} there: move it away, or put {root} back from a backup");
            }
            #[cfg(unix)]
            is_usable(&path).with_context(|| {
                let path = path.display();
                format!("cannot read and write {path}, so give it to the user who runs the shop, or run the shop as its owner")
            })?;
        }
        Ok(())
    }

    /// Refuses a folder without a shop, and makes nothing there.
    pub(crate) fn check_shop(&self) -> Result<()> {
        if !self.database().exists() && !self.has_been_a_shop() {
            let root = self.root.display();
            bail!("there is no shop in {root}: name the shop's folder with --data, or start one there: shop --data {root}");
        }
        Ok(())
    }

    /// Refuses to make a new shop where there was one: its database is gone, and all else is there.
    pub(crate) fn check_database(&self) -> Result<()> {
        let database = self.database();
        if self.has_been_a_shop() && !self.has_data() {
            bail!("the database {} is missing or empty, but this folder was a shop: {}", database.display(), self.remedy());
        }
        Ok(())
    }

    /// What to do where the database cannot be used.
    pub(crate) fn remedy(&self) -> String {
        format!("put the folder {} back from a backup, or move it away, and the next start makes a new shop", self.root.display())
    }

    /// Whether a first start in this folder came to its end, or nearly: what is written after the shop is set up is there.
    pub(crate) fn has_been_a_shop(&self) -> bool {
        let sites = std::fs::read_dir(self.objects()).into_iter().flatten().filter_map(Result::ok);
        [self.positions(), self.edition(), self.outbox()].iter().any(|path| path.exists())
            || sites.map(|bucket| bucket.path()).any(|bucket| bucket.join(HOME).exists())
    }

    /// Whether the database has anything in it.
    fn has_data(&self) -> bool {
        std::fs::metadata(self.database()).is_ok_and(|facts| facts.len() > 0)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.root.join("dynamodb.sqlite")
    }

    pub(crate) fn objects(&self) -> PathBuf {
        self.root.join("s3")
    }

    pub(crate) fn outbox(&self) -> PathBuf {
        self.root.join("outbox")
    }

    pub(crate) fn positions(&self) -> PathBuf {
        self.root.join("stream.json")
    }

    pub(crate) fn edition(&self) -> PathBuf {
        self.root.join("edition.json")
    }

    /// The variables of functions that run elsewhere.
    pub(crate) fn functions_env(&self) -> PathBuf {
        self.root.join("functions.env")
    }

    /// Writes what functions need that run elsewhere, as `NAME=value` lines for `cargo lambda watch --env-file`.
    pub(crate) fn write_functions_env(&self, services: &[(&str, String)], secrets: &Secrets, base_url: &str) -> Result<()> {
        let shop = [
            ("BASE_URL", base_url),
            ("SESSION_KEYS", &secrets.session_keys),
            ("LINK_SECRET", &secrets.link_secret),
            ("MAIL_FROM", "shop@shop.example"),
        ];
        let services = services.iter().map(|(name, value)| (*name, value.as_str()));
        let lines: Vec<String> = services.chain(shop).map(|(name, value)| format!("{name}={value}")).collect();
        write(&self.functions_env(), (lines.join("\n") + "\n").as_bytes())
    }

    /// Where an embedded service listens for the owner's commands.
    pub(crate) fn socket(&self, service: &str) -> PathBuf {
        self.root.join(service).with_extension("sock")
    }

    fn endpoints(&self) -> PathBuf {
        self.root.join("endpoints.json")
    }

    /// The right to serve the data, unless another process has it.
    pub(crate) fn lock(&self) -> Result<Option<Lock>> {
        let path = self.root.join("lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = file.with_context(|| format!("cannot open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
        }
    }

    /// Tells other processes where the services are; `None` where they cannot be had.
    pub(crate) fn announce(&self, endpoints: Option<&Endpoints>) -> Result<()> {
        match endpoints {
            Some(endpoints) => write_json(&self.endpoints(), endpoints),
            None if self.endpoints().exists() => {
                let path = self.endpoints();
                std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))
            }
            None => Ok(()),
        }
    }

    /// Where the running shop has its services; `None` while it has not said so.
    pub(crate) fn announced(&self) -> Result<Option<Endpoints>> {
        read_json(&self.endpoints())
    }

    fn secrets_file(&self) -> PathBuf {
        self.root.join("secrets.json")
    }

    /// The secrets of a shop that is running.
    pub(crate) fn secrets(&self) -> Result<Secrets> {
        let path = self.secrets_file();
        self.read_secrets()?.with_context(|| format!("{} is missing: put it back, or start the shop again", path.display()))
    }

    /// The secrets, made where there are none. A shop that had some goes on with the new ones, and its owner is told.
    pub(crate) fn secrets_or_new(&self) -> Result<Secrets> {
        let path = self.secrets_file();
        let secret = || format!("{}{}", ids::new_secret(), ids::new_secret());
        let secrets = match self.read_secrets()? {
            Some(secrets) if !secrets.service_secret.is_empty() => return Ok(secrets),
            Some(secrets) => Secrets { service_secret: secret(), ..secrets },
            None => Secrets {
                session_keys: format!("{}:{}", &ids::new_id().as_str()[..8], secret()),
                link_secret: secret(),
                service_secret: secret(),
            },
        };
        let lost = !path.exists() && (self.has_been_a_shop() || self.has_data());
        write_json(&path, &secrets)?;
        if lost {
            eprintln!("shop: {} was missing, so new secrets were made: {}", path.display(), NEW_SECRETS);
        }
        Ok(secrets)
    }

    fn read_secrets(&self) -> Result<Option<Secrets>> {
        let path = self.secrets_file();
        let damaged = || {
            let path = path.display();
            format!("{path} is damaged: put it back from a backup, or remove it, and new secrets are made: {NEW_SECRETS}")
        };
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let secrets: Secrets = serde_json::from_slice(&text).ok().with_context(damaged)?;
        web::Keys::parse(&secrets.session_keys, &secrets.link_secret).ok().with_context(damaged)?;
        Ok(Some(secrets))
    }
}

/// Whether others than its owner may do something with a file.
#[cfg(unix)]
fn is_open(facts: &Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&facts.permissions()) & 0o077 != 0
}

/// Whether this process may read and write a file, or what is in a folder.
#[cfg(unix)]
fn is_usable(path: &Path) -> std::io::Result<()> {
    use rustix::fs::{Access, access};
    let needed = Access::READ_OK | Access::WRITE_OK;
    Ok(access(path, if path.is_dir() { needed | Access::EXEC_OK } else { needed })?)
}

/// Takes a folder and what is in it from everybody but its owner; also what is below its folders, if that is wanted, and of
/// those that are open in any case.
#[cfg(unix)]
fn close(folder: &Path, deep: bool) -> std::io::Result<()> {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};
    if is_open(&std::fs::metadata(folder)?) {
        std::fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // It may be gone by now.
        let Ok(facts) = entry.metadata() else { continue };
        if facts.is_dir() && (deep || is_open(&facts)) {
            close(&entry.path(), true)?;
        } else if facts.is_file() && is_open(&facts) {
            let closed = std::fs::set_permissions(entry.path(), Permissions::from_mode(0o600));
            closed.or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
        }
    }
    Ok(())
}

/// A file's value; `None` where there is no file.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    serde_json::from_slice(&text).map(Some).with_context(|| format!("{} is damaged", path.display()))
}

/// A file's value where it is whole: of what can be found out again.
pub(crate) fn read_whole<T: DeserializeOwned>(path: &Path) -> Option<T> {
    read_json(path).ok().flatten()
}

/// Writes a value whole or not at all, for its owner alone.
pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    write(path, &serde_json::to_vec(value)?)
}

/// Writes a file whole or not at all, for its owner alone.
fn write(path: &Path, content: &[u8]) -> Result<()> {
    let write = || -> Result<()> {
        let new = path.with_extension("new");
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new)?;
        file.write_all(content)?;
        file.sync_all()?;
        Ok(std::fs::rename(&new, path)?)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}
