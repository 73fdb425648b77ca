use axum::{
    Form, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::post,
};
use http::StatusCode;
use std::{
    io,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{net::TcpListener, task::JoinHandle};
use uuid::Uuid;

/// One mail as it was handed over: the fields of the request.
pub type Sent = Vec<(String, String)>;

/// SES on loopback, version 1 of its API: takes any mail and keeps it.
pub struct Mailbox {
    endpoint: String,
    kept: Arc<Kept>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Kept {
    sent: Mutex<Vec<Sent>>,
    refusing: Mutex<bool>,
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Mailbox {
    /// Opens on a free port.
    pub async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let kept = Arc::<Kept>::default();
        let router = Router::new().route("/", post(take)).with_state(kept.clone());
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { endpoint, kept, server })
    }

    /// Address for `AWS_ENDPOINT_URL_SES`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What was sent so far.
    pub fn sent(&self) -> Vec<Sent> {
        self.kept.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether mail is refused from now on, as by SES when it is throttled.
    pub fn refuses(&self, refusing: bool) {
        *self.kept.refusing.lock().unwrap_or_else(PoisonError::into_inner) = refusing;
    }
}

async fn take(State(kept): State<Arc<Kept>>, Form(fields): Form<Sent>) -> Response {
    let xml = [("content-type", "text/xml")];
    if *kept.refusing.lock().unwrap_or_else(PoisonError::into_inner) {
        let error = "<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Maximum sending rate exceeded.\
            </Message></Error></ErrorResponse>";
        return (StatusCode::BAD_REQUEST, xml, error).into_response();
    }
    let action = fields.iter().find(|(name, _)| name == "Action").map_or("SendEmail", |(_, action)| action.as_str());
    let answer = format!(
        "<{action}Response><{action}Result><MessageId>{}</MessageId></{action}Result></{action}Response>",
        Uuid::new_v4()
    );
    kept.sent.lock().unwrap_or_else(PoisonError::into_inner).push(fields);
    (xml, answer).into_response()
}
