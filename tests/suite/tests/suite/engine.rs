//! The embedded services at a port, where every program and every page in a browser on this machine gets to.

use aws_sdk_dynamodb::{Client, error::ProvideErrorMetadata};
use builder::{Caching, Object};
use embedded::{ACCESS_KEY, DynamoDb, Keys, REGION, S3, SECRET_KEY};
use publish::Bucket;
use store::Service;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// A request as any program can make it; returns all that comes back, in small letters.
async fn answer(endpoint: &str, method: &str, path: &str, headers: &[&str]) -> String {
    let host = endpoint.trim_start_matches("http://");
    let mut socket = TcpStream::connect(host).await.unwrap();
    let start = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: 2");
    let request = format!("{}\r\n\r\n{{}}", [&[start.as_str()], headers].concat().join("\r\n"));
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer.to_lowercase()
}

async fn client(endpoint: &str, access: &str, secret: &str) -> Client {
    Client::new(&Service::at(endpoint, access, secret, REGION).load("AWS_ENDPOINT_URL_DYNAMODB").await)
}

const LIST: &str = "x-amz-target: DynamoDB_20120810.ListTables";
const ORIGIN: &str = "origin: http://127.0.0.1:8080";

#[tokio::test]
async fn at_a_port_the_table_answers_who_has_its_keys_and_nobody_else() {
    let mut engine = DynamoDb::start(None).await.unwrap();
    let endpoint = engine.listen(&Keys::of_tests()).await.unwrap();
    let own = client(&endpoint, ACCESS_KEY, SECRET_KEY).await;
    assert!(own.list_tables().send().await.unwrap().table_names().is_empty());
    for (access, secret) in [(ACCESS_KEY, "another"), ("another", SECRET_KEY), (ACCESS_KEY, "")] {
        let other = client(&endpoint, access, secret).await.list_tables().send().await.unwrap_err();
        assert_eq!(other.raw_response().map(|answer| answer.status().as_u16()), Some(403), "{other:?} {:?}", other.code());
    }
    for header in ["origin", "sec-fetch-site"] {
        let page = own.list_tables().customize().mutate_request(move |request| {
            request.headers_mut().insert(header, "http://127.0.0.1:8080");
        });
        let refused = page.send().await.unwrap_err();
        assert_eq!(refused.raw_response().map(|answer| answer.status().as_u16()), Some(403), "{header}");
    }
    // A signature of another day, and one that leaves out which operation it is for.
    let scope = format!("Credential={ACCESS_KEY}/20200101/{REGION}/dynamodb/aws4_request");
    let old = format!("authorization: AWS4-HMAC-SHA256 {scope}, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00");
    for headers in [&[LIST][..], &[LIST, ORIGIN], &[LIST, &old, "x-amz-date: 20200101T000000Z"], &[LIST, "authorization: x"]] {
        let refused = answer(&endpoint, "POST", "/", headers).await;
        assert!(refused.starts_with("http/1.1 403") && !refused.contains("access-control"), "{headers:?}: {refused}");
    }
    let preflight = answer(&endpoint, "OPTIONS", "/", &[ORIGIN, "access-control-request-method: POST"]).await;
    assert!(preflight.starts_with("http/1.1 403") && !preflight.contains("access-control"), "{preflight}");
    engine.stop().await;
}

#[tokio::test]
async fn what_is_signed_cannot_be_changed() {
    let mut engine = DynamoDb::start(None).await.unwrap();
    let endpoint = engine.listen(&Keys::of_tests()).await.unwrap();
    let own = client(&endpoint, ACCESS_KEY, SECRET_KEY).await;
    for changed in ["body", "target"] {
        let sent = own.list_tables().customize().interceptor(Tamper(changed)).send().await.unwrap_err();
        assert_eq!(sent.raw_response().map(|answer| answer.status().as_u16()), Some(403), "{changed}");
    }
    engine.stop().await;
}

/// Changes a request after it was signed.
#[derive(Debug)]
struct Tamper(&'static str);

impl aws_sdk_dynamodb::config::Intercept for Tamper {
    fn name(&self) -> &'static str {
        "Tamper"
    }

    fn modify_before_transmit(
        &self,
        context: &mut aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut<'_>,
        _: &aws_smithy_runtime_api::client::runtime_components::RuntimeComponents,
        _: &mut aws_smithy_types::config_bag::ConfigBag,
    ) -> Result<(), aws_smithy_runtime_api::box_error::BoxError> {
        if self.0 == "body" {
            *context.request_mut().body_mut() = "{\"Limit\":1}".into();
            context.request_mut().headers_mut().insert("content-length", "11");
        } else {
            context.request_mut().headers_mut().insert("x-amz-target", "DynamoDB_20120810.DescribeLimits");
        }
        Ok(())
    }
}

