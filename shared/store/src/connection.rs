use crate::{
    StoreError,
    error::failed,
    item::{Item, from_item},
    meter::{Counting, Usage, count_conflict},
    service::Service,
};
use aws_sdk_dynamodb::{Client, types::KeysAndAttributes};
use aws_types::SdkConfig;
use serde::de::DeserializeOwned;
use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

/// What the table is asked for. An `async fn` is compiled again in every crate that awaits it, and so is all of the SDK that it
/// calls. Boxed, it is compiled here, once.
pub(crate) type Asked<'a, T> = futures_util::future::BoxFuture<'a, T>;

/// Where the table is.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The table's name.
    pub table: String,
    /// The service.
    pub service: Service,
}

impl StoreConfig {
    /// `TABLE_NAME`, `shop` where it is not set; the service as the SDK's own variables say.
    pub fn from_env() -> Self {
        let table = std::env::var("TABLE_NAME").unwrap_or_else(|_| "shop".to_owned());
        Self { table, service: Service::default() }
    }
}

/// How often a batch asks again for keys that were left unprocessed: at most two seconds, one on average.
const MOST_ROUNDS: u32 = 7;

/// The table. Cheap to clone; all clones count their requests together.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) client: Client,
    pub(crate) sdk: SdkConfig,
    pub(crate) table: String,
    /// Whether the shop is known to have the keys of today.
    pub(crate) moved: Arc<AtomicBool>,
    counting: Counting,
}

impl Store {
    /// Makes the client; no request is sent yet.
    pub async fn connect(config: &StoreConfig) -> Self {
        let counting = Counting::default();
        let sdk = config.service.load("AWS_ENDPOINT_URL_DYNAMODB").await;
        let client = aws_sdk_dynamodb::config::Builder::from(&sdk).interceptor(counting.clone());
        Self { client: Client::from_conf(client.build()), sdk, table: config.table.clone(), moved: Arc::default(), counting }
    }

    /// HTTP requests sent so far, retries included.
    pub fn requests(&self) -> u64 {
        self.counting.whole.usage().round_trips
    }

    /// Everything asked of the table so far.
    pub fn usage(&self) -> Usage {
        self.counting.whole.usage()
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Opens a connection, so that the first shopper does not wait for it.
    ///
    /// # Errors
    ///
    /// `StoreError::Unavailable` when the table does not answer.
    pub async fn warm(&self) -> Result<(), StoreError> {
        self.read("WARM", "WARM").await.map(|_| ())
    }

    pub(crate) async fn read(&self, pk: impl Into<String>, sk: impl Into<String>) -> Result<Option<Item>, StoreError> {
        self.read_item(crate::item::key(pk, sk)).await
    }

    pub(crate) fn read_item(&self, key: Item) -> Asked<'_, Result<Option<Item>, StoreError>> {
        Box::pin(async move {
            let answer = self.client.get_item().table_name(&self.table).set_key(Some(key)).consistent_read(true);
            answer.send().await.map(|a| a.item).map_err(|e| failed(&e))
        })
    }

    pub(crate) async fn read_as<T: DeserializeOwned>(
        &self,
        pk: impl Into<String>,
        sk: impl Into<String>,
    ) -> Result<Option<T>, StoreError> {
        self.read(pk, sk).await?.map(from_item).transpose()
    }

    /// Items of any keys, in no order; in one request up to 100 keys. What the table leaves unprocessed is asked for again, after
    /// a pause that grows, a few times. What a save has staged in them is returned once it is committed.
    pub(crate) async fn read_many(&self, keys: Vec<Item>) -> Result<Vec<Item>, StoreError> {
        let found = self.read_raw(keys).await?;
        self.as_committed(found).await
    }

    /// [`Store::read_many`], with what is staged in the items as it lies there.
    pub(crate) fn read_raw(&self, keys: Vec<Item>) -> Asked<'_, Result<Vec<Item>, StoreError>> {
        Box::pin(async move {
            let mut found = Vec::with_capacity(keys.len());
            for chunk in keys.chunks(100) {
                let mut open = chunk.to_vec();
                for round in 0.. {
                    let wanted = KeysAndAttributes::builder().set_keys(Some(open)).consistent_read(true).build();
                    let wanted = wanted.map_err(crate::item::corrupt)?;
                    let answer =
                        self.client.batch_get_item().request_items(&self.table, wanted).send().await.map_err(|e| failed(&e))?;
                    found.extend(answer.responses.into_iter().flatten().flat_map(|(_, items)| items));
                    let left = answer.unprocessed_keys.unwrap_or_default().remove(&self.table);
                    open = left.map(|k| k.keys).unwrap_or_default();
                    if open.is_empty() {
                        break;
                    }
                    if round == MOST_ROUNDS {
                        return Err(StoreError::Unavailable(format!("{} keys stay unprocessed", open.len())));
                    }
                    back_off(round).await;
                }
            }
            Ok(found)
        })
    }
}

/// Waits before another try because others stood in the way: counted as a conflict.
pub(crate) async fn pause(attempt: u32) {
    count_conflict();
    back_off(attempt).await;
}

/// Full jitter under 20 ms doubling to 640 ms.
async fn back_off(attempt: u32) {
    let most = 20_u64 << attempt.min(5);
    tokio::time::sleep(Duration::from_millis(crate::random_bits() % most)).await;
}
