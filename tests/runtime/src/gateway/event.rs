use aws_smithy_types::base64;
use axum::body::Bytes;
use http::{HeaderMap, header, request::Parts};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use std::net::IpAddr;
use time::{OffsetDateTime, macros::format_description};
use uuid::Uuid;

/// The route that a request took.
#[derive(Debug, Clone)]
pub struct Route {
    key: String,
    proxy: Option<String>,
}

impl Route {
    /// `ANY /cart` of the path `/cart`, `ANY /cart/{proxy+}` of what is below it.
    pub fn of(prefix: &str, path: &str) -> Self {
        let below = path.strip_prefix(&format!("/{prefix}/")).filter(|below| !below.is_empty());
        match below {
            Some(below) => Self { key: format!("ANY /{prefix}/{{proxy+}}"), proxy: Some(decoded(below)) },
            None => Self { key: format!("ANY /{prefix}"), proxy: None },
        }
    }
}

/// A request as an event of version 2.0
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>): names of headers
/// in lower case, several values joined by commas, cookies apart, the path decoded, bodies that are no text in base64.
pub fn event(parts: &Parts, body: &Bytes, source: IpAddr, route: &Route) -> Value {
    let path = decoded(parts.uri.path());
    let query = parts.uri.query().unwrap_or_default();
    let host = text(&parts.headers, header::HOST).unwrap_or_default();
    let now = OffsetDateTime::now_utc();
    let time = format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    let mut event = json!({
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&parts.headers, source),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": host.split('.').next(),
            "http": {
                "method": parts.method.as_str(),
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source,
                "userAgent": text(&parts.headers, header::USER_AGENT).unwrap_or_default(),
            },
            "requestId": Uuid::new_v4().simple().to_string(),
            "routeKey": route.key,
            "stage": "$default",
            "time": now.format(time).unwrap_or_default(),
            "timeEpoch": now.unix_timestamp_nanos() / 1_000_000,
        },
        "isBase64Encoded": false,
    });
    let cookies = cookies(&parts.headers);
    if !cookies.is_empty() {
        event["cookies"] = cookies.into();
    }
    if !query.is_empty() {
        event["queryStringParameters"] = parameters(query).into();
    }
    if let Some(proxy) = &route.proxy {
        event["pathParameters"] = json!({ "proxy": proxy });
    }
    if !body.is_empty() {
        let as_text = std::str::from_utf8(body).ok().filter(|_| is_text(&parts.headers));
        event["isBase64Encoded"] = as_text.is_none().into();
        event["body"] = as_text.map_or_else(|| base64::encode(body), str::to_owned).into();
    }
    event
}

fn decoded(path: &str) -> String {
    percent_decode_str(path).decode_utf8_lossy().into_owned()
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    Some(String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned())
}

fn headers(of: &HeaderMap, source: IpAddr) -> Map<String, Value> {
    let mut headers = Map::new();
    for name in of.keys().filter(|name| **name != header::COOKIE) {
        let values: Vec<_> = of.get_all(name).iter().map(|v| String::from_utf8_lossy(v.as_bytes())).collect();
        headers.insert(name.to_string(), values.join(",").into());
    }
    let before = headers.get("x-forwarded-for").and_then(Value::as_str).map(|list| format!("{list}, ")).unwrap_or_default();
    headers.insert("x-forwarded-for".to_owned(), format!("{before}{source}").into());
    // The gateway is asked by TLS alone.
    headers.insert("x-forwarded-proto".to_owned(), "https".into());
    headers.insert("x-forwarded-port".to_owned(), "443".into());
    let trace = Uuid::new_v4().simple().to_string();
    headers.insert("x-amzn-trace-id".to_owned(), format!("Root=1-5759e988-{}", &trace[..24]).into());
    headers
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    values.flat_map(|value| value.split("; ")).filter(|cookie| !cookie.is_empty()).map(str::to_owned).collect()
}

fn parameters(query: &str) -> Map<String, Value> {
    let mut parameters: Map<String, Value> = Map::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let before = parameters.get(name.as_ref()).and_then(Value::as_str).map(|list| format!("{list},")).unwrap_or_default();
        parameters.insert(name.into_owned(), format!("{before}{value}").into());
    }
    parameters
}

/// What the gateway passes on as text. Forms are not.
fn is_text(headers: &HeaderMap) -> bool {
    let Some(kind) = text(headers, header::CONTENT_TYPE) else { return true };
    ["text/", "application/json", "application/javascript", "application/xml"].iter().any(|start| kind.starts_with(start))
}
