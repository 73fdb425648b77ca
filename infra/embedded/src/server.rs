use http::{Request, Response};
use hyper::{
    body::{Body, Incoming},
    server::conn::http1,
    service::Service,
};
use hyper_util::{rt::TokioIo, server::graceful::GracefulShutdown};
use std::{error::Error, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// What is running gets this long to finish.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// A server in the background that ends when told to, or when it is dropped.
#[derive(Debug)]
pub(crate) struct Background {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Background {
    /// Runs what `serve` makes of the signal to stop.
    pub(crate) fn spawn<F>(serve: impl FnOnce(oneshot::Receiver<()>) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        Self { stop: Some(stop), task: tokio::spawn(serve(stopped)) }
    }

    /// Lets what is running finish, and waits for it.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        // A panic of the server's task has been reported where it happened.
        let _ = self.task.await;
    }
}

/// Where connections come from.
pub(crate) trait Listener: Send + 'static {
    type Socket: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    fn next(&self) -> impl Future<Output = std::io::Result<Self::Socket>> + Send;
}

impl Listener for TcpListener {
    type Socket = TcpStream;

    async fn next(&self) -> std::io::Result<TcpStream> {
        let (socket, _) = self.accept().await?;
        // Small answers on loopback wait for nothing.
        let _ = socket.set_nodelay(true);
        Ok(socket)
    }
}

#[cfg(unix)]
impl Listener for tokio::net::UnixListener {
    type Socket = tokio::net::UnixStream;

    async fn next(&self) -> std::io::Result<Self::Socket> {
        Ok(self.accept().await?.0)
    }
}

/// Serves HTTP until told to stop.
pub(crate) async fn serve<L, S, B>(listener: L, service: S, mut stopped: oneshot::Receiver<()>)
where
    L: Listener,
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let http = http1::Builder::new();
    let running = GracefulShutdown::new();
    loop {
        let socket = tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.next() => match accepted {
                Ok(socket) => socket,
                Err(error) => {
                    tracing::warn!(%error, "an embedded service could not accept a connection");
                    sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let connection = http.serve_connection(TokioIo::new(socket), service.clone());
        let connection = running.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to an embedded service ended");
            }
        });
    }
    let _ = timeout(STOP_WITHIN, running.shutdown()).await;
}
