//! S3's REST protocol, as far as a bucket of pages needs it, on the SDK's own machinery: its connections, signatures, deadlines
//! and retries. The whole S3 client of the SDK takes longer to compile than the rest of this function, and is twice its size.

use aws_runtime::{
    auth::{SigV4OperationSigningConfig, SigningOptions, sigv4},
    retries::classifiers::AwsErrorCodeClassifier,
};
use aws_smithy_runtime::client::{
    identity::IdentityCache,
    orchestrator::operation::Operation,
    retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        auth::{AuthSchemeOptionResolverParams, static_resolver::StaticAuthSchemeOptionResolver},
        behavior_version::BehaviorVersion,
        identity::SharedIdentityResolver,
        orchestrator::{HttpRequest, HttpResponse, OrchestratorError},
        result::SdkError,
        runtime_components::RuntimeComponentsBuilder,
        runtime_plugin::{SharedRuntimePlugin, StaticRuntimePlugin},
    },
};
use aws_smithy_types::{
    body::SdkBody,
    config_bag::Layer,
    error::{ErrorMetadata, metadata::ProvideErrorMetadata},
};
use aws_types::{SdkConfig, SigningName, region::SigningRegion};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use std::{
    collections::{BTreeSet, HashMap},
    pin::Pin,
};
use store::Calls;

/// Everything in a key but what S3 leaves as it is. Slashes part its folders.
const IN_A_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');
/// The same for a value of a query.
const IN_A_QUERY: &AsciiSet = &IN_A_PATH.add(b'/');

/// Buckets by S3's operations. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct S3 {
    plugin: SharedRuntimePlugin,
    sdk: SdkConfig,
    calls: Calls,
}

/// One request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    /// With slashes between its folders; empty for the bucket itself.
    pub(crate) key: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// S3's answer to a request that it has carried out.
#[derive(Debug)]
pub(crate) struct Response {
    /// By names in small letters.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// S3 has not carried it out.
#[derive(Debug, thiserror::Error)]
#[error("{status} {reason}")]
pub(crate) struct Refused {
    pub(crate) status: u16,
    /// S3's word for the reason, where it says one.
    reason: ErrorMetadata,
}

impl ProvideErrorMetadata for Refused {
    fn meta(&self) -> &ErrorMetadata {
        &self.reason
    }
}

/// Why there is no reply.
pub(crate) type Failure = SdkError<Refused, HttpResponse>;

/// A request on its way.
type Pending = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send>>;

/// What a bucket holds, a part of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Listing {
    pub(crate) contents: Vec<Entry>,
    pub(crate) next_continuation_token: Option<String>,
}

/// An object in a listing.
#[derive(Debug, Deserialize)]
pub(crate) struct Entry {
    #[serde(rename = "Key")]
    pub(crate) key: String,
    #[serde(rename = "ETag")]
    pub(crate) etag: Option<String>,
}

impl Listing {
    /// From the body of an answer.
    pub(crate) fn read(body: &[u8]) -> Result<Self, quick_xml::DeError> {
        quick_xml::de::from_reader(body)
    }
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "Code")]
    code: String,
}

