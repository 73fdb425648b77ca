use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Intercept, Region, SharedCredentialsProvider, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        http::SharedHttpClient, interceptors::context::BeforeSerializationInterceptorContextRef, orchestrator::Metadata,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::SdkConfig;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Whether this program can use services that the SDK's variables name. The embedded ones it can always use.
pub const REACHES_AWS: bool = cfg!(feature = "aws");

/// Where an AWS service is and who asks. By default as the SDK's own variables say.
#[derive(Debug, Clone, Default)]
pub struct Service {
    /// Its address, and the keys and region to use there.
    fixed: Option<Fixed>,
    /// What sends its requests, where that is not [`http_client`].
    http: Option<SharedHttpClient>,
}

/// What sends requests by default: HTTP, over TLS where the address says so.
#[cfg(feature = "aws")]
pub fn http_client() -> SharedHttpClient {
    use aws_smithy_http_client::{Builder, tls};
    let ring = tls::rustls_provider::CryptoMode::Ring;
    Builder::new().tls_provider(tls::Provider::Rustls(ring)).build_https()
}

#[derive(Debug, Clone)]
struct Fixed {
    endpoint: String,
    access_key: String,
    secret_key: String,
    region: String,
}

impl Service {
    /// A service at a known address, whatever the variables say.
    pub fn at(endpoint: &str, access_key: &str, secret_key: &str, region: &str) -> Self {
        let own = str::to_owned;
        let fixed =
            Fixed { endpoint: own(endpoint), access_key: own(access_key), secret_key: own(secret_key), region: own(region) };
        Self { fixed: Some(fixed), http: None }
    }

    /// The same service, reached through another sender of requests: the SDK's own place for one that records or fails.
    #[must_use]
    pub fn over(self, http: SharedHttpClient) -> Self {
        Self { http: Some(http), ..self }
    }

    /// The SDK's configuration for it. `variable` names the service's own endpoint variable, such as
    /// `AWS_ENDPOINT_URL_DYNAMODB`; `AWS_ENDPOINT_URL` is for all services.
    pub async fn load(&self, variable: &str) -> SdkConfig {
        let config = match &self.fixed {
            Some(fixed) => fixed.config(),
            None => from_variables(variable).await,
        };
        let config = config.into_builder().retry_config(retries()).timeout_config(timeouts());
        match &self.http {
            Some(http) => config.http_client(http.clone()).build(),
            None => config.build(),
        }
    }
}

impl Fixed {
    fn config(&self) -> SdkConfig {
        let keys = Credentials::new(&self.access_key, &self.secret_key, None, None, "fixed");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&self.endpoint)
            .region(Region::new(self.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(keys));
        #[cfg(feature = "aws")]
        let config = config.http_client(http_client());
        config.build()
    }
}

#[cfg(feature = "aws")]
async fn from_variables(variable: &str) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client());
    match std::env::var(variable) {
        Ok(endpoint) => loader.endpoint_url(endpoint).load().await,
        Err(_) => loader.load().await,
    }
}

/// Without AWS, nothing is known of a service; its requests fail.
#[cfg(not(feature = "aws"))]
async fn from_variables(_: &str) -> SdkConfig {
    SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build()
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(25))
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(3))
        .operation_timeout(Duration::from_secs(8))
        .build()
}

/// Part of the client of another service than the table: remembers the names of the operations it was used for, so that a test
/// can hold them against what a function is allowed.
#[derive(Debug, Clone, Default)]
pub struct Calls(Arc<Mutex<BTreeSet<String>>>);

impl Calls {
    /// The operations so far, by the service's own names.
    pub fn operations(&self) -> BTreeSet<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Intercept for Calls {
    fn name(&self) -> &'static str {
        "Calls"
    }

    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(called) = config.load::<Metadata>() {
            let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if !names.contains(called.name()) {
                names.insert(called.name().to_owned());
            }
        }
        Ok(())
    }
}
