use crate::{
    App, Caller, NewSession, Problem, SignedIn,
    accept::{self, Format},
    address::with_query,
    cookies::{self, Cookies},
    layers::StaffRoute,
    session,
};
use axum::{
    Json,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use domain::customer::{Area, Customer, Role};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use lambda::Invocation;
use render::{Chrome, Page, Refusal};
use std::sync::Arc;
use store::{
    StoreError,
    cart::{CartKey, GUEST_CART_DAYS},
};

/// What a handler returns.
pub type Answer = Result<Response, Problem>;

/// One request: who asks, and how to answer.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Clients, templates, settings.
    pub app: Arc<App>,
    /// Who asks.
    pub caller: Caller,
    /// The answer is to be JSON.
    pub wants_json: bool,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The address as it was asked for, path and query.
    pub uri: http::Uri,
    method: Method,
    source: String,
    /// The browser's cookies, and what the answer changes of them.
    pub cookies: Cookies,
    said: Option<String>,
    role: Role,
    staff_route: Option<StaffRoute>,
}

impl FromRequestParts<Arc<App>> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Caller>().cloned().ok_or_else(Problem::internal)?;
        Ok(Self {
            app: app.clone(),
            wants_json: accept::wanted(&parts.headers) == Some(Format::Json),
            headers: parts.headers.clone(),
            uri: parts.uri.clone(),
            method: parts.method.clone(),
            source: source(app, parts),
            cookies: caller.cookies.clone(),
            said: None,
            role: Role::Customer,
            staff_route: parts.extensions.get().copied(),
            caller,
        })
    }
}

/// Headers that shoppers can write themselves are not believed: the CDN overwrites its own, and is proven by its secret.
fn source(app: &App, request: &Parts) -> String {
    let header = |name: &str| request.headers.get(name).and_then(|v| v.to_str().ok());
    let address = if app.keys.get().is_behind_cdn() {
        // With the port at its end.
        header("cloudfront-viewer-address").and_then(|address| address.rsplit_once(':')).map(|(address, _)| address)
    } else {
        Invocation::of(&request.extensions)
            .and_then(|invocation| invocation.source_address.as_deref())
            .or_else(|| header("x-forwarded-for").and_then(|list| list.split(',').next()).map(str::trim))
    };
    address.unwrap_or("local").chars().take(64).collect()
}

impl Visit {
    /// Whose cart it is, while there is one.
    pub fn cart_key(&self) -> Option<CartKey> {
        match (&self.caller.session, &self.caller.guest_cart) {
            (Some(session), _) => Some(CartKey::Customer(session.customer.clone())),
            (None, Some(guest)) => Some(CartKey::Guest(guest.clone())),
            (None, None) => None,
        }
    }

    /// Whose cart it is; where the session has ended that had one, what sends to the sign-in page and back.
    ///
    /// # Errors
    ///
    /// 401 when the session that had the cart has ended.
    pub fn own_cart(&self) -> Result<Option<CartKey>, Problem> {
        match self.cart_key() {
            None if self.caller.has_ended() => Err(Problem::unauthorised()),
            key => Ok(key),
        }
    }

    /// Gives a guest whose cart is new the cookie for it.
    pub fn keep_cart(&mut self, of: &CartKey) {
        if let CartKey::Guest(secret) = of
            && self.caller.guest_cart.as_ref() != Some(secret)
        {
            self.cookies.set(cookies::CART, secret.as_str(), GUEST_CART_DAYS * 24 * 3600);
        }
    }

    /// The session, or what sends to the sign-in page and back.
    ///
    /// # Errors
    ///
    /// 401 for a guest.
    pub fn signed_in(&self) -> Result<SignedIn, Problem> {
        self.caller.session.clone().ok_or_else(Problem::unauthorised)
    }

    /// Goes on only while the session may see this account, which was read beside its record. An account that has been proven
    /// meanwhile has a session of before no more, though the record was there a moment ago.
    ///
    /// # Errors
    ///
    /// 401 when the session has ended, or was opened before the account was proven; the table's problem.
    pub async fn may_change(&self, customer: &Customer) -> Result<(), Problem> {
        let record = self.caller.record.as_ref().ok_or_else(Problem::unauthorised)?;
        if record.session().await?.unproven && customer.email_verified {
            return Err(StoreError::SessionEnded.into());
        }
        Ok(())
    }

