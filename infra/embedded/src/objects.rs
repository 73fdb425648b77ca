//! What s3s-fs does not do as the shop needs it. It replaces content, type and tag one after the other, so that who reads in
//! between, or after a kill in between, gets an error: objects are read and written here (see [`crate::folder`]). And it lists
//! too slowly: for each thousand keys it looks at every file of the bucket, for a site of 50,000 products at a hundred thousand
//! files, a hundred times. Keys are listed in the order of their bytes, so a folder can be gone through in that order, and what
//! comes before the position is not looked at.

use crate::{
    facts::Version,
    folder::{Folder, Stored},
    upload,
};
use s3s::{
    Body, S3, S3Error, S3Request, S3Response, S3Result,
    dto::{
        CreateBucketInput, CreateBucketOutput, DeleteObjectInput, DeleteObjectOutput, ETag, GetObjectInput, GetObjectOutput,
        HeadBucketInput, HeadBucketOutput, HeadObjectInput, HeadObjectOutput, ListObjectsV2Input, ListObjectsV2Output, Object,
        PutObjectInput, PutObjectOutput, StreamingBlob, Timestamp,
    },
    s3_error,
};
use s3s_fs::FileSystem;
use std::{
    fs::Metadata,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::task::spawn_blocking;

/// As many keys as S3 lists at a time.
const AT_ONCE: usize = 1000;

/// Buckets in a folder.
#[derive(Debug)]
pub(crate) struct Objects {
    root: PathBuf,
    files: FileSystem,
    folder: Arc<Folder>,
}

impl Objects {
    pub(crate) fn new(root: &Path, files: FileSystem, folder: Arc<Folder>) -> Self {
        Self { root: root.to_owned(), files, folder }
    }

    /// Works with files, on a thread that may wait.
    async fn with<T: Send + 'static>(&self, work: impl FnOnce(&Folder) -> io::Result<T> + Send + 'static) -> S3Result<T> {
        let folder = self.folder.clone();
        let done = spawn_blocking(move || work(&folder)).await.map_err(|_| s3_error!(InternalError))?;
        done.map_err(|error| of_file(&error))
    }
}

/// What an error means for who asked. A damaged object may be whole again soon: clients try again by themselves.
fn of_file(error: &io::Error) -> S3Error {
    match error.kind() {
        ErrorKind::InvalidData => s3_error!(ServiceUnavailable, "the object is damaged"),
        ErrorKind::InvalidInput => s3_error!(InvalidArgument, "the key is no name of a file"),
        _ => s3_error!(InternalError, "{error}"),
    }
}

fn time(file: &Metadata) -> Option<Timestamp> {
    file.modified().ok().map(Timestamp::from)
}

#[async_trait::async_trait]
impl S3 for Objects {
    async fn create_bucket(&self, request: S3Request<CreateBucketInput>) -> S3Result<S3Response<CreateBucketOutput>> {
        self.files.create_bucket(request).await
    }

