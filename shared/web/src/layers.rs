use crate::{
    App, Caller, Problem,
    accept::{self, Format},
    address::{host, is_own_host, path_of_own, without_slash},
    cookies::Cookies,
    input::too_large,
    telemetry,
    unanswered::Place,
};
use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, FromRequest, MatchedPath, Request, State},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
};
use domain::customer::Area;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use lambda::Invocation;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use render::Chrome;
use std::{sync::Arc, time::Instant};
use store::{Guard, Meter, StoreError};
use tower_http::catch_panic::CatchPanicLayer;
use tracing::Instrument;

/// The longest query that is read; addresses of the shop's own pages stay well below.
const QUERY_BYTES: usize = 4096;
/// The longest value of a query; positions in lists are the longest there are.
pub(crate) const QUERY_VALUE: usize = 2000;
/// What a value of a query cannot hold as it is.
const NOT_IN_A_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');
/// The largest body that is read.
const BODY_BYTES: usize = 128 * 1024;
/// The largest body of the back office: a product with all the variants and pictures that it may have.
const STAFF_BODY_BYTES: usize = 1024 * 1024;

/// Shown on the sign-in page to who was signed in until now.
const SIGNED_OUT: &str = "You have been signed out. Please sign in again.";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

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

/// Wraps a function's routes with what all functions do: request id, log line and counts, problems as pages, the cross-site
/// check, the session, bounded bodies, security headers, and a panic that ends one request only.
pub fn serve(router: Router<Arc<App>>, app: Arc<App>) -> Router {
    wrap(router, app, Audience::Everybody)
}

/// [`serve`] for the back office: to anybody but staff, nothing is here, whatever they send. Each group of routes names the part
/// that it belongs to, `None` for all staff; [`Visit::staff`](crate::Visit::staff) checks it.
pub fn serve_staff(groups: impl IntoIterator<Item = (Option<Area>, Router<Arc<App>>)>, app: Arc<App>) -> Router {
    let of_an_area = |(area, routes): (_, Router<Arc<App>>)| routes.route_layer(Extension(StaffRoute(area)));
    wrap(groups.into_iter().map(of_an_area).fold(Router::new(), Router::merge), app, Audience::Staff)
}

/// A route of the back office, and the part of it that it belongs to; `None` is for all staff.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StaffRoute(pub(crate) Option<Area>);

/// Who may know that there is anything at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    Everybody,
    Staff,
}

impl Audience {
    fn body_bytes(self) -> usize {
        match self {
            Self::Everybody => BODY_BYTES,
            Self::Staff => STAFF_BODY_BYTES,
        }
    }
}

fn wrap(router: Router<Arc<App>>, app: Arc<App>, audience: Audience) -> Router {
    router
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async {
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed", "This address does not accept this method.")
        })
        .layer(from_fn_with_state((app.clone(), audience), identify))
        .layer(DefaultBodyLimit::max(audience.body_bytes()))
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("a request panicked");
            Problem::internal().into_response()
        }))
        .layer(from_fn_with_state(app.clone(), finish))
        .with_state(app)
}

/// Refuses what another site sends, and finds out who asks.
async fn identify(State((app, audience)): State<(Arc<App>, Audience)>, request: Request, next: Next) -> Response {
    let refusal = match (refuse_early(&app, &request), audience) {
        (Some(refusal), Audience::Everybody) => return refusal,
        (refusal, _) => refusal,
    };
    let caller = match Caller::read(&app, Cookies::sent(request.headers())).await {
        Ok(caller) => caller,
        Err(error) => return Problem::from(error).into_response(),
    };
    let is_refused = refusal.is_some();
    let (mut response, caller) = match (refusal, caller.record.clone()) {
        (Some(refusal), _) => (refusal, caller),
        (None, Some(record)) => answer_in_session(caller, &record, request, next).await,
        (None, None) => (answer_to(caller.clone(), request, next).await, caller),
    };
    // A handler that ends in a problem leaves the cookies as they were.
    let mut cookies = response.extensions_mut().remove::<Cookies>().unwrap_or_else(|| caller.cookies.clone());
    // What is wrong with a request to the back office is told to its staff alone.
    if audience == Audience::Staff && (is_refused || response.status().is_client_error()) {
        match caller.is_staff().await {
            Ok(true) => {}
            Ok(false) => response = in_place_of(&response, Problem::not_found()),
            Err(error) => response = Problem::from(error).into_response(),
        }
    }
    let has_to_sign_in = response.extensions().get::<Problem>().is_some_and(|p| p.status == StatusCode::UNAUTHORIZED);
    if has_to_sign_in && caller.has_ended() {
        cookies.notice(SIGNED_OUT);
    }
    cookies.write(response.headers_mut());
    response
}

