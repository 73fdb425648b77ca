//! Functions that run elsewhere, such as under `cargo lambda watch`: requests are sent on as they are.

use anyhow::{Result, bail};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderName, StatusCode, Uri, header, uri::Authority};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

#[derive(Debug, Clone)]
struct Elsewhere {
    client: Client<HttpConnector, Body>,
    authority: Authority,
}

/// Of one connection each (RFC 9110, 7.6.1); the connection onwards has its own.
const OF_A_CONNECTION: [HeaderName; 4] = [header::CONNECTION, header::TRANSFER_ENCODING, header::UPGRADE, header::TE];

/// Sends every request on to this address.
pub(crate) fn router(address: &Uri) -> Result<Router> {
    let (Some("http"), Some(authority)) = (address.scheme_str(), address.authority()) else {
        bail!("--functions expects http://HOST:PORT, not {address}")
    };
    let client = Client::builder(TokioExecutor::new()).build_http();
    Ok(Router::new().fallback(send_on).with_state(Elsewhere { client, authority: authority.clone() }))
}

async fn send_on(State(to): State<Elsewhere>, mut request: Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let Ok(uri) = Uri::builder().scheme("http").authority(to.authority).path_and_query(path).build() else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    *request.uri_mut() = uri;
    for name in OF_A_CONNECTION {
        request.headers_mut().remove(name);
    }
    match to.client.request(request).await {
        Ok(mut response) => {
            for name in OF_A_CONNECTION {
                response.headers_mut().remove(name);
            }
            response.map(Body::new)
        }
        Err(error) => {
            tracing::error!(%error, "the functions do not answer");
            let text = "The shop's functions do not answer. Are they running?";
            (StatusCode::BAD_GATEWAY, [(header::RETRY_AFTER, "5")], text).into_response()
        }
    }
}
