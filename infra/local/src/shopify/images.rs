//! Fetches pictures from elsewhere: bounded in size and time, and never from an address of this machine's own network.

use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        Client,
        connect::{HttpConnector, dns::Name},
    },
    rt::TokioExecutor,
};
use imagesize::ImageType;
use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{task::spawn_blocking, time::timeout};
use tower::Service;

/// The largest picture.
pub(super) const MOST_BYTES: usize = 12 * 1024 * 1024;
/// For one picture, redirects included.
const PATIENCE: Duration = Duration::from_secs(15);
const REDIRECTS: usize = 3;
/// More pixels along a side than any screen shows.
pub(super) const MOST_PIXELS: u32 = 20_000;

/// A picture that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) body: Vec<u8>,
    pub(crate) content_type: &'static str,
    /// Of its file's name.
    pub(crate) ending: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// Which addresses may be asked.
type Allowed = fn(IpAddr) -> bool;

/// Fetches pictures.
#[derive(Debug, Clone)]
pub(crate) struct Fetcher {
    client: Client<HttpsConnector<HttpConnector<PublicNames>>, Empty<Bytes>>,
    allowed: Allowed,
}

impl Fetcher {
    pub(crate) fn new() -> Result<Self, String> {
        Self::with(is_public)
    }

    fn with(allowed: Allowed) -> Result<Self, String> {
        let mut http = HttpConnector::new_with_resolver(PublicNames { allowed });
        http.enforce_http(false);
        http.set_connect_timeout(Some(Duration::from_secs(5)));
        let https = HttpsConnectorBuilder::new().with_native_roots().map_err(|e| format!("no certificates: {e}"))?;
        let https = https.https_or_http().enable_http1().wrap_connector(http);
        Ok(Self { client: Client::builder(TokioExecutor::new()).build(https), allowed })
    }

    /// Fetches a picture, or says in a few words why it cannot be had.
    pub(crate) async fn fetch(&self, address: &str) -> Result<Picture, String> {
        timeout(PATIENCE, self.follow(address)).await.unwrap_or_else(|_| Err("took too long".to_owned()))
    }

    async fn follow(&self, address: &str) -> Result<Picture, String> {
        let mut uri: Uri = address.parse().map_err(|_| "is not an address".to_owned())?;
        for _ in 0..=REDIRECTS {
            self.check(&uri)?;
            let request = Request::get(&uri).header(header::USER_AGENT, "shop-import").header(header::ACCEPT, "image/*");
            let request = request.body(Empty::new()).map_err(|e| e.to_string())?;
            let answer = self.client.request(request).await.map_err(|e| reason(&e))?;
            let status = answer.status();
            if status.is_redirection() {
                let location = answer.headers().get(header::LOCATION).and_then(|v| v.to_str().ok());
                uri = onward(&uri, location.ok_or("leads nowhere")?)?;
                continue;
            }
            if status != StatusCode::OK {
                return Err(format!("answered {status}"));
            }
            let body = Limited::new(answer.into_body(), MOST_BYTES).collect().await;
            return picture(body.map_err(|_| "is too large or ended early".to_owned())?.to_bytes().to_vec());
        }
        Err("redirects too often".to_owned())
    }

    /// Names are checked when they are looked up; addresses that need no look-up here.
    fn check(&self, uri: &Uri) -> Result<(), String> {
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err("is not a web address".to_owned());
        }
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        match host.parse::<IpAddr>() {
            Ok(ip) if !(self.allowed)(ip) => Err("is on a private network".to_owned()),
            _ => Ok(()),
        }
    }
}

fn onward(from: &Uri, location: &str) -> Result<Uri, String> {
    let absolute = if location.starts_with('/') && !location.starts_with("//") {
        format!("{}://{}{location}", from.scheme_str().unwrap_or("https"), from.authority().map_or("", |a| a.as_str()))
    } else {
        location.to_owned()
    };
    absolute.parse().map_err(|_| "leads to something that is no address".to_owned())
}

/// The innermost cause says most.
fn reason(error: &dyn std::error::Error) -> String {
    let mut at = error;
    while let Some(inner) = at.source() {
        at = inner;
    }
    at.to_string()
}

/// Bytes as a picture, if they are one.
pub(super) fn picture(body: Vec<u8>) -> Result<Picture, String> {
    let (content_type, ending) = match imagesize::image_type(&body).map_err(|_| "is not a picture".to_owned())? {
        ImageType::Png => ("image/png", "png"),
        ImageType::Jpeg => ("image/jpeg", "jpg"),
        ImageType::Webp => ("image/webp", "webp"),
        ImageType::Gif => ("image/gif", "gif"),
        _ => return Err("is not a PNG, JPEG, WebP or GIF".to_owned()),
    };
    let size = imagesize::blob_size(&body).map_err(|_| "is a damaged picture".to_owned())?;
    let pixels = |side: usize| u32::try_from(side).ok().filter(|side| (1..=MOST_PIXELS).contains(side));
    let sides = pixels(size.width).zip(pixels(size.height));
    let (width, height) = sides.ok_or("has no sensible size")?;
    Ok(Picture { body, content_type, ending, width, height })
}