impl S3 {
    /// Makes the client; no request is sent yet.
    pub(crate) fn new(sdk: SdkConfig) -> Self {
        let mut layer = Layer::new("s3");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(signing(&sdk));
        let mut parts = RuntimeComponentsBuilder::new("s3")
            .with_http_client(sdk.http_client())
            .with_sleep_impl(sdk.sleep_impl())
            .with_time_source(sdk.time_source())
            .with_auth_scheme(sigv4::SigV4AuthScheme::new())
            .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![sigv4::SCHEME_ID])))
            .with_identity_cache(Some(sdk.identity_cache().unwrap_or_else(|| IdentityCache::lazy().build())))
            .with_retry_classifier(AwsErrorCodeClassifier::<Refused>::new())
            .with_retry_classifier(TransientErrorClassifier::<Refused>::new())
            .with_retry_classifier(HttpStatusCodeClassifier::default());
        if let Some(keys) = sdk.credentials_provider() {
            parts = parts.with_identity_resolver(sigv4::SCHEME_ID, SharedIdentityResolver::new(keys));
        }
        let calls = Calls::default();
        let parts = parts.with_interceptor(calls.clone());
        let plugin = StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(parts);
        Self { plugin: SharedRuntimePlugin::new(plugin), sdk, calls }
    }

    /// The region that requests are signed for.
    pub(crate) fn region(&self) -> Option<&str> {
        self.sdk.region().map(AsRef::as_ref)
    }

    /// What S3 was asked to do so far, by its own names.
    pub(crate) fn operations(&self) -> BTreeSet<String> {
        self.calls.operations()
    }

    /// Sends a request and waits for all of its answer. `operation` is S3's name for it. Boxed, so that the SDK's machinery is
    /// compiled here once, and not in every crate that awaits it.
    pub(crate) fn send(&self, operation: &'static str, bucket: &str, request: Request) -> Pending {
        let operation = self.operation(operation, bucket);
        Box::pin(async move { operation.invoke(request).await })
    }

    fn operation(&self, operation: &'static str, bucket: &str) -> Operation<Request, Response, Refused> {
        let (endpoint, root) = self.place(bucket);
        let mut builder = Operation::builder()
            .service_name("S3")
            .operation_name(operation)
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&endpoint)
            .runtime_plugin(self.plugin.clone());
        if let Some(timeouts) = self.sdk.timeout_config() {
            builder = builder.timeout_config(timeouts.clone());
        }
        if let Some(retries) = self.sdk.retry_config() {
            builder = builder.standard_retry(retries);
        }
        builder.serializer(move |request: Request| http_request(&root, request)).deserializer(response).build()
    }

    /// The address of a bucket, and the path to its root there. On AWS a bucket has a host name of its own, as long as AWS's
    /// certificate is good for it. Elsewhere that takes a DNS that knows it.
    fn place(&self, bucket: &str) -> (String, String) {
        let region = self.region().unwrap_or("us-east-1");
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        match self.sdk.endpoint_url() {
            Some(endpoint) => (endpoint.trim_end_matches('/').to_owned(), format!("/{bucket}")),
            None if bucket.contains('.') => (format!("https://s3.{region}.{domain}"), format!("/{bucket}")),
            None => (format!("https://{bucket}.s3.{region}.{domain}"), String::new()),
        }
    }
}

/// Signatures as S3 wants them: over the content, and over the path as it is sent.
fn signing(sdk: &SdkConfig) -> SigV4OperationSigningConfig {
    let mut options = SigningOptions::default();
    options.double_uri_encode = false;
    options.content_sha256_header = true;
    options.normalize_uri_path = false;
    SigV4OperationSigningConfig {
        region: sdk.region().cloned().map(SigningRegion::from),
        name: Some(SigningName::from_static("s3")),
        signing_options: options,
        ..SigV4OperationSigningConfig::default()
    }
}

fn http_request(root: &str, request: Request) -> Result<HttpRequest, BoxError> {
    let mut uri = format!("{root}/{}", utf8_percent_encode(&request.key, IN_A_PATH));
    for (i, (name, value)) in request.query.iter().enumerate() {
        let between = if i == 0 { '?' } else { '&' };
        uri = format!("{uri}{between}{name}={}", utf8_percent_encode(value, IN_A_QUERY));
    }
    let mut sent = HttpRequest::new(SdkBody::from(request.body));
    sent.set_method(request.method)?;
    sent.set_uri(uri)?;
    for (name, value) in request.headers {
        sent.headers_mut().try_insert(name, value)?;
    }
    Ok(sent)
}

fn response(answer: &HttpResponse) -> Result<Response, OrchestratorError<Refused>> {
    if !answer.status().is_success() {
        let said = answer.body().bytes().and_then(|body| std::str::from_utf8(body).ok()).unwrap_or_default();
        let code = quick_xml::de::from_str(said).map(|refusal: Refusal| refusal.code);
        let reason = code.map(|code| ErrorMetadata::builder().code(code).build()).unwrap_or_default();
        return Err(OrchestratorError::operation(Refused { status: answer.status().as_u16(), reason }));
    }
    let headers = answer.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Ok(Response { headers, body: answer.body().bytes().unwrap_or_default().to_vec() })
}

