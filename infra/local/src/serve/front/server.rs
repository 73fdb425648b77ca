//! The connections of the front door. Nobody holds one for long without asking for something.

use super::{Front, plain};
use anyhow::{Context, Result, bail};
use axum::{
    Router,
    body::{Body, HttpBody},
    extract::Request,
    response::Response,
};
use axum_server::Handle;
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::{
    error::Error,
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::{Semaphore, SemaphorePermit, watch},
    time::timeout,
};

/// Connections that wait to be taken, at most; the system may allow fewer.
const WAITING: u32 = 4096;
/// The largest body that is taken in. The functions refuse smaller ones, with a page.
const BODY_BYTES: usize = 1024 * 1024 + 4096;
/// All bodies that are here at one moment.
const ALL_BODIES_BYTES: usize = 32 * 1024 * 1024;
/// The largest head.
const HEAD_BYTES: usize = 64 * 1024;
/// Requests that are running get this long when the shop stops.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// How long a request may take to arrive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Within {
    /// Its head: of the first request, and of each that follows on the same connection.
    head: Duration,
    /// Its body.
    body: Duration,
}

impl Default for Within {
    fn default() -> Self {
        Self { head: Duration::from_secs(15), body: Duration::from_secs(20) }
    }
}

/// Takes the port on loopback.
pub(crate) fn listen(port: u16) -> Result<TcpListener> {
    let bind = || -> std::io::Result<TcpListener> {
        let socket = TcpSocket::new_v4()?;
        // A shop that was stopped a moment ago is in nobody's way.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
        socket.listen(WAITING)
    };
    match bind() {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!("port {port} is in use: end what uses it, or choose another with --port")
        }
        listener => listener.with_context(|| format!("cannot listen on port {port}")),
    }
}

/// Answers until told to stop.
pub(crate) async fn serve(
    listener: TcpListener,
    front: Arc<Front>,
    within: Within,
    mut stopped: watch::Receiver<bool>,
) -> Result<()> {
    let room = Arc::new(Semaphore::new(ALL_BODIES_BYTES));
    let router = Router::new().fallback(move |request: Request| {
        let (front, room) = (front.clone(), room.clone());
        async move {
            // Before its body: who may not send one has it refused unread.
            if let Some(refusal) = front.refusal(&request) {
                return closing(refusal);
            }
            match whole(request, within.body, &room).await {
                Ok((request, _room)) => front.answer(request).await,
                Err(refusal) => closing(refusal),
            }
        }
    });
    let handle = Handle::new();
    let to_stop = handle.clone();
    tokio::spawn(async move {
        let _ = stopped.changed().await;
        // Browsers keep connections open: they are not waited for longer than this.
        to_stop.graceful_shutdown(Some(STOP_WITHIN));
    });
    let mut server = axum_server::Server::<SocketAddr>::from_listener(listener)
        .handle(handle)
        .http1_only()
        .first_request_timeout(within.head)
        .accept_error_handler(|_, error| tracing::warn!(%error, "a connection was not taken"));
    server.http_builder().http1().header_read_timeout(within.head).max_buf_size(HEAD_BYTES);
    Ok(server.serve(router.into_make_service_with_connect_info::<SocketAddr>()).await?)
}

