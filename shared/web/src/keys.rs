use domain::text::Id;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use lambda::ConfigError;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::{collections::HashMap, fmt};

/// Signs and checks sessions, and derives the secrets of links. Several keys at once let one be changed without signing
/// anybody out.
pub struct Keys {
    current: String,
    encoding: EncodingKey,
    decoding: HashMap<String, DecodingKey>,
    links: Vec<u8>,
    /// What the CDN shows with every request, hashed.
    origin: Option<String>,
}

/// What a session's token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// Customer.
    pub(crate) sub: Id,
    /// Session.
    pub(crate) sid: Id,
    /// First name, for the header.
    pub(crate) name: String,
    /// Shows the link to the back office; gives no rights.
    pub(crate) staff: bool,
    /// Unix seconds.
    pub(crate) exp: i64,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("current", &self.current).finish_non_exhaustive()
    }
}

impl Keys {
    /// From `SESSION_KEYS` and `LINK_SECRET`, see [`crate::App`].
    ///
    /// # Errors
    ///
    /// `ConfigError::Wrong` when a key is missing, too short, or has no name.
    pub fn parse(session_keys: &str, link_secret: &str) -> Result<Self, ConfigError> {
        let pairs: Option<Vec<(&str, &str)>> = session_keys.split(',').map(|pair| pair.trim().split_once(':')).collect();
        let pairs = pairs.unwrap_or_default();
        let Some((current, secret)) = pairs.first().filter(|_| pairs.iter().all(|(id, _)| !id.is_empty())) else {
            return Err(ConfigError::Wrong("SESSION_KEYS", "expected id:secret, several with commas".to_owned()));
        };
        if pairs.iter().any(|(_, secret)| secret.len() < 32) {
            return Err(ConfigError::Wrong("SESSION_KEYS", "a secret is shorter than 32 characters".to_owned()));
        }
        if link_secret.len() < 32 {
            return Err(ConfigError::Wrong("LINK_SECRET", "shorter than 32 characters".to_owned()));
        }
        crate::hs256::install();
        Ok(Self {
            current: (*current).to_owned(),
            encoding: EncodingKey::from_secret(secret.as_bytes()),
            decoding: pairs.iter().map(|(id, secret)| ((*id).to_owned(), DecodingKey::from_secret(secret.as_bytes()))).collect(),
            links: link_secret.as_bytes().to_vec(),
            origin: None,
        })
    }

    /// Behind a CDN that shows this secret with every request, so that nobody can go round it.
    ///
    /// # Errors
    ///
    /// `ConfigError::Wrong` when the secret is too short.
    pub fn behind(self, origin_secret: &str) -> Result<Self, ConfigError> {
        if origin_secret.len() < 32 {
            return Err(ConfigError::Wrong("KEYS_SECRET", "origin_secret is shorter than 32 characters".to_owned()));
        }
        Ok(Self { origin: Some(ids::sha256_hex(origin_secret)), ..self })
    }

    /// Whether requests come through a CDN alone.
    pub(crate) fn is_behind_cdn(&self) -> bool {
        self.origin.is_some()
    }

    /// Whether a request came through the CDN, by what it shows; any does where there is none.
    pub(crate) fn admits(&self, shown: Option<&str>) -> bool {
        self.origin.as_ref().is_none_or(|expected| shown.is_some_and(|shown| ids::sha256_hex(shown) == *expected))
    }

    /// Whether a token names a key that is not here.
    pub(crate) fn lacks_key_of(&self, token: &str) -> bool {
        let key = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid);
        key.is_some_and(|key| !self.decoding.contains_key(&key))
    }

    /// A token for a session; empty when it cannot be signed, which no check accepts.
    pub(crate) fn sign(&self, claims: &Claims) -> String {
        let header = Header { kid: Some(self.current.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, claims, &self.encoding).unwrap_or_default()
    }

    /// What a token says, if a key of the shop has signed it and it has not expired.
    pub(crate) fn check(&self, token: &str) -> Option<Claims> {
        let key = self.decoding.get(&jsonwebtoken::decode_header(token).ok()?.kid?)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        jsonwebtoken::decode(token, key, &validation).ok().map(|data| data.claims)
    }

    /// The secret of a single-use link, of the identifier that its mail names.
    pub fn link_secret(&self, token: &Id) -> String {
        format!("{token}.{}", self.mac(token.as_str()))
    }

    /// A value that only the shop can have made, for a cookie.
    pub fn seal(&self, value: &str) -> String {
        format!("{value}.{}", self.mac(&format!("seal:{value}")))
    }

    /// The value in a sealed one.
    pub fn unseal<'a>(&self, sealed: &'a str) -> Option<&'a str> {
        let (value, mac) = sealed.rsplit_once('.')?;
        let expected = self.mac(&format!("seal:{value}"));
        // Both are hashed again, so that the time taken says nothing about the expected value.
        (ids::sha256_hex(mac) == ids::sha256_hex(&expected)).then_some(value)
    }

    /// A position in a list, as the address of its next page has it: nobody makes up another, or takes it to another list.
    pub(crate) fn seal_position(&self, list: &str, position: &str) -> String {
        format!("{position}.{}", self.mac(&format!("position:{list}\n{position}")))
    }

    /// The position in a sealed one of this list.
    pub(crate) fn unseal_position<'a>(&self, list: &str, sealed: &'a str) -> Option<&'a str> {
        let (position, _) = sealed.rsplit_once('.')?;
        let expected = self.seal_position(list, position);
        (ids::sha256_hex(sealed) == ids::sha256_hex(&expected)).then_some(position)
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    fn mac(&self, message: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.links).expect("HMAC takes keys of any length");
        mac.update(message.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    }
}
