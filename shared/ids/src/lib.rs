//! Identifiers and secrets: random, and the hash under which secrets are kept.

use domain::text::Id;
use sha2::{Digest, Sha256};

/// A new opaque identifier; later ones sort after earlier ones.
pub fn new_id() -> Id {
    to_id(&uuid::Uuid::now_v7().simple().to_string())
}

/// A new secret of 128 random bits, for what is known by possession alone (a guest's cart).
pub fn new_secret() -> Id {
    to_id(&hex::encode(rand::random::<[u8; 16]>()))
}

/// 64 random bits, for numbers that must not be guessed.
pub fn random_bits() -> u64 {
    rand::random()
}

/// SHA-256 in hexadecimal: how secrets are kept.
pub fn sha256_hex(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

#[expect(clippy::expect_used, reason = "hexadecimal digits are an identifier")]
fn to_id(hex: &str) -> Id {
    hex.parse().expect("hexadecimal digits are an identifier")
}
