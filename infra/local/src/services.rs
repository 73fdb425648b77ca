//! The table and the buckets: embedded, those of the shop that runs already, or those that the SDK's variables name.
//!
//! Embedded services are called in process. Commands reach those of the shop that runs at sockets in its data folder; a port is
//! opened for functions that run elsewhere, and for nobody else.

use crate::data::{DataFolder, Endpoints, Lock};
use anyhow::{Context, Error, Result, anyhow, bail};
use embedded::{Damage, DynamoDb, IN_PROCESS, Keys, Lost, REGION, Records, S3, StartError};
use publish::Bucket;
use std::{
    path::Path,
    time::{Duration, Instant},
};
use store::{Service, Store, StoreConfig};
use tokio::time::sleep;

/// A shop that is starting gets this long to say where its services are.
const ANNOUNCED_WITHIN: Duration = Duration::from_secs(30);

/// Connections to table and buckets, and what has to run for them.
#[derive(Debug)]
pub(crate) struct Services {
    pub(crate) store: Store,
    /// Pages and assets.
    pub(crate) site: Bucket,
    /// Pictures.
    pub(crate) media: Bucket,
    dynamodb: Option<DynamoDb>,
    s3: Option<S3>,
    /// The SDK's variables that lead to ports of this process.
    ports: Vec<(&'static str, String)>,
    lock: Option<Lock>,
    /// The address of the shop that runs, for its owner's commands.
    address: Option<String>,
}

/// Whether functions run in other processes, so that the embedded services have to listen at ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Functions {
    Here,
    Elsewhere,
}

impl Services {
    /// For a command that needs a shop: it may be running or not.
    pub(crate) async fn open(folder: &DataFolder) -> Result<Self> {
        if !table_is_elsewhere() {
            folder.check_shop()?;
        }
        Self::open_or_new(folder).await
    }

