//! Functions as their own binaries under the Runtime API.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod events;
mod malformed;
mod outage;
mod privacy;
mod purchase;
mod service;
mod settings;
mod streams;

use serde_json::{Value, json};

/// An event of API Gateway as small as it comes; tests change what they are about.
fn request(method: &str, path: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {
            "accept": "text/html",
            "host": "a1b2c3.execute-api.eu-central-1.amazonaws.com",
            "origin": "https://shop.example",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "a1b2c3",
            "domainName": "a1b2c3.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "a1b2c3",
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.7", "userAgent": "test" },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "02/Jan/2026:03:04:05 +0000",
            "timeEpoch": 1_767_323_045_000_u64,
        },
        "isBase64Encoded": false,
    })
}

/// `POST` of a form as API Gateway hands it over: in base64.
fn form(path: &str, fields: &str) -> Value {
    let mut event = request("POST", path);
    event["headers"]["content-type"] = "application/x-www-form-urlencoded".into();
    event["body"] = aws_smithy_types::base64::encode(fields).into();
    event["isBase64Encoded"] = true.into();
    event
}

/// The cookies that an answer sets, name to value.
fn cookies(answer: &Value) -> Vec<String> {
    let cookies = answer["cookies"].as_array().into_iter().flatten();
    cookies.map(|cookie| cookie.as_str().unwrap().split(';').next().unwrap().to_owned()).collect()
}