async fn answer_to(caller: Caller, mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Answers while the session's record is read. Before it is confirmed nothing is written and nothing leaves the shop. If the
/// session has ended, the request is answered anew as a guest's: an old cookie stands in nobody's way. Returns who asked after
/// all.
async fn answer_in_session(caller: Caller, record: &Guard, request: Request, next: Next) -> (Response, Caller) {
    let (parts, body) = request.into_parts();
    let limited = Request::from_parts(parts.clone(), body);
    let body = match Bytes::from_request(limited, &()).await {
        Ok(body) => body,
        Err(rejection) => return (too_large(&rejection).into_response(), caller),
    };
    let request = || Request::from_parts(parts.clone(), Body::from(body.clone()));
    let answer = record.guarding(answer_to(caller.clone(), request(), next.clone()));
    match tokio::try_join!(record.session(), async { Ok(answer.await) }) {
        Ok((_, response)) => (response, caller),
        Err(StoreError::SessionEnded) => {
            let guest = caller.as_guest();
            (answer_to(guest.clone(), request(), next).await, guest)
        }
        Err(error) => (Problem::from(error).into_response(), caller),
    }
}

/// Whether the browser says that the request comes from the shop's own pages: by `Origin`, `Sec-Fetch-Site`, or both. A page of
/// another name that leads to this machine (DNS rebinding) is a site of its own to the browser, and never to the shop.
fn is_same_origin(headers: &HeaderMap, uri: &Uri, base_url: &str) -> bool {
    // Of two that say something else, none counts.
    let is_twice = |name: &HeaderName| headers.get_all(name).iter().nth(1).is_some();
    if [header::ORIGIN, SEC_FETCH_SITE].iter().any(is_twice) {
        return false;
    }
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let own = text(header::ORIGIN).map(|origin| path_of_own(origin, base_url, host(headers, uri)) == Some(""));
    let same_site = text(SEC_FETCH_SITE).map(|site| matches!(site, "same-origin" | "none"));
    (own.is_some() || same_site.is_some()) && own.unwrap_or(true) && same_site.unwrap_or(true)
}

/// The outermost layer: counts and logs, turns problems into pages (or sends to the sign-in and back), adds headers.
async fn finish(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (started, meter, cold_start) = (Instant::now(), Meter::default(), telemetry::is_cold_start());
    let invocation = Invocation::of(request.extensions()).cloned();
    let request_id = invocation.as_ref().map_or_else(|| ids::new_id().to_string(), |known| known.request_id.clone());
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let trace_id = invocation.and_then(|known| known.trace_id);
    let span = tracing::info_span!("request", request_id, trace_id, function = telemetry::function(), %method, route);
    let mut response = meter.measure(answer(&app, request, next)).instrument(span.clone()).await;
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert("x-request-id", id);
    }
    let usage = meter.usage();
    telemetry::count_usage(&usage);
    let _entered = span.enter();
    tracing::info!(
        status = response.status().as_u16(),
        outcome = outcome(response.status()),
        cold_start,
        round_trips = usage.round_trips,
        read_units = telemetry::units(usage.read_halves),
        write_units = telemetry::units(usage.write_halves),
        milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    response.extensions_mut().insert(usage);
    response
}

/// What became of a request, in one word.
fn outcome(status: StatusCode) -> &'static str {
    match status.as_u16() {
        500.. => "failed",
        400.. => "refused",
        _ => "done",
    }
}

