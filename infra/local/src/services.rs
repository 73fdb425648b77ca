//! The table and the buckets: embedded, those of the shop that runs already, or those that the SDK's variables name.
//!
//! Embedded services are called in process. Commands reach those of the shop that runs at sockets in its data folder; a port is
//! opened for functions that run elsewhere, and for nobody else.

use crate::data::{DataFolder, Endpoints, Lock};
use anyhow::{Context, Result};
use embedded::{DynamoDb, IN_PROCESS, Keys, REGION, Records, S3};
use publish::Bucket;
use std::path::Path;
use store::{Service, Store, StoreConfig};

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
}

/// Whether functions run in other processes, so that the embedded services have to listen at ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Functions {
    Here,
    Elsewhere,
}

impl Services {
    /// For a command: the shop may be running or not.
    pub(crate) async fn open(folder: &DataFolder) -> Result<Self> {
        folder.create()?;
        let Some(lock) = folder.lock()? else {
            let Endpoints { dynamodb, s3 } = folder.announced()?;
            let keys = Keys::new(&folder.secrets()?.service_secret);
            let running = |socket: Option<&Path>| socket.map_or_else(Service::default, |socket| at_socket(socket, &keys));
            return Ok(Self::connect(running(dynamodb.as_deref()), running(s3.as_deref()), None).await);
        };
        Self::start(folder, lock, Functions::Here).await
    }

    /// For the shop itself: nobody else may work in the folder.
    pub(crate) async fn start(folder: &DataFolder, lock: Lock, functions: Functions) -> Result<Self> {
        let other = |name: &str| std::env::var_os(name).is_some() || std::env::var_os("AWS_ENDPOINT_URL").is_some();
        let keys = Keys::new(&folder.secrets()?.service_secret);
        let own = |client| Service::at(IN_PROCESS, &keys.access, &keys.secret, REGION).over(client);
        let (mut table, mut buckets, mut ports) = (Service::default(), Service::default(), Vec::new());
        let mut dynamodb = None;
        if !other("AWS_ENDPOINT_URL_DYNAMODB") {
            let mut engine = DynamoDb::start(Some(&folder.database())).await?;
            table = own(engine.client());
            if functions == Functions::Elsewhere {
                ports.push(("AWS_ENDPOINT_URL_DYNAMODB", engine.listen(&keys).await?));
            }
            dynamodb = Some(engine);
        }
        let mut s3 = None;
        if !other("AWS_ENDPOINT_URL_S3") {
            let mut service = S3::start(&folder.objects(), &keys)?;
            buckets = own(service.client());
            if functions == Functions::Elsewhere {
                ports.push(("AWS_ENDPOINT_URL_S3", service.listen().await?));
            }
            s3 = Some(service);
        }
        if !ports.is_empty() {
            let signed = [("AWS_REGION", REGION), ("AWS_ACCESS_KEY_ID", &keys.access), ("AWS_SECRET_ACCESS_KEY", &keys.secret)];
            ports.extend(signed.map(|(name, value)| (name, value.to_owned())));
        }
        let reachable = listen(folder, dynamodb.as_mut(), s3.as_mut());
        folder.announce(reachable.as_ref())?;
        let mut services = Self::connect(table, buckets, Some(lock)).await;
        services.dynamodb = dynamodb;
        services.s3 = s3;
        services.ports = ports;
        services.store.create_table().await.context("the table cannot be made")?;
        if services.dynamodb.is_some() {
            services.store.bring_up_to_date().await.context("the lists cannot be moved to their keys of today")?;
        }
        services.site.create().await?;
        services.media.create().await?;
        Ok(services)
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
        Self { store: Store::connect(&config).await, site, media, dynamodb: None, s3: None, ports: Vec::new(), lock }
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

/// Listens where commands look for the services of the shop that runs. A path that is too long for a socket is no reason not to
/// run.
#[cfg(unix)]
fn listen(folder: &DataFolder, dynamodb: Option<&mut DynamoDb>, s3: Option<&mut S3>) -> Option<Endpoints> {
    let sockets = Endpoints {
        dynamodb: dynamodb.is_some().then(|| folder.socket("dynamodb")),
        s3: s3.is_some().then(|| folder.socket("s3")),
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