#[cfg(test)]
mod tests {
    use super::{HttpResponse, Listing, ProvideErrorMetadata as _, Request, S3, SdkBody, http_request, response};
    use aws_types::{SdkConfig, region::Region};

    fn place(region: &str, bucket: &str, endpoint: Option<&str>) -> (String, String) {
        let sdk = SdkConfig::builder().region(Region::new(region.to_owned()));
        let sdk = if let Some(endpoint) = endpoint { sdk.endpoint_url(endpoint) } else { sdk };
        S3::new(sdk.build()).place(bucket)
    }

    #[test]
    fn a_bucket_on_aws_has_its_own_host_name_where_the_certificate_allows_it() {
        let of = |endpoint: &str, root: &str| (endpoint.to_owned(), root.to_owned());
        assert_eq!(place("eu-central-1", "site", None), of("https://site.s3.eu-central-1.amazonaws.com", ""));
        assert_eq!(place("cn-north-1", "site", None), of("https://site.s3.cn-north-1.amazonaws.com.cn", ""));
        assert_eq!(place("us-east-1", "my.shop", None), of("https://s3.us-east-1.amazonaws.com", "/my.shop"));
        assert_eq!(place("us-east-1", "site", Some("http://127.0.0.1:4566/")), of("http://127.0.0.1:4566", "/site"));
    }

    #[test]
    fn what_a_path_or_a_query_cannot_hold_is_encoded() {
        let key = "products/a b+c/é?#%/index.html".to_owned();
        let query = vec![("list-type", "2".to_owned()), ("continuation-token", "a/b+c=&".to_owned())];
        let request = http_request("/site", Request { method: "GET", key, query, ..Request::default() }).unwrap();
        let path = "/site/products/a%20b%2Bc/%C3%A9%3F%23%25/index.html";
        assert_eq!(request.uri(), format!("{path}?list-type=2&continuation-token=a%2Fb%2Bc%3D%26"));
    }

    #[test]
    fn what_s3_says_is_read_as_it_writes_it() {
        let listing = Listing::read(
            br#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>site</Name><Prefix/><KeyCount>2</KeyCount>
            <IsTruncated>true</IsTruncated><NextContinuationToken>1ueGcx+/=</NextContinuationToken>
            <Contents><Key>a&amp;b.html</Key><ETag>&quot;0cc1&quot;</ETag><Size>4</Size></Contents>
            <Contents><Key>c.html</Key></Contents></ListBucketResult>"#,
        )
        .unwrap();
        let read: Vec<_> = listing.contents.iter().map(|entry| (entry.key.as_str(), entry.etag.as_deref())).collect();
        assert_eq!(read, [("a&b.html", Some("\"0cc1\"")), ("c.html", None)]);
        assert_eq!(listing.next_continuation_token.as_deref(), Some("1ueGcx+/="));
        assert!(Listing::read(b"<ListBucketResult></ListBucketResult>").unwrap().contents.is_empty());
        assert!(Listing::read(b"<html>not S3").is_err());
    }

    #[test]
    fn what_s3_refuses_has_its_status_and_reason() {
        let refused = |status: u16, body: &'static str| {
            let error = response(&HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))).unwrap_err();
            let refused = error.as_operation_error().unwrap();
            (refused.status, refused.code().map(ToOwned::to_owned))
        };
        let missing = refused(404, "<Error><Code>NoSuchKey</Code><Message>It is not there.</Message><Key>a</Key></Error>");
        assert_eq!(missing, (404, Some("NoSuchKey".to_owned())));
        // An answer to HEAD has no body, and who stands before S3 answers in HTML.
        for body in ["", "<html>Bad Gateway", "\u{0}"] {
            assert_eq!(refused(502, body), (502, None), "{body}");
        }
    }
}
