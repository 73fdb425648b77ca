use crate::{
    Keys, StartError,
    damage::Damage,
    folder::{Folder, Lost},
    objects::Objects,
    server::{Background, Listener, serve},
    signature,
};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use http::{HeaderValue, Request, Response, StatusCode, header::HOST};
use http_body_util::BodyExt;
use hyper::{body::Incoming, service::service_fn};
use s3s::{
    Body, HttpError,
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use std::{io, net::Ipv4Addr, path::Path, sync::Arc};
use tokio::net::TcpListener;

/// S3 over a folder: buckets are its sub-folders, objects files in them. It is called in process, until it is told to listen.
/// Every request has to be signed with its keys.
#[derive(Debug)]
pub struct S3 {
    service: S3Service,
    folder: Arc<Folder>,
    damage: Damage,
    servers: Vec<Background>,
}

impl S3 {
    /// Opens a folder, which is made where it is missing.
    pub fn start(root: &Path, keys: &Keys) -> Result<Self, StartError> {
        let data = |reason: String| StartError::Data { path: root.display().to_string(), reason: reason.replace('\n', " ") };
        std::fs::create_dir_all(root).map_err(|e| data(e.to_string()))?;
        let files = FileSystem::new(root).map_err(|e| data(format!("{e:?}")))?;
        let damage = Damage::new();
        let folder = Arc::new(Folder::new(root, damage.clone()));
        let mut service = S3ServiceBuilder::new(Objects::new(root, files, folder.clone()));
        // With keys to compare with, s3s refuses what is not signed with them.
        service.set_auth(SimpleAuth::from_single(keys.access.as_str(), keys.secret.as_str()));
        Ok(Self { service: service.build(), folder, damage, servers: Vec::new() })
    }

    /// What a bucket does not have any more as it was stored. Looks at what the file system says of its files, and into those
    /// that were changed by somebody else.
    pub fn lost(&self, bucket: &str) -> io::Result<Lost> {
        self.folder.lost(bucket)
    }

    /// What is found to be damaged from now on, when it is read.
    pub fn damage(&self) -> Damage {
        self.damage.clone()
    }

    /// What sends the SDK's requests to this service without a network.
    pub fn client(&self) -> SharedHttpClient {
        SharedHttpClient::new(InProcess(self.service.clone()))
    }

    /// Listens on a free loopback port too. Returns the address for `AWS_ENDPOINT_URL_S3`; clients use path-style addresses.
    pub async fn listen(&mut self) -> Result<String, StartError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        self.serve(listener);
        Ok(endpoint)
    }

    /// Listens at a socket too, which its owner alone can open.
    #[cfg(unix)]
    pub fn listen_at(&mut self, socket: &Path) -> Result<(), StartError> {
        self.serve(crate::socket::listen(socket)?);
        Ok(())
    }

    fn serve(&mut self, listener: impl Listener) {
        let service = self.service.clone();
        let service = service_fn(move |request| answered(service.clone(), request));
        self.servers.push(Background::spawn(|stopped| serve(listener, service, stopped)));
    }

    /// Finishes what is running.
    pub async fn stop(self) {
        for server in self.servers {
            server.stop().await;
        }
    }
}

async fn answered(service: S3Service, request: Request<Incoming>) -> Result<Response<Body>, HttpError> {
    if signature::is_of_a_browser(request.headers()) {
        let mut refused = Response::new(Body::empty());
        *refused.status_mut() = StatusCode::FORBIDDEN;
        return Ok(refused);
    }
    service.call(request.map(Body::from)).await
}

/// For the SDK.
#[derive(Debug, Clone)]
struct InProcess(S3Service);

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let service = self.0.clone();
        HttpConnectorFuture::new(async move {
            let mut request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            // It is signed, and whoever sends it over a network adds it.
            let host = request.uri().authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok());
            request.headers_mut().extend(host.map(|host| (HOST, host)));
            let answer = service.call(request.map(Body::http_body_unsync)).await;
            let (head, body) = answer.map_err(|error| ConnectorError::other(error.into(), None))?.into_parts();
            let body = body.collect().await.map_err(ConnectorError::io)?.to_bytes();
            let answer = Response::from_parts(head, SdkBody::from(body));
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}
