use crate::{StartError, server::Background};
use dynoxide::{Database, server::serve_with_shutdown};
use std::{net::Ipv4Addr, path::Path, time::Duration};
use tokio::{net::TcpListener, time::interval};

/// How often expired items are removed. DynamoDB itself takes up to days.
const TTL_SWEEP: Duration = Duration::from_mins(1);

/// DynamoDB with streams and TTL, over SQLite.
#[derive(Debug)]
pub struct DynamoDb {
    endpoint: String,
    server: Background,
    sweep: Background,
}

impl DynamoDb {
    /// Opens (or makes) the database in a file, or one in memory that goes with it, and serves it on a free loopback port.
    pub async fn start(file: Option<&Path>) -> Result<Self, StartError> {
        let database = open(file)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let to_serve = database.clone();
        let server = Background::spawn(|stopped| async move {
            let until = async move {
                let _ = stopped.await;
            };
            if let Err(error) = serve_with_shutdown(listener, to_serve, until).await {
                tracing::error!(%error, "the embedded DynamoDB ended");
            }
        });
        let sweep = Background::spawn(|mut stopped| async move {
            let mut tick = interval(TTL_SWEEP);
            loop {
                tokio::select! {
                    _ = &mut stopped => return,
                    _ = tick.tick() => {}
                }
                let database = database.clone();
                if let Ok(Err(error)) = tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
                    tracing::warn!(%error, "expired items were not removed");
                }
            }
        });
        Ok(Self { endpoint, server, sweep })
    }

    /// Address for `AWS_ENDPOINT_URL_DYNAMODB`; streams are there too.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Finishes what is running and closes the file.
    pub async fn stop(self) {
        self.sweep.stop().await;
        self.server.stop().await;
    }
}

fn open(file: Option<&Path>) -> Result<Database, StartError> {
    let opened = match file {
        Some(path) => Database::new(&path.to_string_lossy()),
        None => Database::memory(),
    };
    let path = || file.map_or_else(|| "memory".to_owned(), |p| p.display().to_string());
    opened.map_err(|error| StartError::Data { path: path(), reason: error.to_string().replace('\n', " ") })
}
