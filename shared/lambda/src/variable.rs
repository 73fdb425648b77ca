//! Settings from the environment. A missing or wrong one stops a function at its start, by its name.

use std::time::Duration;
use store::{Service, Store, StoreConfig, StoreError};
use tokio::time::timeout;

/// A connection that takes longer is made by the first request.
const WARM_WITHIN: Duration = Duration::from_secs(2);

/// A setting that is missing or wrong, by its name.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not set.
    #[error("{0} is not set")]
    Missing(&'static str),
    /// Set to something that cannot be used.
    #[error("{0}: {1}")]
    Wrong(&'static str, String),
}

/// A variable that has to be there.
pub fn variable(name: &'static str) -> Result<String, ConfigError> {
    optional(name).ok_or(ConfigError::Missing(name))
}

/// A variable that may be missing or empty.
pub fn optional(name: &'static str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// `BASE_URL`: the shop's address, `https://shop.example`, no slash at the end.
pub fn base_url() -> Result<String, ConfigError> {
    const NAME: &str = "BASE_URL";
    let address = variable(NAME)?;
    let wrong = || ConfigError::Wrong(NAME, "expected https://host without a path".to_owned());
    let uri: http::Uri = address.parse().map_err(|_| wrong())?;
    let plain = matches!(uri.scheme_str(), Some("https" | "http")) && uri.host().is_some_and(|host| !host.is_empty());
    // A URI without a path has the path of one slash.
    let bare = uri.path_and_query().is_none_or(|path| path.as_str() == "/") && !address.ends_with('/');
    if plain && bare { Ok(address) } else { Err(wrong()) }
}

/// Where the table is: `TABLE_NAME`, and the service as the SDK's own variables say.
fn table_config() -> Result<StoreConfig, ConfigError> {
    const NAME: &str = "TABLE_NAME";
    let table = variable(NAME)?;
    // As DynamoDB names tables; an ARN names one of another account.
    let named = (3..=1024).contains(&table.len()) && table.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:/".contains(&b));
    if !named {
        return Err(ConfigError::Wrong(NAME, "is no name of a table".to_owned()));
    }
    Ok(StoreConfig { table, service: Service::default() })
}

/// The table's client; no request is sent yet.
pub async fn table() -> Result<Store, ConfigError> {
    Ok(Store::connect(&table_config()?).await)
}

/// Asks the table something while the function starts, so that the first request finds a warm connection. A table that does not
/// answer yet may do so by then.
pub async fn warm<T>(question: impl Future<Output = Result<T, StoreError>>) {
    match timeout(WARM_WITHIN, question).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(%error, "the table does not answer yet"),
        Err(_) => tracing::warn!("the table does not answer yet"),
    }
}
