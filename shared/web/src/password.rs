//! Passwords: Argon2id, judged by strength. They are the one text that is taken as it is typed, not normalised: every
//! hash that is kept was made so.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::{password::tells_its_owner, text::Id};
use tokio::task::spawn_blocking;

/// Characters of a password, at least.
pub const SHORTEST: usize = 10;
/// Characters of a password, at most.
pub const LONGEST: usize = 128;

/// Tries of the present password at a change of it are counted for so long.
pub const CHANGE_WINDOW_SECONDS: i64 = 15 * 60;

/// How a hash with today's parameters begins.
const PARAMETERS: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// A hash of nothing anybody types, so that an unknown account takes as long as a wrong password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdCBvZiBub2JvZHkhIQ$bm90aGluZyB0aGF0IGFueWJvZHkgdHlwZXMgaW4gLi4";

/// Why a new password is not taken: one rule wherever one is chosen. It has 10 to 128 characters, is not made of the name or the
/// e-mail address ([`tells_its_owner`]: compared without case, spaces and invisible characters, also with a few characters around
/// them), and is hard to guess (zxcvbn's score is 3 of 4 at least) for who knows both.
pub fn judge(password: &str, name: &str, email: &str) -> Result<(), String> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(format!("must have at least {SHORTEST} characters"));
    }
    if length > LONGEST {
        return Err(format!("must have at most {LONGEST} characters"));
    }
    if tells_its_owner(password, name, email) {
        return Err("is too easy to guess: it is your name or e-mail address with little more".to_owned());
    }
    let (local, domain) = email.trim().rsplit_once('@').unwrap_or((email.trim(), ""));
    let about: Vec<&str> = [name.trim(), email.trim(), local, domain].into_iter().chain(name.split_whitespace()).collect();
    let guess = zxcvbn::zxcvbn(password, &about);
    if guess.score() < zxcvbn::Score::Three {
        let why =
            guess.feedback().and_then(zxcvbn::feedback::Feedback::warning).map(|w| format!(": {}", w.to_string().to_lowercase()));
        return Err(format!("is too easy to guess{}", why.unwrap_or_default().trim_end_matches('.')));
    }
    Ok(())
}

/// What tries of the present password at a change of it are counted by.
pub fn change_attempts(customer: &Id) -> String {
    format!("password {customer}")
}

/// What was typed as a present password, as far as a password can be long.
pub fn typed(password: &str) -> String {
    password.chars().take(LONGEST + 1).collect()
}

/// The hash to keep, in PHC form: Argon2id, 19 MiB, 2 passes, 1 lane (OWASP). `None` when the machine cannot.
pub async fn hash(password: String) -> Option<String> {
    spawn_blocking(move || Argon2::default().hash_password(password.as_bytes()).ok().map(|h| h.to_string())).await.ok().flatten()
}

/// Whether the password belongs to the hash. Without a hash it takes as long and is wrong.
pub async fn verify(password: String, hash: Option<String>) -> bool {
    let known = hash.is_some();
    let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
    let verified = spawn_blocking(move || {
        PasswordHash::new(&hash).is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok())
    });
    verified.await.unwrap_or(false) && known
}

/// Whether the hash was made with other parameters than a new one would be.
pub fn is_outdated(hash: &str) -> bool {
    !hash.starts_with(PARAMETERS)
}