/// The answer as it leaves the shop.
async fn answer(app: &App, request: Request, next: Next) -> Response {
    let as_json = accept::wanted(request.headers()) != Some(Format::Html);
    let here = come_back_to(&request, &app.base_url);
    let asked = request.uri().clone();
    let mut response =
        if came_the_right_way(app, &request) { next.run(request).await } else { Problem::not_this_way().into_response() };
    if is_rejection(&response) {
        let title = "The request cannot be read";
        let problem = Problem::new(response.status(), title, "A part of its address is not what it should be.");
        response = in_place_of(&response, problem);
    }
    let unsure = |problem: &Problem| problem.leaves_unsure(Meter::has_written());
    if response.extensions().get().is_some_and(unsure)
        && let Some(place) = Place::of(asked.path())
    {
        response = in_place_of(&response, Problem::seen_at(place));
    }
    if !as_json && let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = if problem.status == StatusCode::UNAUTHORIZED {
            let next = utf8_percent_encode(&here, NOT_IN_A_VALUE);
            in_place_of(&response, (StatusCode::SEE_OTHER, [(header::LOCATION, format!("/auth/sign-in?next={next}"))]))
        } else {
            as_page(app, &problem, response).await
        };
    }
    let headers = response.headers_mut();
    add_security_headers(headers);
    if app.base_url.starts_with("https:") {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Cookie"));
    response
}

/// Another answer with the cookies of the first: they say how the session goes on.
fn in_place_of(first: &Response, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    for cookie in first.headers().get_all(header::SET_COOKIE) {
        response.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    response
}

/// Whether a request came by the CDN, to a name of the shop.
fn came_the_right_way(app: &App, request: &Request) -> bool {
    let shown = request.headers().get("x-origin-verify").and_then(|v| v.to_str().ok());
    app.keys.get().admits(shown) && is_own_host(host(request.headers(), request.uri()), &app.base_url)
}

/// What is answered without asking any function: what leads to another address, what asks for neither page nor JSON, what another
/// site sends.
fn refuse_early(app: &App, request: &Request) -> Option<Response> {
    // Nothing else reads its query.
    let reads_query = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads_query && request.uri().query().is_some_and(is_too_long) {
        return Some(Problem::malformed("The address is too long.").into_response());
    }
    if let Some(to) = without_slash(request.uri()) {
        // The method and the body stay as they are.
        return Some((StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to)]).into_response());
    }
    if accept::wanted(request.headers()).is_none() {
        return Some(Problem::not_acceptable().into_response());
    }
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let is_foreign = !is_safe && !is_same_origin(request.headers(), request.uri(), &app.base_url);
    is_foreign.then(|| Problem::foreign().into_response())
}

/// Where who has to sign in first goes on: to the page that was asked for, or whose form was sent.
fn come_back_to(request: &Request, base_url: &str) -> String {
    if request.method() == Method::GET {
        return path_and_query(request.uri()).to_owned();
    }
    let from = request.headers().get(header::REFERER).and_then(|from| from.to_str().ok());
    let form = from.and_then(|from| path_of_own(from, base_url, host(request.headers(), request.uri())));
    form.filter(|path| !path.starts_with("/auth/")).unwrap_or("/account").to_owned()
}

fn is_too_long(query: &str) -> bool {
    query.len() > QUERY_BYTES || form_urlencoded::parse(query.as_bytes()).any(|(_, value)| value.chars().count() > QUERY_VALUE)
}

fn path_and_query(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |path| path.as_str())
}

/// Whether the framework has refused the request by itself, in plain text: a path or query it cannot read.
fn is_rejection(response: &Response) -> bool {
    let plain = response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"text/plain"));
    response.status().is_client_error() && plain && response.extensions().get::<Problem>().is_none()
}

/// The page of a problem, with the headers of its response.
async fn as_page(app: &App, problem: &Problem, response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    // Where the table does not answer, it is not asked a second time.
    let read = if problem.status == StatusCode::SERVICE_UNAVAILABLE { None } else { app.site().await.ok() };
    let site = match read {
        Some(site) => site,
        None => app.cached_site().await,
    };
    let html = app.renderer.page(&problem.page(), &site, &Chrome::default());
    let Ok(html) = html else { return Response::from_parts(parts, body) };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    Response::from_parts(parts, html.into())
}
