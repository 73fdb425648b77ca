use crate::{Feed, Function, Gateway, Mailbox, Mapping, Variables};
use anyhow::{Context, Result};
use browser::binaries;
use embedded::{ACCESS_KEY, DynamoDb, Keys, REGION, S3, SECRET_KEY};
use publish::Bucket;
use std::{path::PathBuf, sync::Arc};
use store::{Service, Store, StoreConfig};
use suite::goods;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// The functions that answer HTTP, with the first parts of the paths they answer.
pub const HTTP_FUNCTIONS: [(&str, &[&str]); 5] = [
    ("auth", &["auth"]),
    ("account", &["account"]),
    ("cart", &["cart", "categories"]),
    ("checkout", &["checkout", "orders"]),
    ("admin", &["admin"]),
];
/// Those that follow the table's stream or a schedule, and the one for tests of the service.
const OTHERS: [&str; 4] = ["publish", "notify", "sweep", "echo"];

/// A shop with goods for functions that are processes of their own: a table, a bucket and a mailbox, and the variables that lead
/// functions there. Table and bucket are embedded, or where the SDK's own variables say.
pub struct Stage {
    /// The table.
    pub store: Store,
    /// The site's bucket.
    pub bucket: Bucket,
    /// Where mail arrives.
    pub mailbox: Mailbox,
    /// The variables of functions.
    pub variables: Variables,
    /// Where the table is.
    pub service: Service,
    _dynamodb: Option<DynamoDb>,
    _s3: Option<S3>,
    _folder: TempDir,
}

impl Stage {
    /// A new shop with settings, a category and two products (see [`goods`]).
    pub async fn open() -> Result<Self> {
        let folder = TempDir::new()?;
        let other = |name: &str| std::env::var(name).ok();
        let (mut dynamodb, mut table) = (None, None);
        if other("AWS_ENDPOINT_URL_DYNAMODB").is_none() {
            let engine = dynamodb.insert(DynamoDb::start(None).await?);
            table = Some(engine.listen(&Keys::of_tests()).await?);
        }
        let (mut s3, mut buckets) = (None, None);
        if other("AWS_ENDPOINT_URL_S3").is_none() {
            let service = s3.insert(S3::start(folder.path(), &Keys::of_tests())?);
            buckets = Some(service.listen().await?);
        }
        let mailbox = Mailbox::open().await?;
        let own = |endpoint: Option<&str>| {
            endpoint.map_or_else(Service::default, |endpoint| Service::at(endpoint, ACCESS_KEY, SECRET_KEY, REGION))
        };
        let service = own(table.as_deref());
        let name = format!("test-{}", ids::new_id().as_str().to_lowercase());
        let store = Store::connect(&StoreConfig { table: name.clone(), service: service.clone() }).await;
        store.create_table().await?;
        store.put_settings(&goods::settings()).await?;
        store.create_category(&goods::category()).await?;
        for product in [goods::shirt(), goods::mug()] {
            store.create_product(&product).await?;
        }
        let bucket = Bucket::connect(&name, &own(buckets.as_deref())).await;
        bucket.create().await?;
        let mut variables: Variables = [
            ("BASE_URL", "https://shop.example"),
            ("ENVIRONMENT", "test"),
            ("TABLE_NAME", &name),
            ("SITE_BUCKET", &name),
            ("SESSION_KEYS", "k1:0123456789abcdef0123456789abcdef"),
            ("LINK_SECRET", "fedcba9876543210fedcba9876543210"),
            ("MAIL_FROM", "shop@shop.example"),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("AWS_ENDPOINT_URL_SES", mailbox.endpoint()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        for (name, endpoint) in [("AWS_ENDPOINT_URL_DYNAMODB", table), ("AWS_ENDPOINT_URL_S3", buckets)] {
            if let Some(endpoint) = endpoint.or_else(|| other(name)) {
                variables.insert(name.to_owned(), endpoint);
            }
        }
        for name in ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            if dynamodb.is_none()
                && let Some(value) = other(name)
            {
                variables.insert(name.to_owned(), value);
            }
        }
        Ok(Self { store, bucket, mailbox, variables, service, _dynamodb: dynamodb, _s3: s3, _folder: folder })
    }

    /// The binary of a function, as the working tree has it now.
    pub async fn binary(function: &str) -> Result<PathBuf> {
        static BINARIES: OnceCell<Vec<PathBuf>> = OnceCell::const_new();
        let names: Vec<&str> = HTTP_FUNCTIONS.iter().map(|(name, _)| *name).chain(OTHERS).collect();
        let built = BINARIES.get_or_try_init(|| binaries(&names)).await?;
        let place = names.iter().position(|name| *name == function);
        place.and_then(|place| built.get(place)).cloned().with_context(|| format!("no function {function}"))
    }

    /// Starts a function.
    pub async fn function(&self, name: &str) -> Result<Arc<Function>> {
        Ok(Arc::new(Function::start(&Self::binary(name).await?, &self.variables).await?))
    }

    /// Starts all functions that answer HTTP, and the gateway in front of them.
    pub async fn gateway(&self) -> Result<Gateway> {
        let mut routes = Vec::new();
        for (name, prefixes) in HTTP_FUNCTIONS {
            let function = self.function(name).await?;
            routes.extend(prefixes.iter().map(|prefix| (*prefix, function.clone())));
        }
        Ok(Gateway::open(routes).await?)
    }

    /// Starts a function that follows the stream: batches of ten, two retries.
    pub async fn mapping(&self, name: &str) -> Result<Mapping> {
        Ok(Mapping::new(self.function(name).await?, 10, 2))
    }

    /// The table's stream, from its beginning.
    pub async fn feed(&self) -> Result<Feed> {
        Feed::of(&self.store, &self.service).await
    }
}
