use aws_sdk_s3::{Client, primitives::ByteStream, types::CreateBucketConfiguration};
use builder::Object;
use md5::{Digest, Md5};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};
use store::{Calls, Service};

/// Metadata of an object that leads elsewhere.
const LOCATION: &str = "location";

/// The site's bucket. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
    region: Option<String>,
    calls: Calls,
    /// Tags of what is known to be there, by key.
    known: Arc<Mutex<HashMap<String, String>>>,
}

/// The bucket does not answer, or not as it should.
#[derive(Debug, thiserror::Error)]
#[error("the bucket {bucket} is not available: {reason}")]
pub struct BucketError {
    bucket: String,
    reason: String,
}

/// An object as the bucket has it.
#[derive(Debug, Clone)]
pub struct Found {
    /// The content.
    pub body: Vec<u8>,
    /// Media type.
    pub content_type: String,
    /// `Cache-Control`
    pub cache_control: String,
    /// Tag of the content, with quotes.
    pub etag: String,
    /// Where the address leads.
    pub location: Option<String>,
}

impl Bucket {
    /// Makes the client; no request is sent yet.
    pub async fn connect(name: &str, service: &Service) -> Self {
        let shared = service.load("AWS_ENDPOINT_URL_S3").await;
        // A bucket of its own host name needs a DNS that knows it.
        let path_style = shared.endpoint_url().is_some();
        let calls = Calls::default();
        let config = aws_sdk_s3::config::Builder::from(&shared).force_path_style(path_style).interceptor(calls.clone());
        let region = shared.region().map(ToString::to_string);
        Self { client: Client::from_conf(config.build()), name: name.to_owned(), region, calls, known: Arc::default() }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What S3 was asked to do so far, by its own names.
    pub fn operations(&self) -> BTreeSet<String> {
        self.calls.operations()
    }

    /// Makes the bucket where it is missing.
    pub async fn create(&self) -> Result<(), BucketError> {
        if self.client.head_bucket().bucket(&self.name).send().await.is_ok() {
            return Ok(());
        }
        // The first region is where buckets are made unless another is named, and must not be named.
        let elsewhere = self.region.as_deref().filter(|region| *region != "us-east-1");
        let place = elsewhere.map(|r| CreateBucketConfiguration::builder().location_constraint(r.into()).build());
        let create = self.client.create_bucket().bucket(&self.name).set_create_bucket_configuration(place);
        create.send().await.map(|_| ()).map_err(|e| self.error(&e))
    }

    /// Reads an object.
    pub async fn get(&self, key: &str) -> Result<Option<Found>, BucketError> {
        let answer = match self.client.get_object().bucket(&self.name).key(key).send().await {
            Ok(answer) => answer,
            Err(error)
                if error.as_service_error().is_some_and(aws_sdk_s3::operation::get_object::GetObjectError::is_no_such_key) =>
            {
                return Ok(None);
            }
            Err(error) => {
                // It may be damaged: the next upload asks what is there.
                self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
                return Err(self.error(&error));
            }
        };
        Ok(Some(Found {
            content_type: answer.content_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
            cache_control: answer.cache_control.unwrap_or_default(),
            etag: answer.e_tag.unwrap_or_default(),
            location: answer.metadata.and_then(|mut m| m.remove(LOCATION)),
            body: answer.body.collect().await.map_err(|e| self.error(&e))?.to_vec(),
        }))
    }

    /// Whether an object is there.
    pub async fn has(&self, key: &str) -> Result<bool, BucketError> {
        Ok(self.tag(key).await?.is_some_and(|tag| !tag.is_empty()))
    }

    /// Uploads an object if its content differs from what is there. Returns whether it did.
    pub async fn put(&self, object: &Object) -> Result<bool, BucketError> {
        let key = object.key();
        let tag = tag_of(&object.body);
        if self.tag(&key).await?.as_ref() == Some(&tag) {
            return Ok(false);
        }
        let mut put = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(&key)
            .content_type(object.content_type)
            .cache_control(object.caching.header())
            .body(ByteStream::from(object.body.clone()));
        if let Some(location) = &object.location {
            put = put.metadata(LOCATION, location);
        }
        put.send().await.map_err(|e| self.error(&e))?;
        self.remember(&key, Some(tag));
        Ok(true)
    }

    /// Removes an object, if it is there.
    pub async fn remove(&self, key: &str) -> Result<(), BucketError> {
        self.client.delete_object().bucket(&self.name).key(key).send().await.map_err(|e| self.error(&e))?;
        self.remember(key, Some(String::new()));
        Ok(())
    }

    /// All keys.
    pub async fn keys(&self) -> Result<Vec<String>, BucketError> {
        let mut keys = Vec::new();
        let mut next = None;
        loop {
            let request = self.client.list_objects_v2().bucket(&self.name).set_continuation_token(next);
            let answer = request.send().await.map_err(|e| self.error(&e))?;
            for object in answer.contents.unwrap_or_default() {
                let Some(key) = object.key else { continue };
                // Not every S3 lists tags; the others are asked for one by one.
                if object.e_tag.is_some() {
                    self.remember(&key, object.e_tag);
                }
                keys.push(key);
            }
            next = answer.next_continuation_token;
            if next.is_none() {
                return Ok(keys);
            }
        }
    }

    async fn tag(&self, key: &str) -> Result<Option<String>, BucketError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        if known.is_some() {
            return Ok(known);
        }
        match self.client.head_object().bucket(&self.name).key(key).send().await {
            Ok(answer) => {
                // One without a type was not uploaded to its end, or what was known of it is lost.
                let tag = answer.e_tag.filter(|_| answer.content_type.is_some());
                self.remember(key, tag.clone());
                Ok(tag)
            }
            Err(error) if error.raw_response().is_some_and(|r| r.status().as_u16() == 404) => Ok(None),
            Err(error) => Err(self.error(&error)),
        }
    }

    fn remember(&self, key: &str, tag: Option<String>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(key.to_owned(), tag.unwrap_or_default());
    }

    fn error(&self, error: &dyn std::error::Error) -> BucketError {
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            reason = format!("{reason}: {inner}");
            cause = inner.source();
        }
        BucketError { bucket: self.name.clone(), reason }
    }
}

/// What S3 calls a content that was uploaded in one piece.
fn tag_of(body: &[u8]) -> String {
    format!("\"{}\"", hex::encode(Md5::digest(body)))
}