    async fn head_bucket(&self, request: S3Request<HeadBucketInput>) -> S3Result<S3Response<HeadBucketOutput>> {
        self.files.head_bucket(request).await
    }

    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let GetObjectInput { bucket, key, range, .. } = request.input;
        let found = self.with(move |folder| folder.read(&bucket, &key)).await?;
        let (Stored { version, file }, mut content) = found.ok_or_else(|| s3_error!(NoSuchKey))?;
        let mut content_range = None;
        if let Some(range) = range {
            let (whole, part) = (content.len(), range.check(content.len() as u64)?);
            content_range = Some(format!("bytes {}-{}/{whole}", part.start, part.end - 1));
            let place = |at: u64| usize::try_from(at).unwrap_or(whole);
            content = content.get(place(part.start)..place(part.end)).unwrap_or_default().to_vec();
        }
        Ok(S3Response::new(GetObjectOutput {
            content_length: content.len().try_into().ok(),
            content_range,
            body: Some(StreamingBlob::from(Body::from(content))),
            last_modified: time(&file),
            e_tag: Some(ETag::Strong(version.tag)),
            content_type: version.content_type,
            cache_control: version.cache_control,
            content_encoding: version.content_encoding,
            content_disposition: version.content_disposition,
            content_language: version.content_language,
            metadata: version.user_metadata,
            ..GetObjectOutput::default()
        }))
    }

    async fn head_object(&self, request: S3Request<HeadObjectInput>) -> S3Result<S3Response<HeadObjectOutput>> {
        let HeadObjectInput { bucket, key, .. } = request.input;
        let found = self.with(move |folder| folder.head(&bucket, &key)).await?;
        let Stored { version, file } = found.ok_or_else(|| s3_error!(NoSuchKey))?;
        Ok(S3Response::new(HeadObjectOutput {
            content_length: file.len().try_into().ok(),
            last_modified: time(&file),
            e_tag: Some(ETag::Strong(version.tag)),
            content_type: version.content_type,
            cache_control: version.cache_control,
            content_encoding: version.content_encoding,
            content_disposition: version.content_disposition,
            content_language: version.content_language,
            metadata: version.user_metadata,
            ..HeadObjectOutput::default()
        }))
    }

    async fn put_object(&self, mut request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let (content, tag) = upload::content(&mut request).await?;
        let input = request.input;
        if input.if_match.is_some() || input.if_none_match.is_some() {
            return Err(s3_error!(NotImplemented));
        }
        if !self.root.join(&input.bucket).is_dir() {
            return Err(s3_error!(NoSuchBucket));
        }
        let version = Version {
            tag: tag.clone(),
            content_type: input.content_type,
            cache_control: input.cache_control,
            content_encoding: input.content_encoding,
            content_disposition: input.content_disposition,
            content_language: input.content_language,
            user_metadata: input.metadata,
            ..Version::default()
        };
        let (bucket, key) = (input.bucket, input.key);
        self.with(move |folder| folder.put(&bucket, &key, &content, version)).await?;
        Ok(S3Response::new(PutObjectOutput { e_tag: Some(ETag::Strong(tag)), ..PutObjectOutput::default() }))
    }

    async fn delete_object(&self, request: S3Request<DeleteObjectInput>) -> S3Result<S3Response<DeleteObjectOutput>> {
        let DeleteObjectInput { bucket, key, .. } = request.input;
        self.with(move |folder| folder.delete(&bucket, &key)).await?;
        Ok(S3Response::new(DeleteObjectOutput::default()))
    }

    async fn list_objects_v2(&self, request: S3Request<ListObjectsV2Input>) -> S3Result<S3Response<ListObjectsV2Output>> {
        let input = &request.input;
        let is_whole = input.prefix.as_deref().is_none_or(str::is_empty) && input.delimiter.is_none();
        let folder = self.root.join(&input.bucket);
        if !is_whole || !folder.is_dir() {
            return self.files.list_objects_v2(request).await;
        }
        let after = input.continuation_token.clone().max(input.start_after.clone()).unwrap_or_default();
        let most = input.max_keys.and_then(|most| most.try_into().ok()).unwrap_or(AT_ONCE).min(AT_ONCE);
        let listed = spawn_blocking(move || keys_after(&folder, &after, most + 1)).await;
        let mut found = listed.map_err(|_| s3_error!(InternalError))?.map_err(|_| s3_error!(InternalError))?;
        let is_truncated = found.len() > most;
        found.truncate(most);
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(request.input.bucket),
            key_count: found.len().try_into().ok(),
            max_keys: most.try_into().ok(),
            is_truncated: Some(is_truncated),
            next_continuation_token: found.last().filter(|_| is_truncated).map(|(key, _)| key.clone()),
            contents: Some(found.into_iter().map(object).collect()),
            ..ListObjectsV2Output::default()
        }))
    }
}

fn object((key, facts): (String, Metadata)) -> Object {
    Object { key: Some(key), last_modified: time(&facts), size: facts.len().try_into().ok(), ..Object::default() }
}

/// The first keys below a folder that come after this one, with what the file system says of their files.
fn keys_after(bucket: &Path, after: &str, most: usize) -> io::Result<Vec<(String, Metadata)>> {
    let mut found = Vec::new();
    walk(bucket, "", after, most, &mut found)?;
    Ok(found)
}

fn walk(folder: &Path, start: &str, after: &str, most: usize, found: &mut Vec<(String, Metadata)>) -> io::Result<()> {
    let mut keys = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        // All keys below a folder begin with this.
        let key = if entry.file_type()?.is_dir() { format!("{start}{name}/") } else { format!("{start}{name}") };
        if key.as_str() > after || (key.ends_with('/') && after.starts_with(&key)) {
            keys.push((key, entry.path()));
        }
    }
    keys.sort_unstable();
    for (key, path) in keys {
        if found.len() >= most {
            return Ok(());
        }
        let there = if key.ends_with('/') {
            walk(&path, &key, after, most, found)
        } else {
            std::fs::metadata(&path).map(|facts| found.push((key, facts)))
        };
        // It may be gone by now.
        there.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_in_the_order_of_their_bytes_each_once_however_many_at_a_time() {
        let folder = tempfile::TempDir::new().unwrap();
        let mut keys = Vec::new();
        for top in ["a", "a-b", "a.b", "a0", "z", "404.html"] {
            for below in ["", "/x", "/x/index.html", "/x-y", "/x.y", "/1/2/3"] {
                keys.push(format!("{top}{below}"));
            }
        }
        // A file and a folder cannot have one name.
        keys.retain(|key| !["a", "a-b", "a.b", "a0", "z"].contains(&key.as_str()) && !key.ends_with("/x"));
        keys.retain(|key| key == "404.html" || !key.starts_with("404.html"));
        for key in &keys {
            let path = folder.path().join(key);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, key).unwrap();
        }
        keys.sort();
        assert!(keys.len() > 20);
        for most in [1, 2, 7, 100] {
            let mut listed: Vec<String> = Vec::new();
            loop {
                let after = listed.last().cloned().unwrap_or_default();
                let next = keys_after(folder.path(), &after, most).unwrap();
                if next.is_empty() {
                    break;
                }
                assert!(next.len() <= most);
                assert!(next.iter().all(|(key, facts)| facts.len() == key.len() as u64));
                listed.extend(next.into_iter().map(|(key, _)| key));
            }
            assert_eq!(listed, keys, "{most} at a time");
        }
    }
}