/// Whether an address is on the public internet.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 198 && (b == 18 || b == 19)))
        }
        IpAddr::V6(v6) => {
            if let Some(v4) = v6.to_ipv4() {
                return is_public(IpAddr::V4(v4));
            }
            let [first, second, ..] = v6.segments();
            // Global unicast, without the ranges for documentation and those that carry an IPv4 address.
            (0x2000..0x4000).contains(&first) && !(first == 0x2001 && (second < 0x200 || second == 0x0db8)) && first != 0x2002
        }
    }
}

/// Looks names up and keeps the allowed addresses, so that what is connected to is what was checked.
#[derive(Debug, Clone)]
struct PublicNames {
    allowed: Allowed,
}

impl Service<Name> for PublicNames {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let allowed = self.allowed;
        Box::pin(async move {
            let found = spawn_blocking(move || (name.as_str(), 0).to_socket_addrs().map(Vec::from_iter));
            let found: Vec<SocketAddr> = found.await.map_err(io::Error::other)??;
            let public: Vec<SocketAddr> = found.into_iter().filter(|address| allowed(address.ip())).collect();
            if public.is_empty() {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, "is on a private network"));
            }
            Ok(public.into_iter())
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    /// The smallest PNG there is: one pixel.
    pub(crate) const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";

    /// A server that gives each connection the next answer.
    pub(crate) async fn serve(answers: Vec<Vec<u8>>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            for answer in answers {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut request = [0; 2048];
                let _ = socket.read(&mut request).await;
                let _ = socket.write_all(&answer).await;
                let _ = socket.shutdown().await;
            }
        });
        address
    }

    pub(crate) fn answer(head: &str, body: &[u8]) -> Vec<u8> {
        [format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n").as_bytes(), body].concat()
    }

    pub(crate) fn anywhere() -> Fetcher {
        Fetcher::with(|_| true).unwrap()
    }

    #[tokio::test]
    async fn a_picture_comes_with_its_kind_and_size_also_over_a_redirect() {
        let address = serve(vec![answer("302 Found\r\nLocation: /b.png", b""), answer("200 OK", PIXEL)]).await;
        let picture = anywhere().fetch(&format!("{address}/a.png")).await.unwrap();
        assert_eq!((picture.content_type, picture.ending, picture.width, picture.height), ("image/png", "png", 1, 1));
    }

    #[tokio::test]
    async fn what_is_no_picture_is_refused() {
        for (answered, words) in [
            (answer("200 OK", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"), "not a"),
            (answer("200 OK", b""), "not a picture"),
            (answer("404 Not Found", b""), "404"),
            (answer("200 OK\r\nContent-Length: 5", b"x"), "ended early"),
            (answer("200 OK", &vec![0; MOST_BYTES + 1]), "too large"),
            (answer("302 Found\r\nLocation: file:///etc/passwd", b""), "no address"),
        ] {
            let address = serve(vec![answered]).await;
            let why = anywhere().fetch(&address).await.unwrap_err();
            assert!(why.contains(words) || why.contains("not a web address"), "{words}: {why}");
        }
    }

    #[tokio::test]
    async fn addresses_of_private_networks_are_never_asked() {
        let fetcher = Fetcher::new().unwrap();
        let address = serve(vec![answer("200 OK", PIXEL)]).await;
        let port = address.rsplit(':').next().unwrap();
        for host in
            ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "10.0.0.1", "192.168.1.1", "169.254.169.254"]
        {
            let why = fetcher.fetch(&format!("http://{host}:{port}/a.png")).await.unwrap_err();
            assert!(why.contains("private network"), "{host}: {why}");
        }
        for address in ["ftp://example.com/a", "file:///etc/passwd", "//x", "nonsense", ""] {
            assert!(fetcher.fetch(address).await.is_err(), "{address}");
        }
    }

    #[tokio::test]
    async fn a_redirect_to_a_private_network_is_not_followed() {
        let hidden = serve(vec![answer("200 OK", PIXEL)]).await;
        let port: u16 = hidden.rsplit(':').next().unwrap().parse().unwrap();
        let address = serve(vec![answer(&format!("302 Found\r\nLocation: http://127.0.0.2:{port}/"), b"")]).await;
        let fetcher = Fetcher::with(|ip| ip == IpAddr::from([127, 0, 0, 1])).unwrap();
        assert_eq!(fetcher.fetch(&address).await.unwrap_err(), "is on a private network");
    }

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for ip in ["8.8.8.8", "1.1.1.1", "2606:4700::1111"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "127.8.8.8",
            "10.1.1.1",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.1",
            "198.18.0.1",
            "::",
            "::1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "2001:db8::1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
    }
}