    /// For a command that may make a shop.
    pub(crate) async fn open_or_new(folder: &DataFolder) -> Result<Self> {
        check_reach()?;
        if is_elsewhere(DYNAMODB) && is_elsewhere(S3_BUCKETS) {
            let services = Self::connect(Service::default(), Service::default(), None).await;
            services.prepare().await?;
            return Ok(services);
        }
        folder.create()?;
        let started = Instant::now();
        loop {
            if let Some(lock) = folder.lock()? {
                return Self::start(folder, lock, Functions::Here, None).await;
            }
            if let Some(endpoints) = folder.announced()? {
                return Self::of_running(folder, endpoints).await;
            }
            if started.elapsed() > ANNOUNCED_WITHIN {
                bail!("another process works in {} and cannot be reached", folder.path().display());
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Those of the shop that runs, where the SDK's variables name no others.
    async fn of_running(folder: &DataFolder, endpoints: Endpoints) -> Result<Self> {
        let keys = Keys::new(&folder.secrets()?.service_secret);
        let running = |name, socket: Option<&Path>| {
            socket.filter(|_| !is_elsewhere(name)).map_or_else(Service::default, |socket| at_socket(socket, &keys))
        };
        let (table, buckets) = (running(DYNAMODB, endpoints.dynamodb.as_deref()), running(S3_BUCKETS, endpoints.s3.as_deref()));
        Ok(Self { address: endpoints.address, ..Self::connect(table, buckets, None).await })
    }

    /// For the shop itself, at its address, or for a command without it: nobody else may work in the folder.
    pub(crate) async fn start(folder: &DataFolder, lock: Lock, functions: Functions, address: Option<&str>) -> Result<Self> {
        check_reach()?;
        // Of a process that did not end by itself.
        folder.announce(None)?;
        if !is_elsewhere(DYNAMODB) {
            folder.check_database()?;
            // Before secrets are made for it.
            DynamoDb::check(&folder.database()).await.map_err(|error| with_remedy(error, folder))?;
        }
        let keys = Keys::new(&folder.secrets_or_new()?.service_secret);
        let own = |client| Service::at(IN_PROCESS, &keys.access, &keys.secret, REGION).over(client);
        let (mut table, mut buckets, mut ports) = (Service::default(), Service::default(), Vec::new());
        let mut dynamodb = None;
        if !is_elsewhere(DYNAMODB) {
            let started = DynamoDb::start_checked(Some(&folder.database())).await;
            let mut engine = started.map_err(|error| with_remedy(error, folder))?;
            table = own(engine.client());
            if functions == Functions::Elsewhere {
                ports.push((DYNAMODB, engine.listen(&keys).await?));
            }
            dynamodb = Some(engine);
        }
        let mut s3 = None;
        if !is_elsewhere(S3_BUCKETS) {
            let mut service = S3::start(&folder.objects(), &keys).map_err(|error| with_remedy(error, folder))?;
            buckets = own(service.client());
            if functions == Functions::Elsewhere {
                ports.push((S3_BUCKETS, service.listen().await?));
            }
            s3 = Some(service);
        }
        if !ports.is_empty() {
            let signed = [("AWS_REGION", REGION), ("AWS_ACCESS_KEY_ID", &keys.access), ("AWS_SECRET_ACCESS_KEY", &keys.secret)];
            ports.extend(signed.map(|(name, value)| (name, value.to_owned())));
        }
        let reachable = listen(folder, dynamodb.as_mut(), s3.as_mut());
        let mut services = Self::connect(table, buckets, Some(lock)).await;
        services.dynamodb = dynamodb;
        services.s3 = s3;
        services.ports = ports;
        services.prepare().await?;
        folder.announce(reachable.map(|sockets| Endpoints { address: address.map(str::to_owned), ..sockets }).as_ref())?;
        Ok(services)
    }

    /// Makes table and buckets where they are missing, and moves lists of a former version.
    async fn prepare(&self) -> Result<()> {
        self.store.create_table().await.context("the table cannot be made")?;
        if self.dynamodb.is_some() {
            self.store.bring_up_to_date().await.context("the lists cannot be moved to their keys of today")?;
        }
        self.site.create().await?;
        self.media.create().await?;
        Ok(())
    }

    async fn connect(dynamodb: Service, s3: Service, lock: Option<Lock>) -> Self {
        let config = StoreConfig { service: dynamodb, ..StoreConfig::from_env() };
        let site = std::env::var("SITE_BUCKET").unwrap_or_else(|_| "shop-site".to_owned());
        let site = Bucket::connect(&site, &s3).await;
        // On one machine, one bucket holds both.
        let media = match std::env::var("MEDIA_BUCKET") {
            Ok(media) => Bucket::connect(&media, &s3).await,
            Err(_) => site.clone(),
        };
        Self {
            store: Store::connect(&config).await,
            site,
            media,
            dynamodb: None,
            s3: None,
            ports: Vec::new(),
            lock,
            address: None,
        }
    }

    /// The address of the shop that runs, if it is not this process.
    pub(crate) fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// Whether the table is in the data folder.
    pub(crate) fn has_own_table(&self) -> bool {
        self.dynamodb.is_some()
    }

    /// What the embedded buckets do not have any more as it was stored.
    pub(crate) fn lost(&self) -> Result<Lost> {
        let Some(s3) = &self.s3 else { return Ok(Lost::default()) };
        let mut lost = s3.lost(self.site.name())?;
        if self.media.name() != self.site.name() {
            let Lost { missing, damaged } = s3.lost(self.media.name())?;
            lost.missing.extend(missing);
            lost.damaged.extend(damaged);
        }
        Ok(lost)
    }

    /// What is found to be damaged of the embedded buckets; `None` where they are elsewhere.
    pub(crate) fn damage(&self) -> Option<Damage> {
        self.s3.as_ref().map(S3::damage)
    }

    /// Writes to the embedded table do not wait for the disk any more: for what can be made again.
    pub(crate) fn commit_lazily(&self) -> Result<()> {
        self.dynamodb.as_ref().map_or(Ok(()), |engine| Ok(engine.commit_lazily()?))
    }

    /// The records of the embedded table's stream; `None` where the table is elsewhere.
    pub(crate) fn records(&self) -> Option<Records> {
        self.dynamodb.as_ref().map(DynamoDb::records)
    }

    /// The SDK's variables that lead to the ports of this process, and the names of table and bucket.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![("TABLE_NAME", self.store.table().to_owned()), ("SITE_BUCKET", self.site.name().to_owned())];
        variables.extend(self.ports.iter().cloned());
        variables
    }

    /// Finishes what is running and closes the files.
    pub(crate) async fn stop(self) {
        if let Some(dynamodb) = self.dynamodb {
            dynamodb.stop().await;
        }
        if let Some(s3) = self.s3 {
            s3.stop().await;
        }
        drop(self.lock);
    }
}

const DYNAMODB: &str = "AWS_ENDPOINT_URL_DYNAMODB";
const S3_BUCKETS: &str = "AWS_ENDPOINT_URL_S3";

/// Whether the SDK's variables name a service.
fn is_elsewhere(service: &str) -> bool {
    std::env::var_os(service).is_some() || std::env::var_os("AWS_ENDPOINT_URL").is_some()
}

/// Services of others need what the shop on one machine does without.
fn check_reach() -> Result<()> {
    let named = ["AWS_ENDPOINT_URL", DYNAMODB, S3_BUCKETS].into_iter().find(|name| std::env::var_os(name).is_some());
    match named {
        Some(name) if !store::REACHES_AWS => {
            bail!("{name} is set, and this program has its own services only: build it with cargo build --release --features aws")
        }
        _ => Ok(()),
    }
}

/// Whether the table is not in the data folder.
pub(crate) fn table_is_elsewhere() -> bool {
    is_elsewhere(DYNAMODB)
}

/// What to do, after what is wrong.
fn with_remedy(error: StartError, folder: &DataFolder) -> Error {
    match error {
        StartError::Damaged { .. } => anyhow!("{error}: {}", folder.remedy()),
        StartError::Newer { .. } => anyhow!("{error}: start that version"),
        StartError::Foreign { .. } if folder.has_been_a_shop() => anyhow!("{error}: {}", folder.remedy()),
        StartError::Foreign { .. } => anyhow!("{error}: name another folder for the shop with --data"),
        StartError::Data { .. } => {
            anyhow!("{error}: end what else uses it, see that the shop may read and write it, or {}", folder.remedy())
        }
        StartError::Listen(_) => error.into(),
    }
}

/// Listens where commands look for the services of the shop that runs. A path that is too long for a socket is no reason not to
/// run.
#[cfg(unix)]
fn listen(folder: &DataFolder, dynamodb: Option<&mut DynamoDb>, s3: Option<&mut S3>) -> Option<Endpoints> {
    let sockets = Endpoints {
        dynamodb: dynamodb.is_some().then(|| folder.socket("dynamodb")),
        s3: s3.is_some().then(|| folder.socket("s3")),
        address: None,
    };
    let table = dynamodb.zip(sockets.dynamodb.as_deref()).map_or(Ok(()), |(engine, socket)| engine.listen_at(socket));
    let buckets = s3.zip(sockets.s3.as_deref()).map_or(Ok(()), |(service, socket)| service.listen_at(socket));
    match table.and(buckets) {
        Ok(()) => Some(sockets),
        Err(error) => {
            tracing::warn!(%error, "commands have to wait until the shop has stopped");
            None
        }
    }
}

/// No sockets: commands have to wait until the shop has stopped.
#[cfg(not(unix))]
fn listen(_: &DataFolder, _: Option<&mut DynamoDb>, _: Option<&mut S3>) -> Option<Endpoints> {
    None
}

#[cfg(unix)]
fn at_socket(socket: &Path, keys: &Keys) -> Service {
    Service::at(IN_PROCESS, &keys.access, &keys.secret, REGION).over(embedded::at_socket(socket))
}

#[cfg(not(unix))]
fn at_socket(_: &Path, _: &Keys) -> Service {
    Service::default()
}