#[tokio::test]
async fn at_a_port_the_bucket_answers_who_has_its_keys_and_nobody_else() {
    let folder = TempDir::new().unwrap();
    let mut service = S3::start(folder.path(), &Keys::of_tests()).unwrap();
    let endpoint = service.listen().await.unwrap();
    let own = Bucket::connect("site", &Service::at(&endpoint, ACCESS_KEY, SECRET_KEY, REGION)).await;
    own.create().await.unwrap();
    let page = Object {
        path: "/page.txt".to_owned(),
        content_type: "text/plain",
        caching: Caching::Media,
        location: None,
        body: b"secret".to_vec(),
    };
    own.put(&page).await.unwrap();
    assert_eq!(own.get("page.txt").await.unwrap().unwrap().body, b"secret");
    for (access, secret) in [(ACCESS_KEY, "another"), ("another", SECRET_KEY)] {
        let other = Bucket::connect("site", &Service::at(&endpoint, access, secret, REGION)).await;
        assert!(other.get("page.txt").await.is_err(), "{access}");
        assert!(other.put(&Object { body: b"other".to_vec(), ..page.clone() }).await.is_err(), "{access}");
    }
    for (method, path) in [("GET", "/site/page.txt"), ("PUT", "/site/page.txt"), ("GET", "/"), ("DELETE", "/site/page.txt")] {
        for headers in [&[][..], &["authorization: AWS4-HMAC-SHA256 x"], &[ORIGIN]] {
            let refused = answer(&endpoint, method, path, headers).await;
            assert!(refused.starts_with("http/1.1 40"), "{method} {path} {headers:?}: {refused}");
            assert!(!refused.contains("access-control") && !refused.contains("secret"), "{method} {path}: {refused}");
        }
    }
    let refused = answer(&endpoint, "GET", "/site/page.txt", &[ORIGIN]).await;
    assert!(refused.starts_with("http/1.1 403") && !refused.contains("<code>"), "before anything is looked at: {refused}");
    assert_eq!(own.get("page.txt").await.unwrap().unwrap().body, b"secret", "nobody changed it");
    service.stop().await;
}

/// An S3 that gives these answers one after the other, and returns what it was sent.
async fn scripted(listener: TcpListener, answers: &[(u16, &str)]) -> Vec<String> {
    let mut seen = Vec::new();
    for (status, body) in answers {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !is_whole(&request) {
            assert!(socket.read_buf(&mut request).await.unwrap() > 0, "it ends too early");
        }
        let head = format!("HTTP/1.1 {status} Scripted\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        socket.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        seen.push(String::from_utf8(request).unwrap());
    }
    seen
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
    body.len() >= length.unwrap_or(0)
}

#[tokio::test]
async fn an_upload_is_signed_with_its_content_and_comes_again_when_s3_asks_for_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let slow = "<Error><Code>RequestTimeout</Code><Message>Your socket was idle.</Message></Error>";
    let s3 = tokio::spawn(async move { scripted(listener, &[(404, ""), (400, slow), (503, ""), (200, "")]).await });
    let bucket = Bucket::connect("site", &Service::at(&endpoint, ACCESS_KEY, SECRET_KEY, REGION)).await;
    let page = Object {
        path: "/a b".to_owned(),
        content_type: "text/plain",
        caching: Caching::Page,
        location: None,
        body: b"hello".to_vec(),
    };
    assert!(bucket.put(&page).await.unwrap());
    let seen = s3.await.unwrap();
    assert!(seen[0].starts_with("HEAD /site/a%20b"), "{}", seen[0]);
    for put in &seen[1..] {
        assert!(put.starts_with("PUT /site/a%20b") && put.ends_with("\r\n\r\nhello"), "{put}");
        // Of "hello", by SHA-256.
        assert!(put.contains("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"), "{put}");
        assert!(put.contains(&format!("/{REGION}/s3/aws4_request")), "{put}");
    }
}
