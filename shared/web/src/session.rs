use crate::{App, cookies, keys::Claims};
use domain::{customer::Customer, text::Id};
use http::HeaderMap;
use store::{
    Guard, StoreError,
    session::{Rotation, SESSION_DAYS, Session},
};

/// A session's token is believed without a look for so many seconds.
const TOKEN_SECONDS: i64 = 300;

/// A browser remembers that its session has ended for so many seconds, unless it signs in.
const TOLD_SECONDS: i64 = 3600;

/// Who asks, as far as the cookies prove it, and the cookies that a refresh has changed.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// The session.
    pub session: Option<SignedIn>,
    /// The guest's cart.
    pub guest_cart: Option<Id>,
    /// The session's record: reads it, once for the whole request.
    pub(crate) record: Option<Guard>,
    pub(crate) set_cookies: Vec<String>,
    /// The browser had a session, which has ended elsewhere or by its age.
    ended: bool,
}

/// A session that is open.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Whose.
    pub customer: Id,
    /// Which.
    pub sid: Id,
    /// First name, for the header.
    pub name: String,
    /// Shows the link to the back office; gives no rights.
    pub staff: bool,
}

impl Caller {
    /// Whether the session's record names a role of the back office.
    pub(crate) async fn is_staff(&self) -> Result<bool, StoreError> {
        match &self.record {
            Some(record) => Ok(record.session().await?.role.is_staff()),
            None => Ok(false),
        }
    }

    /// Reads the cookies: no request while the token is fresh, a few to refresh it.
    pub(crate) async fn read(app: &App, headers: &HeaderMap) -> Result<Self, StoreError> {
        let guest_cart =
            cookies::read(headers, cookies::CART).and_then(|id| id.parse().ok()).filter(|id: &Id| id.as_str().len() == 32);
        let mut caller = Self { guest_cart, ..Self::default() };
        let token = cookies::read(headers, cookies::SESSION);
        if let Some(claims) = check(app, token.as_deref()).await {
            caller.record = Some(Guard::new(app.store.clone(), claims.sub.clone(), claims.sid.clone()));
            caller.session = Some(claims.into());
        } else if let Some(refresh) = cookies::read(headers, cookies::REFRESH) {
            caller.refresh(app, &refresh).await?;
        } else {
            caller.ended = cookies::read(headers, cookies::ENDED).is_some();
        }
        Ok(caller)
    }

    async fn refresh(&mut self, app: &App, cookie: &str) -> Result<(), StoreError> {
        let mut parts = cookie.splitn(3, '.');
        let mut part = || parts.next().and_then(|p| p.parse::<Id>().ok());
        let (Some(customer), Some(sid), Some(secret)) = (part(), part(), part()) else {
            self.set_cookies = signed_out();
            return Ok(());
        };
        let next = store::new_secret();
        let hash = |secret: &Id| store::sha256_hex(secret.as_str());
        let (session, changed) = match app.store.rotate_session(&customer, &sid, &hash(&secret), &hash(&next)).await? {
            Rotation::Rotated(session) => (session, true),
            Rotation::Recent(session) => (session, false),
            Rotation::Refused => {
                *self = self.as_guest();
                return Ok(());
            }
        };
        let Some(account) = app.store.customer(&customer).await? else { return Ok(()) };
        let claims = claims(&account, &session);
        self.set_cookies.push(token_cookie(app, &claims));
        if changed {
            self.set_cookies.push(refresh_cookie(&session, &next));
        }
        self.record = Some(Guard::of(app.store.clone(), session));
        self.session = Some(claims.into());
        Ok(())
    }

    /// The same browser as a guest: its session has ended.
    pub(crate) fn as_guest(&self) -> Self {
        // Other tabs are told too, for a while.
        let told = cookies::private(cookies::ENDED, "1".to_owned(), TOLD_SECONDS);
        let set_cookies = signed_out().into_iter().chain([told]).collect();
        Self { guest_cart: self.guest_cart.clone(), set_cookies, ended: true, ..Self::default() }
    }

    /// Whether the browser believes that it is signed in, and is not any more.
    pub fn has_ended(&self) -> bool {
        self.ended
    }
}

/// What a token says. One of a key that is not known yet may be of a new key.
async fn check(app: &App, token: Option<&str>) -> Option<Claims> {
    let (token, keys) = (token?, app.keys.get());
    if keys.lacks_key_of(token) {
        return app.keys.read_again().await?.check(token);
    }
    keys.check(token)
}

impl From<Claims> for SignedIn {
    fn from(claims: Claims) -> Self {
        Self { customer: claims.sub, sid: claims.sid, name: claims.name, staff: claims.staff }
    }
}

/// A session to be opened, with the secret that its browser alone gets.
#[derive(Debug)]
pub struct NewSession {
    /// As the table keeps it.
    pub session: Session,
    secret: Id,
}

impl NewSession {
    /// Of a customer, from now on.
    pub fn of(customer: &Customer) -> Self {
        let (secret, moment) = (store::new_secret(), store::now());
        let session = Session {
            sid: store::new_id(),
            customer: customer.id.clone(),
            role: customer.role,
            refresh_hash: store::sha256_hex(secret.as_str()),
            previous_hash: None,
            rotated_at: moment,
            opened_at: moment,
            unproven: !customer.email_verified,
        };
        Self { session, secret }
    }

    /// The cookies that the browser keeps, and who that is from now on.
    pub fn open(&self, app: &App, customer: &Customer) -> (Vec<String>, SignedIn) {
        let claims = claims(customer, &self.session);
        let cookies =
            vec![token_cookie(app, &claims), refresh_cookie(&self.session, &self.secret), cookies::gone(cookies::ENDED)];
        (cookies, claims.into())
    }
}

/// The cookies of who is not signed in.
pub(crate) fn signed_out() -> Vec<String> {
    vec![cookies::gone(cookies::SESSION), cookies::gone(cookies::REFRESH), count_cookie(0)]
}

/// The badge's number.
pub(crate) fn count_cookie(units: u32) -> String {
    cookies::public(cookies::COUNT, units.to_string(), SESSION_DAYS * 24 * 3600)
}

fn claims(customer: &Customer, session: &Session) -> Claims {
    let first_name = customer.name.as_str().split_whitespace().next().unwrap_or_default();
    Claims {
        sub: customer.id.clone(),
        sid: session.sid.clone(),
        name: first_name.chars().take(30).collect(),
        staff: session.role.is_staff(),
        exp: store::now().unix() + TOKEN_SECONDS,
    }
}

fn token_cookie(app: &App, claims: &Claims) -> String {
    cookies::private(cookies::SESSION, app.keys.get().sign(claims), TOKEN_SECONDS)
}

fn refresh_cookie(session: &Session, secret: &Id) -> String {
    let value = format!("{}.{}.{secret}", session.customer, session.sid);
    cookies::private(cookies::REFRESH, value, SESSION_DAYS * 24 * 3600)
}
