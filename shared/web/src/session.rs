use crate::{
    App,
    cookies::{self, Cookies},
    keys::Claims,
};
use domain::{customer::Customer, text::Id};
use store::{
    Guard, StoreError,
    session::{Rotation, SESSION_DAYS, Session},
};

/// A session's token is believed without a look for so many seconds.
const TOKEN_SECONDS: i64 = 300;

/// A browser remembers that its session has ended for so many seconds, unless it signs in.
const TOLD_SECONDS: i64 = 3600;

/// Who asks, as far as the cookies prove it.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    /// The session.
    pub session: Option<SignedIn>,
    /// The guest's cart.
    pub guest_cart: Option<Id>,
    /// The session's record: reads it, once for the whole request.
    pub(crate) record: Option<Guard>,
    /// What the browser has sent, and what a refresh has changed.
    pub(crate) cookies: Cookies,
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
    pub(crate) async fn read(app: &App, cookies: Cookies) -> Result<Self, StoreError> {
        let guest_cart = cookies.get(cookies::CART).and_then(|id| id.parse().ok()).filter(|id: &Id| id.as_str().len() == 32);
        let mut caller = Self { guest_cart, cookies, ..Self::default() };
        if let Some(claims) = check(app, caller.cookies.get(cookies::SESSION)).await {
            caller.record = Some(Guard::new(app.store.clone(), claims.sub.clone(), claims.sid.clone()));
            caller.session = Some(claims.into());
        } else if let Some(refresh) = caller.cookies.get(cookies::REFRESH).map(str::to_owned) {
            caller.refresh(app, &refresh).await?;
        } else {
            caller.ended = caller.cookies.get(cookies::ENDED).is_some();
        }
        Ok(caller)
    }

    async fn refresh(&mut self, app: &App, cookie: &str) -> Result<(), StoreError> {
        let mut parts = cookie.splitn(3, '.');
        let mut part = || parts.next().and_then(|p| p.parse::<Id>().ok());
        let (Some(customer), Some(sid), Some(secret)) = (part(), part(), part()) else {
            sign_out(&mut self.cookies);
            return Ok(());
        };
        let next = ids::new_secret();
        let hash = |secret: &Id| ids::sha256_hex(secret.as_str());
        let (session, changed) = match app.store.rotate_session(&customer, &sid, &hash(&secret), &hash(&next)).await? {
            Rotation::Rotated(session) => (session, true),
            Rotation::Recent(session) => (session, false),
            Rotation::Refused => {
                *self = self.as_guest();
                return Ok(());
            }
        };
        let Some(account) = app.store.customer(&customer).await? else { return Ok(()) };
        let claims = claims_of(&account, &session);
        set_token(&mut self.cookies, app, &claims);
        if changed {
            set_refresh(&mut self.cookies, &session, &next);
        }
        self.record = Some(Guard::of(app.store.clone(), session));
        self.session = Some(claims.into());
        Ok(())
    }

    /// The same browser as a guest: its session has ended.
    pub(crate) fn as_guest(&self) -> Self {
        let mut cookies = self.cookies.clone();
        sign_out(&mut cookies);
        // Other tabs are told too, for a while.
        cookies.set(cookies::ENDED, "1", TOLD_SECONDS);
        Self { guest_cart: self.guest_cart.clone(), cookies, ended: true, ..Self::default() }
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
        let (secret, moment) = (ids::new_secret(), clock::now());
        let session = Session {
            sid: ids::new_id(),
            customer: customer.id.clone(),
            role: customer.role,
            refresh_hash: ids::sha256_hex(secret.as_str()),
            previous_hash: None,
            rotated_at: moment,
            opened_at: moment,
            unproven: !customer.email_verified,
        };
        Self { session, secret }
    }

    /// Gives the browser the session's cookies. Returns who that is from now on.
    pub fn open(&self, cookies: &mut Cookies, app: &App, customer: &Customer) -> SignedIn {
        let claims = claims_of(customer, &self.session);
        set_token(cookies, app, &claims);
        set_refresh(cookies, &self.session, &self.secret);
        cookies.remove(cookies::ENDED);
        claims.into()
    }
}

/// Leaves the browser without a session.
pub(crate) fn sign_out(cookies: &mut Cookies) {
    cookies.remove(cookies::SESSION);
    cookies.remove(cookies::REFRESH);
    set_count(cookies, 0);
}

/// Sets the badge's number.
pub(crate) fn set_count(cookies: &mut Cookies, units: u32) {
    cookies.set(cookies::COUNT, units.to_string(), SESSION_DAYS * 24 * 3600);
}

fn claims_of(customer: &Customer, session: &Session) -> Claims {
    let first_name = customer.name.as_str().split_whitespace().next().unwrap_or_default();
    Claims {
        sub: customer.id.clone(),
        sid: session.sid.clone(),
        name: first_name.chars().take(30).collect(),
        staff: session.role.is_staff(),
        exp: clock::now().unix() + TOKEN_SECONDS,
    }
}

fn set_token(cookies: &mut Cookies, app: &App, claims: &Claims) {
    cookies.set(cookies::SESSION, app.keys.get().sign(claims), TOKEN_SECONDS);
}

fn set_refresh(cookies: &mut Cookies, session: &Session, secret: &Id) {
    let value = format!("{}.{}.{secret}", session.customer, session.sid);
    cookies.set(cookies::REFRESH, value, SESSION_DAYS * 24 * 3600);
}