    /// Goes on only for a member of staff whose role works on the part of the back office that the route belongs to, by the
    /// session's record. Nobody else learns that there is anything here, or has it read: what grows with the shop is read after
    /// this.
    ///
    /// # Errors
    ///
    /// 404 for anybody whose role is not for it; the table's problem.
    pub async fn staff(&mut self) -> Result<SignedIn, Problem> {
        let caller = (self.staff_route, self.caller.session.clone(), self.caller.record.clone());
        let (Some(StaffRoute(area)), Some(session), Some(record)) = caller else {
            return Err(Problem::not_found());
        };
        let role = record.session().await?.role;
        if !role.is_staff() || area.is_some_and(|area| !role.may(area)) {
            return Err(Problem::not_found());
        }
        self.role = role;
        Ok(session)
    }

    /// [`Visit::staff`], beside the page's own read, which has to be a small one.
    ///
    /// # Errors
    ///
    /// 404 for anybody whose role is not for it; the problem of the session's record or of the page's own read.
    pub async fn staff_reading<T>(
        &mut self,
        read: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<(SignedIn, T), Problem> {
        // What the token says gives no right. It only spares the read for a shopper, who has no business here.
        if self.caller.session.as_ref().is_none_or(|session| !session.staff) {
            self.staff().await?;
        }
        let (session, read) = tokio::join!(self.staff(), read);
        Ok((session?, read?))
    }

    /// Whether the role found by [`Visit::staff`] works on this part of the back office.
    pub fn may(&self, area: Area) -> bool {
        self.role.may(area)
    }

    /// A position in this list, for the address of its next page.
    pub fn seal_position(&self, list: &str, position: &str) -> String {
        self.app.keys.get().seal_position(list, position)
    }

    /// The position that an address of this list names; `None` for its first page. One that the list never gave is refused.
    ///
    /// # Errors
    ///
    /// `StoreError::Position` when this list never gave it.
    pub fn position(&self, list: &str, sealed: &str) -> Result<Option<String>, StoreError> {
        if sealed.is_empty() {
            return Ok(None);
        }
        let keys = self.app.keys.get();
        keys.unseal_position(list, sealed).map(|position| Some(position.to_owned())).ok_or(StoreError::Position)
    }

    /// Shows this number on the cart.
    pub fn set_cart_count(&mut self, units: u32) {
        session::set_count(&mut self.cookies, units);
    }

    /// Lets the browser go on in a session that was opened just now.
    pub fn enter(&mut self, customer: &Customer, new: &NewSession) {
        self.caller.session = Some(new.open(&mut self.cookies, &self.app, customer));
    }

    /// Takes over what belongs to who has just signed in: the guest's cart, and orders that guests placed with the address, if it
    /// is proven. Returns how many orders have joined the account.
    ///
    /// # Errors
    ///
    /// The problem of a cart or order that cannot be read or written.
    pub async fn move_in(&mut self, customer: &Customer) -> Result<usize, Problem> {
        let limits = self.app.settings.get().await?.cart;
        let (store, own) = (&self.app.store, CartKey::Customer(customer.id.clone()));
        let cart = async {
            match self.caller.guest_cart.clone() {
                Some(guest) => store.merge_carts(&CartKey::Guest(guest), &own, limits).await,
                None => store.cart(&own).await,
            }
        };
        let orders = async { if customer.email_verified { store.adopt_guest_orders(customer).await } else { Ok(0) } };
        let (cart, orders) = tokio::try_join!(cart, orders)?;
        self.cookies.remove(cookies::CART);
        self.set_cart_count(cart.units());
        Ok(orders)
    }

    /// Ends the session in the browser.
    pub fn forget_session(&mut self) {
        session::sign_out(&mut self.cookies);
    }

    /// Shows a message on the next page.
    pub fn notice(&mut self, text: &str) {
        self.cookies.notice(text);
    }

    /// Shows a message on this page.
    pub fn say(&mut self, text: &str) {
        self.said = Some(text.to_owned());
    }

    /// A page, or its view as JSON.
    ///
    /// # Errors
    ///
    /// The problem of settings that cannot be read, or of a page that does not render.
    pub async fn page(self, view: &dyn Page) -> Answer {
        self.page_with(StatusCode::OK, view).await
    }

    /// A page with another status. What it refuses is a problem for programs, with what is wrong by field.
    ///
    /// # Errors
    ///
    /// The problem of settings that cannot be read, or of a page that does not render.
    pub async fn page_with(mut self, status: StatusCode, view: &dyn Page) -> Answer {
        let mut response = if self.wants_json && status.is_client_error() {
            let Refusal { detail, errors } = view.refusal();
            Problem::refused(status, detail, errors).into_response()
        } else if self.wants_json {
            let currency = self.app.settings.get().await?.currency;
            let document = currency.showing(|| view.data().and_then(|data| serde_json::to_vec(&data))).map_err(|error| {
                tracing::error!(%error, "a view cannot be written");
                Problem::internal()
            })?;
            (status, [(header::CONTENT_TYPE, "application/json")], document).into_response()
        } else {
            // Where the table does not answer, it is not asked a second time.
            let unavailable = status == StatusCode::SERVICE_UNAVAILABLE;
            let site = if unavailable { self.app.cached_site().await } else { self.app.site().await? };
            let notice = self.cookies.get(cookies::NOTICE).map(str::to_owned);
            if notice.is_some() {
                self.cookies.remove(cookies::NOTICE);
            }
            let session = self.caller.session.as_ref();
            let chrome = Chrome {
                customer: session.map(|s| s.name.clone()),
                staff: session.is_some_and(|s| s.staff),
                sees_orders: self.role.may(Area::Orders),
                sees_catalogue: self.role.may(Area::Catalogue),
                notice: notice.or_else(|| self.said.take()),
                ..Chrome::default()
            };
            let html = self.app.renderer.page(view, &site, &chrome)?;
            (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
        };
        self.add_cookies(&mut response);
        Ok(response)
    }

    /// Sends a browser on to another page (303); a JSON client gets its address. Who only looked keeps the query.
    ///
    /// # Errors
    ///
    /// 500 when the address cannot stand in a header.
    pub fn see_other(self, path: &str) -> Answer {
        let path = if self.method == Method::GET { with_query(path, self.uri.query()) } else { path.to_owned() };
        let location = HeaderValue::from_str(&path).map_err(|_| Problem::internal())?;
        let status = if self.wants_json { StatusCode::OK } else { StatusCode::SEE_OTHER };
        let mut response = if self.wants_json {
            (status, Json(serde_json::json!({ "location": path }))).into_response()
        } else {
            status.into_response()
        };
        response.headers_mut().insert(header::LOCATION, location);
        self.add_cookies(&mut response);
        Ok(response)
    }

    /// Says that something was made: a browser goes on to its page (303), a JSON client gets 201 with its name and address.
    ///
    /// # Errors
    ///
    /// 500 when the address cannot stand in a header.
    pub fn created(self, path: &str, name: &str, value: &str) -> Answer {
        if !self.wants_json {
            return self.see_other(path);
        }
        let body = Json(serde_json::json!({ name: value, "location": path }));
        let mut response = (StatusCode::CREATED, [(header::LOCATION, path.to_owned())], body).into_response();
        self.add_cookies(&mut response);
        Ok(response)
    }

    /// A problem, with the cookies that the browser is to have all the same.
    ///
    /// # Errors
    ///
    /// None: the problem is the answer.
    pub fn refuse(self, problem: impl Into<Problem>) -> Answer {
        let mut response = problem.into().into_response();
        self.add_cookies(&mut response);
        Ok(response)
    }

    /// The address the request comes from, as whoever stands in front says: the CDN, API Gateway, or the front door of the shop
    /// on one machine.
    pub fn source(&self) -> String {
        self.source.clone()
    }

    /// Leaves the cookies to who sends the answer.
    fn add_cookies(self, response: &mut Response) {
        response.extensions_mut().insert(self.cookies);
    }
}
