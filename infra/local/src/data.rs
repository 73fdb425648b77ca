//! The folder with all that the shop keeps: database, bucket, secrets, outbox.

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::Write,
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
        written.is_err_and(|error| error.kind() == std::io::ErrorKind::StorageFull)
    }

    /// Makes the folder where it is missing. It is its owner's alone, with all that is in it, also what was made before.
    pub(crate) fn create(&self) -> Result<()> {
        let make = || -> std::io::Result<()> {
            std::fs::create_dir_all(&self.root)?;
            #[cfg(unix)]
            {
                if std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&self.root)?.permissions()) & 0o077 != 0 {
                    close(&self.root)?;
                }
            }
            Ok(())
        };
        make().with_context(|| format!("cannot make the folder {}", self.root.display()))?;
        let database = self.database();
        // SQLite gives its other files the mode of this one.
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let opened = options.create(true).append(true).open(&database);
        opened.map(drop).with_context(|| format!("cannot open {}", database.display()))
    }

    /// Refuses to make a new shop where there was one: its database is gone, and all else is there.
    pub(crate) fn check_database(&self) -> Result<()> {
        let database = self.database();
        if self.has_been_a_shop() && std::fs::metadata(&database).map_or(0, |facts| facts.len()) == 0 {
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
        let secret = || format!("{}{}", store::new_secret(), store::new_secret());
        let secrets = match self.read_secrets()? {
            Some(secrets) if !secrets.service_secret.is_empty() => return Ok(secrets),
            Some(secrets) => Secrets { service_secret: secret(), ..secrets },
            None => Secrets {
                session_keys: format!("{}:{}", &store::new_id().as_str()[..8], secret()),
                link_secret: secret(),
                service_secret: secret(),
            },
        };
        let lost = !path.exists() && self.has_been_a_shop();
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
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let secrets: Secrets = serde_json::from_slice(&text).ok().with_context(damaged)?;
        web::Keys::parse(&secrets.session_keys, &secrets.link_secret).ok().with_context(damaged)?;
        Ok(Some(secrets))
    }
}

/// Takes a folder and all that is in it from everybody but its owner.
#[cfg(unix)]
fn close(path: &Path) -> std::io::Result<()> {
    use std::{fs::Permissions, os::unix::fs::PermissionsExt};
    let facts = std::fs::symlink_metadata(path)?;
    if facts.is_dir() {
        std::fs::set_permissions(path, Permissions::from_mode(0o700))?;
        for entry in std::fs::read_dir(path)? {
            close(&entry?.path())?;
        }
    } else if !facts.is_symlink() {
        std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
    }
    Ok(())
}

/// A file's value; `None` where there is no file.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
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