/// An answer to a request whose body was not taken: what follows on the connection is of no use.
fn closing(mut answer: Response) -> Response {
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// The request with its whole body, as API Gateway hands it on: who sends slowly keeps no function waiting. The room that the
/// body takes is free again when the permit is dropped.
async fn whole(request: Request, within: Duration, room: &Semaphore) -> Result<(Request, Option<SemaphorePermit<'_>>), Response> {
    let (head, body) = request.into_parts();
    let too_large = || plain(StatusCode::PAYLOAD_TOO_LARGE, "The shop takes nothing as large as this.");
    if body.size_hint().lower() > BODY_BYTES as u64 {
        return Err(too_large());
    }
    match timeout(within, collect(Limited::new(body, BODY_BYTES), room)).await {
        Ok(Ok((body, taken))) => Ok((Request::from_parts(head, Body::from(body)), taken)),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(plain(StatusCode::BAD_REQUEST, "The request cannot be read.")),
        Err(_) => Err(plain(StatusCode::REQUEST_TIMEOUT, "The request did not arrive in time. Please send it again.")),
    }
}

/// All bytes of a body. Each has to find room before it is kept.
async fn collect(
    mut body: Limited<Body>,
    room: &Semaphore,
) -> Result<(Vec<u8>, Option<SemaphorePermit<'_>>), Box<dyn Error + Send + Sync>> {
    let (mut whole, mut taken) = (Vec::new(), None::<SemaphorePermit<'_>>);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        let more = room.acquire_many(data.len().try_into()?).await?;
        match &mut taken {
            Some(taken) => taken.merge(more),
            None => taken = Some(more),
        }
        whole.extend_from_slice(&data);
    }
    Ok((whole, taken))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::serve::front::tests::{bucket, echo};
    use embedded::{Keys, S3};
    use std::time::Instant;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
        task::JoinSet,
    };

    const WITHIN: Within = Within { head: Duration::from_millis(1500), body: Duration::from_millis(1500) };

    /// What a connection hears that sends this and then nothing, and for how long it stays open.
    async fn hears(address: SocketAddr, sent: String) -> (String, Duration) {
        let started = Instant::now();
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(sent.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        // A reset is an end, too.
        let _ = connection.read_to_end(&mut heard).await;
        (String::from_utf8_lossy(&heard).into_owned(), started.elapsed())
    }

    #[tokio::test]
    async fn a_body_waits_until_there_is_room_for_it() {
        let room = Semaphore::new(10);
        let sent = |body: &'static str| Request::post("/cart").body(Body::from(body)).unwrap();
        let first = whole(sent("8 bytes."), WITHIN.body, &room).await.unwrap();
        let refused = whole(sent("five."), Duration::from_millis(50), &room).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::REQUEST_TIMEOUT);
        drop(first);
        let (request, _taken) = whole(sent("five."), WITHIN.body, &room).await.unwrap();
        assert_eq!(axum::body::to_bytes(request.into_body(), BODY_BYTES).await.unwrap(), "five.");
        assert_eq!(room.available_permits(), 5);
    }

    #[tokio::test]
    async fn who_sends_half_a_request_is_not_waited_for() {
        let folder = tempfile::TempDir::new().unwrap();
        let s3 = S3::start(folder.path(), &Keys::of_tests()).unwrap();
        let (site, media) = (bucket(&s3, "site").await, bucket(&s3, "media").await);
        let front = Front::new(vec![("cart", echo())], site, media, "https://shop.example");
        let listener = listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = watch::channel(false);
        let serving = tokio::spawn(serve(listener, Arc::new(front), WITHIN, stopped));
        let post = |length: usize| format!("POST /cart HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n\r\n");
        let chunked = |body: &str| format!("POST /cart HTTP/1.1\r\nhost: {address}\r\ntransfer-encoding: chunked\r\n\r\n{body}");
        let mut all = JoinSet::new();
        for (sent, says) in [
            (String::new(), ""),
            ("GET /cart HT".to_owned(), ""),
            (format!("GET /cart HTTP/1.1\r\nhost: {address}\r\n"), ""),
            (post(10) + "half", "408 Request Timeout"),
            (post(2 * BODY_BYTES) + "half", "413 Payload Too Large"),
            (chunked("zz\r\nhalf"), "400 Bad Request"),
            (chunked("4\r\nwhole and more"), "400 Bad Request"),
            (format!("POST /products/cap/ HTTP/1.1\r\nhost: {address}\r\ncontent-length: 90\r\n\r\nhalf"), "405 Method"),
            ("POST /cart HTTP/1.1\r\nhost: evil.example\r\ncontent-length: 90\r\n\r\nhalf".to_owned(), "421 Misdirected"),
            // What is whole is answered, and the connection closed after a while without another request.
            (post(5) + "whole", "301 Moved Permanently"),
        ] {
            for _ in 0..50 {
                let sent = sent.clone();
                all.spawn(async move { (hears(address, sent).await, says) });
            }
        }
        while let Some(done) = all.join_next().await {
            let ((heard, took), says) = done.unwrap();
            assert!(heard.contains(says) && heard.is_empty() == says.is_empty(), "{says}: {heard}");
            assert!(took < Duration::from_secs(20), "{says}: open for {took:?}");
        }
        stop.send(true).unwrap();
        serving.await.unwrap().unwrap();
    }
}
