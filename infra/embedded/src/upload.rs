//! An upload's content, once it is known to be what the sender meant: by each checksum that came along, before or after it.

use crate::facts::tag_of;
use base64::{Engine, engine::general_purpose::STANDARD};
use http_body_util::BodyExt;
use s3s::{
    Body, S3Request, S3Result,
    checksum::ChecksumHasher,
    dto::{Checksum, PutObjectInput},
    s3_error,
};

/// Reads the content of a request to its end, and returns it with its tag.
pub(crate) async fn content(request: &mut S3Request<PutObjectInput>) -> S3Result<(Vec<u8>, String)> {
    let body = request.input.body.take().ok_or_else(|| s3_error!(IncompleteBody))?;
    let content = Body::from(body).collect().await.map_err(|_| s3_error!(IncompleteBody))?.to_bytes();
    let tag = tag_of(&content);
    if let Some(wanted) = &request.input.content_md5 {
        let wanted = STANDARD.decode(wanted).map_err(|_| s3_error!(InvalidDigest))?;
        if hex::encode(&wanted) != tag {
            return Err(s3_error!(BadDigest));
        }
    }
    if is_other(&content, &claimed(request)) {
        return Err(s3_error!(BadDigest));
    }
    Ok((content.to_vec(), tag))
}

/// The checksums that came with a request.
fn claimed(request: &S3Request<PutObjectInput>) -> Checksum {
    let input = &request.input;
    let trailers = request.trailing_headers.as_ref().and_then(s3s::TrailingHeaders::take).unwrap_or_default();
    let find = |header: &Option<String>, name: &str| {
        header.clone().or_else(|| trailers.get(name).and_then(|value| value.to_str().ok().map(str::to_owned)))
    };
    Checksum {
        checksum_crc32: find(&input.checksum_crc32, "x-amz-checksum-crc32"),
        checksum_crc32c: find(&input.checksum_crc32c, "x-amz-checksum-crc32c"),
        checksum_sha1: find(&input.checksum_sha1, "x-amz-checksum-sha1"),
        checksum_sha256: find(&input.checksum_sha256, "x-amz-checksum-sha256"),
        checksum_crc64nvme: find(&input.checksum_crc64nvme, "x-amz-checksum-crc64nvme"),
        ..Checksum::default()
    }
}

fn is_other(content: &[u8], claimed: &Checksum) -> bool {
    let mut hasher = ChecksumHasher {
        crc32: claimed.checksum_crc32.as_ref().map(|_| s3s::crypto::Crc32::default()),
        crc32c: claimed.checksum_crc32c.as_ref().map(|_| s3s::crypto::Crc32c::default()),
        sha1: claimed.checksum_sha1.as_ref().map(|_| s3s::crypto::Sha1::default()),
        sha256: claimed.checksum_sha256.as_ref().map(|_| s3s::crypto::Sha256::default()),
        crc64nvme: claimed.checksum_crc64nvme.as_ref().map(|_| s3s::crypto::Crc64Nvme::default()),
    };
    hasher.update(content);
    let found = hasher.finalize();
    found.checksum_crc32 != claimed.checksum_crc32
        || found.checksum_crc32c != claimed.checksum_crc32c
        || found.checksum_sha1 != claimed.checksum_sha1
        || found.checksum_sha256 != claimed.checksum_sha256
        || found.checksum_crc64nvme != claimed.checksum_crc64nvme
}
