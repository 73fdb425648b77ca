mod s3;

use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use builder::Object;
use md5::{Digest, Md5};
use s3::{Failure, Listing, Refused, Request, Response, S3};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};
use store::Service;

/// Metadata of an object that leads elsewhere.
const LOCATION: &str = "x-amz-meta-location";

/// S3's XML namespace.
const XML: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// The site's bucket. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bucket {
    s3: S3,
    name: String,
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
        Self { s3: S3::new(service.load("AWS_ENDPOINT_URL_S3").await), name: name.to_owned(), known: Arc::default() }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What S3 was asked to do so far, by its own names.
    pub fn operations(&self) -> BTreeSet<String> {
        self.s3.operations()
    }

    /// Makes the bucket where it is missing.
    pub async fn create(&self) -> Result<(), BucketError> {
        let look = Request { method: "HEAD", ..Request::default() };
        if self.send("HeadBucket", look).await.is_ok() {
            return Ok(());
        }
        // The first region is where buckets are made unless another is named, and must not be named.
        let elsewhere = self.s3.region().filter(|region| *region != "us-east-1");
        let body = elsewhere.map_or_else(Vec::new, |region| {
            let place = format!("<LocationConstraint>{region}</LocationConstraint>");
            format!("<CreateBucketConfiguration xmlns=\"{XML}\">{place}</CreateBucketConfiguration>").into_bytes()
        });
        self.send("CreateBucket", Request { method: "PUT", body, ..Request::default() }).await.map_err(|e| self.error(&e))?;
        Ok(())
    }

    /// Reads an object.
    pub async fn get(&self, key: &str) -> Result<Option<Found>, BucketError> {
        let mut answer = match self.send("GetObject", Request { method: "GET", key: key.to_owned(), ..Request::default() }).await
        {
            Ok(answer) => answer,
            Err(error) if refused(&error).and_then(ProvideErrorMetadata::code) == Some("NoSuchKey") => return Ok(None),
            Err(error) => {
                // It may be damaged: the next upload asks what is there.
                self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
                return Err(self.error(&error));
            }
        };
        let mut header = |name: &str| answer.headers.remove(name);
        Ok(Some(Found {
            content_type: header("content-type").unwrap_or_else(|| "application/octet-stream".to_owned()),
            cache_control: header("cache-control").unwrap_or_default(),
            etag: header("etag").unwrap_or_default(),
            location: header(LOCATION),
            body: answer.body,
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
        let of_what = [("content-type", object.content_type), ("cache-control", object.caching.header())];
        let location = object.location.as_deref().map(|location| (LOCATION, location));
        let headers = of_what.into_iter().chain(location).map(|(name, value)| (name, value.to_owned())).collect();
        let put = Request { method: "PUT", key: key.clone(), headers, body: object.body.clone(), ..Request::default() };
        self.send("PutObject", put).await.map_err(|e| self.error(&e))?;
        self.remember(&key, Some(tag));
        Ok(true)
    }

    /// Removes an object, if it is there.
    pub async fn remove(&self, key: &str) -> Result<(), BucketError> {
        let delete = Request { method: "DELETE", key: key.to_owned(), ..Request::default() };
        self.send("DeleteObject", delete).await.map_err(|e| self.error(&e))?;
        self.remember(key, Some(String::new()));
        Ok(())
    }

    /// All keys.
    pub async fn keys(&self) -> Result<Vec<String>, BucketError> {
        let mut keys = Vec::new();
        let mut query = vec![("list-type", "2".to_owned())];
        loop {
            let list = Request { method: "GET", query: query.clone(), ..Request::default() };
            let answer = self.send("ListObjectsV2", list).await.map_err(|e| self.error(&e))?;
            let listing = Listing::read(&answer.body).map_err(|e| self.error(&e))?;
            for object in listing.contents {
                // Not every S3 lists tags; the others are asked for one by one.
                if object.etag.is_some() {
                    self.remember(&object.key, object.etag);
                }
                keys.push(object.key);
            }
            query.truncate(1);
            match listing.next_continuation_token {
                Some(next) => query.push(("continuation-token", next)),
                None => return Ok(keys),
            }
        }
    }

    async fn tag(&self, key: &str) -> Result<Option<String>, BucketError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        if known.is_some() {
            return Ok(known);
        }
        match self.send("HeadObject", Request { method: "HEAD", key: key.to_owned(), ..Request::default() }).await {
            Ok(mut answer) => {
                // One without a type was not uploaded to its end, or what was known of it is lost.
                let tag = answer.headers.remove("etag").filter(|_| answer.headers.contains_key("content-type"));
                self.remember(key, tag.clone());
                Ok(tag)
            }
            Err(error) if refused(&error).is_some_and(|refused| refused.status == 404) => Ok(None),
            Err(error) => Err(self.error(&error)),
        }
    }

    async fn send(&self, operation: &'static str, request: Request) -> Result<Response, Failure> {
        self.s3.send(operation, &self.name, request).await
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

/// What S3 says of a request that it has not carried out; `None` where it said nothing.
fn refused(failure: &Failure) -> Option<&Refused> {
    failure.as_service_error()
}

/// What S3 calls a content that was uploaded in one piece.
fn tag_of(body: &[u8]) -> String {
    format!("\"{}\"", hex::encode(Md5::digest(body)))
}
