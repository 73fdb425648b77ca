//! An HTTP API (API Gateway version 2) in front of functions, on loopback.

mod answer;
mod event;

pub use event::{Route, event};

use crate::Function;
use axum::{
    Json, Router,
    body::to_bytes,
    extract::{ConnectInfo, Request, State},
    response::{IntoResponse, Response},
    serve::ListenerExt,
};
use http::StatusCode;
use serde_json::json;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};
use tokio::{net::TcpListener, task::JoinHandle};

/// The largest request that an HTTP API takes.
const REQUEST_BYTES: usize = 10 * 1024 * 1024;

/// Sends requests to functions by the first part of their path.
pub struct Gateway {
    address: String,
    server: JoinHandle<()>,
}

type Routes = Arc<Vec<(&'static str, Arc<Function>)>>;

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Gateway {
    /// Opens on a free port. `cart` stands for the routes `ANY /cart` and `ANY /cart/{proxy+}`.
    pub async fn open(routes: Vec<(&'static str, Arc<Function>)>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = format!("http://{}", listener.local_addr()?);
        let listener = listener.tap_io(|socket| {
            let _ = socket.set_nodelay(true);
        });
        let pass = Router::new().fallback(pass).with_state(Routes::new(routes));
        let service = pass.into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, service).await;
        });
        Ok(Self { address, server })
    }

    /// `http://127.0.0.1:PORT`
    pub fn address(&self) -> &str {
        &self.address
    }
}

async fn pass(State(routes): State<Routes>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request) -> Response {
    let first = request.uri().path().split('/').nth(1).unwrap_or_default();
    let Some((prefix, function)) = routes.iter().find(|(prefix, _)| *prefix == first) else {
        return said(StatusCode::NOT_FOUND, "Not Found");
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, REQUEST_BYTES).await else {
        return said(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large");
    };
    let event = event(&parts, &body, peer.ip(), &Route::of(prefix, parts.uri.path()));
    match function.invoke(&event).await {
        Ok(answer) => {
            answer::response(&answer).unwrap_or_else(|| said(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"))
        }
        Err(error) if error.kind == "Sandbox.Timedout" => said(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        Err(_) => said(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error"),
    }
}

/// The gateway's own words.
fn said(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "message": message }))).into_response()
}
