use aws_smithy_types::base64;
use axum::{body::Body, response::Response};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde_json::Value;

/// A function's answer as a response; none where it is not what the gateway takes.
pub(super) fn response(answer: &Value) -> Option<Response> {
    let Some(status) = answer.get("statusCode") else {
        // Without a status the whole answer is the body (format 2.0).
        let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        return built(StatusCode::OK, vec![json], answer.to_string().into_bytes());
    };
    let status = u16::try_from(status.as_u64()?).ok().and_then(|status| StatusCode::from_u16(status).ok())?;
    let mut headers = Vec::new();
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        headers.push(header(name, value)?);
    }
    for (name, values) in answer["multiValueHeaders"].as_object().into_iter().flatten() {
        for value in values.as_array()? {
            headers.push(header(name, value)?);
        }
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        headers.push(header("set-cookie", cookie)?);
    }
    let body = answer["body"].as_str().unwrap_or_default();
    let body = if answer["isBase64Encoded"] == true { base64::decode(body).ok()? } else { body.as_bytes().to_vec() };
    built(status, headers, body)
}

fn header(name: &str, value: &Value) -> Option<(HeaderName, HeaderValue)> {
    Some((name.parse().ok()?, value.as_str()?.parse().ok()?))
}

fn built(status: StatusCode, headers: Vec<(HeaderName, HeaderValue)>, body: Vec<u8>) -> Option<Response> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        // The length is that of what is sent.
        if name != header::CONTENT_LENGTH {
            response = response.header(name, value);
        }
    }
    response.body(Body::from(body)).ok()
}
