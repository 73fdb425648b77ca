use crate::{App, Caller, Problem, visit::wants_json};
use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use render::Chrome;
use std::{sync::Arc, time::Instant};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

/// The largest body that is read.
const BODY_BYTES: usize = 128 * 1024;

/// Scripts, styles and forms of the shop's own origin alone.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

const SECURITY: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// What every answer of the shop carries, static files included.
pub fn add_security_headers(headers: &mut HeaderMap) {
    for (name, value) in SECURITY {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Wraps a function's routes with what all functions do: request id and log line, problems as pages, the cross-site check,
/// the session, bounded bodies, security headers, and a panic that ends one request only.
pub fn serve(router: Router<Arc<App>>, app: Arc<App>) -> Router {
    router
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Not like this", "This address does not take that method.")
        })
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn_with_state(app.clone(), identify))
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("a request panicked");
            Problem::internal().into_response()
        }))
        .layer(from_fn_with_state(app.clone(), finish))
        .with_state(app)
}

/// Refuses what another site sends, and finds out who asks.
async fn identify(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !safe && !is_same_origin(request.headers(), request.uri(), &app.base_url) {
        return Problem::foreign().into_response();
    }
    let caller = match Caller::read(&app, request.headers()).await {
        Ok(caller) => caller,
        Err(error) => return Problem::from(error).into_response(),
    };
    let set_cookies = caller.set_cookies.clone();
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    for cookie in set_cookies {
        // What the handler set is newer.
        let name = cookie.split('=').next().unwrap_or_default().to_owned() + "=";
        let set_already =
            response.headers().get_all(header::SET_COOKIE).iter().any(|v| v.as_bytes().starts_with(name.as_bytes()));
        if let (false, Ok(value)) = (set_already, HeaderValue::from_str(&cookie)) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

/// Says the browser, by `Sec-Fetch-Site` or `Origin`, that the request comes from the shop's own pages?
fn is_same_origin(headers: &HeaderMap, uri: &Uri, base_url: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text(header::ORIGIN) else { return false };
    let host = text(header::HOST).or_else(|| uri.authority().map(http::uri::Authority::as_str));
    origin == base_url || origin.split_once("://").is_some_and(|(_, authority)| Some(authority) == host)
}

/// The outermost layer: logs a line, turns problems into pages (or sends to the sign-in and back), adds headers.
async fn finish(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request
        .headers()
        .get("x-amzn-trace-id")
        .and_then(|v| v.to_str().ok())
        .map_or_else(|| store::new_id().to_string(), str::to_owned);
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let as_json = wants_json(request.headers());
    let here = if method == Method::GET { request.uri().path().to_owned() } else { "/account".to_owned() };
    let https = request.headers().get("x-forwarded-proto").is_some_and(|v| v == "https");
    let span = tracing::info_span!("request", %id, %method, route);
    let mut response = next.run(request).instrument(span.clone()).await;
    if is_rejection(&response) {
        let title = "The request cannot be read";
        response = Problem::new(response.status(), title, "A part of its address is not what it should be.").into_response();
    }
    if !as_json && let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = if problem.status == StatusCode::UNAUTHORIZED {
            (StatusCode::SEE_OTHER, [(header::LOCATION, format!("/auth/sign-in?next={here}"))]).into_response()
        } else {
            as_page(&app, &problem, response).await
        };
    }
    add_security_headers(response.headers_mut());
    let headers = response.headers_mut();
    if https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Cookie"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert("x-request-id", id);
    }
    let _entered = span.enter();
    tracing::info!(status = response.status().as_u16(), milliseconds = started.elapsed().as_millis(), "answered");
    response
}

/// Whether the framework has refused the request by itself, in plain text: a path or query it cannot read.
fn is_rejection(response: &Response) -> bool {
    let plain = response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"text/plain"));
    response.status().is_client_error() && plain && response.extensions().get::<Problem>().is_none()
}

/// The page of a problem, with the headers of its response.
async fn as_page(app: &App, problem: &Problem, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let html = match app.site().await {
        Ok(site) => app.renderer.page(&problem.page(), &site, &Chrome::default()).ok(),
        Err(_) => None,
    };
    let Some(html) = html else { return Response::from_parts(parts, body) };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Response::from_parts(parts, html.into())
}
