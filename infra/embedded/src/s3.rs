use crate::{
    ACCESS_KEY, SECRET_KEY, StartError,
    server::{Background, serve},
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use std::{net::Ipv4Addr, path::Path};
use tokio::net::TcpListener;

/// S3 over a folder: buckets are its sub-folders, objects files in them.
#[derive(Debug)]
pub struct S3 {
    endpoint: String,
    server: Background,
}

impl S3 {
    /// Serves a folder, which is made where it is missing, on a free loopback port. Clients use path-style addresses.
    pub async fn start(root: &Path) -> Result<Self, StartError> {
        let data = |reason: String| StartError::Data { path: root.display().to_string(), reason: reason.replace('\n', " ") };
        std::fs::create_dir_all(root).map_err(|e| data(e.to_string()))?;
        let files = FileSystem::new(root).map_err(|e| data(format!("{e:?}")))?;
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let service = service.build();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        Ok(Self { endpoint, server: Background::spawn(|stopped| serve(listener, service, stopped)) })
    }

    /// Address for `AWS_ENDPOINT_URL_S3`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Finishes what is running.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}
