use crate::Faults;
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponentsBuilder,
};
use aws_smithy_types::body::SdkBody;
use axum::{
    Router,
    body::to_bytes,
    extract::Request,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use embedded::DynamoDb;
use std::net::Ipv4Addr;
use tokio::net::TcpListener;

/// As much as DynamoDB takes in.
const MOST: usize = 16 * 1024 * 1024;

/// A DynamoDB in memory for a process of its own, and what lets its calls fail.
#[derive(Debug)]
pub struct FaultyDynamoDb {
    /// For the process's `AWS_ENDPOINT_URL_DYNAMODB`.
    pub endpoint: String,
    /// What goes wrong.
    pub faults: Faults,
    engine: DynamoDb,
}

impl FaultyDynamoDb {
    /// Listens on a free loopback port for requests with any signature.
    pub async fn start() -> Self {
        let engine = DynamoDb::start(None).await.unwrap();
        let faults = Faults::over(engine.client());
        let components = RuntimeComponentsBuilder::for_tests().build().unwrap();
        let connector = faults.http_connector(&HttpConnectorSettings::default(), &components);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let passes = Router::new().fallback(move |request| pass(connector.clone(), request));
        tokio::spawn(async move { axum::serve(listener, passes).await });
        Self { endpoint, faults, engine }
    }

    /// Ends the engine.
    pub async fn stop(self) {
        self.engine.stop().await;
    }
}

/// Passes a request on to the engine. Where no answer comes by a fault, none goes out: the connection ends.
async fn pass(connector: SharedHttpConnector, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, MOST).await.unwrap();
    let mut passed = HttpRequest::new(SdkBody::from(body));
    passed.set_method("POST").unwrap();
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    passed.headers_mut().insert("x-amz-target", target.to_owned());
    let answer = connector.call(passed).await.unwrap();
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/x-amz-json-1.0".parse().unwrap());
    (status, headers, answer.body().bytes().unwrap_or_default().to_vec()).into_response()
}
