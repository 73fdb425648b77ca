use crate::is_elsewhere;
use embedded::{ACCESS_KEY, IN_PROCESS, Keys, REGION, S3, SECRET_KEY};
use publish::Bucket;
use store::Service;
use tempfile::TempDir;

/// A bucket of its own.
pub struct SiteBucket {
    /// The bucket.
    pub bucket: Bucket,
    _embedded: Option<(S3, TempDir)>,
}

impl SiteBucket {
    /// A new, empty bucket.
    pub async fn new() -> Self {
        let embedded = if is_elsewhere("S3") {
            None
        } else {
            let folder = TempDir::new().expect("a folder");
            Some((S3::start(folder.path(), &Keys::of_tests()).expect("the embedded service starts"), folder))
        };
        let service = embedded
            .as_ref()
            .map_or_else(Service::default, |(s3, _)| Service::at(IN_PROCESS, ACCESS_KEY, SECRET_KEY, REGION).over(s3.client()));
        let bucket = Bucket::connect(&format!("test-{}", ids::new_id()), &service).await;
        bucket.create().await.expect("the bucket is made");
        Self { bucket, _embedded: embedded }
    }
}
