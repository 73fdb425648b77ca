//! The table and the buckets: embedded, those of the shop that runs already, or those that the SDK's variables name.

use crate::data::{DataFolder, Endpoints, Lock};
use anyhow::{Context, Result};
use embedded::{ACCESS_KEY, DynamoDb, REGION, Records, S3, SECRET_KEY};
use publish::Bucket;
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
    lock: Option<Lock>,
}

impl Services {
    /// For a command: the shop may be running or not.
    pub(crate) async fn open(folder: &DataFolder) -> Result<Self> {
        folder.create()?;
        let Some(lock) = folder.lock()? else {
            let Endpoints { dynamodb, s3 } = folder.announced()?;
            return Ok(Self::connect(own(dynamodb.as_deref()), own(s3.as_deref()), None).await);
        };
        Self::start(folder, lock).await
    }

    /// For the shop itself: nobody else may work in the folder.
    pub(crate) async fn start(folder: &DataFolder, lock: Lock) -> Result<Self> {
        let other = |name: &str| std::env::var_os(name).is_some() || std::env::var_os("AWS_ENDPOINT_URL").is_some();
        let mut dynamodb = None;
        if !other("AWS_ENDPOINT_URL_DYNAMODB") {
            dynamodb = Some(DynamoDb::start(Some(&folder.database())).await?);
        }
        let mut s3 = None;
        if !other("AWS_ENDPOINT_URL_S3") {
            s3 = Some(S3::start(&folder.objects()).await?);
        }
        let announced = Endpoints {
            dynamodb: dynamodb.as_ref().map(|d| d.endpoint().to_owned()),
            s3: s3.as_ref().map(|s| s.endpoint().to_owned()),
        };
        folder.announce(&announced)?;
        let table = own(announced.dynamodb.as_deref());
        let table = dynamodb.as_ref().map_or(table.clone(), |engine| table.over(engine.client()));
        let mut services = Self::connect(table, own(announced.s3.as_deref()), Some(lock)).await;
        services.dynamodb = dynamodb;
        services.s3 = s3;
        services.store.create_table().await.context("the table cannot be made")?;
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
        Self { store: Store::connect(&config).await, site, media, dynamodb: None, s3: None, lock }
    }

    /// The records of the embedded table's stream; `None` where the table is elsewhere.
    pub(crate) fn records(&self) -> Option<Records> {
        self.dynamodb.as_ref().map(DynamoDb::records)
    }

    /// The SDK's variables that lead to the services of this process, and the names of table and bucket.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![("TABLE_NAME", self.store.table().to_owned()), ("SITE_BUCKET", self.site.name().to_owned())];
        let own = [
            ("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb.as_ref().map(|d| d.endpoint().to_owned())),
            ("AWS_ENDPOINT_URL_S3", self.s3.as_ref().map(|s| s.endpoint().to_owned())),
        ];
        let own: Vec<_> = own.into_iter().filter_map(|(name, address)| Some((name, address?))).collect();
        if !own.is_empty() {
            variables.extend(own);
            let keys = [("AWS_REGION", REGION), ("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY)];
            variables.extend(keys.map(|(name, value)| (name, value.to_owned())));
        }
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

/// An embedded service at its address, or the one that the SDK's variables name.
fn own(address: Option<&str>) -> Service {
    address.map_or_else(Service::default, |address| Service::at(address, ACCESS_KEY, SECRET_KEY, REGION))
}
