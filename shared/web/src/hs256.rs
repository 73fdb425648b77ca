//! How session tokens are signed: HS256 (RFC 7518, section 3.2) and nothing else.
//!
//! `jsonwebtoken` leaves the cryptography to its user. Its own choice brings RSA and elliptic curves, which take long to compile
//! and which no token of the shop uses.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result},
};
use sha2::Sha256;
use signature::{Error, Signer, Verifier};

static PROVIDER: CryptoProvider =
    CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };

/// Makes `jsonwebtoken` sign and check by HS256 in this process. Doing so again changes nothing.
pub(crate) fn install() {
    let _ = PROVIDER.install_default();
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as jsonwebtoken calls it")]
fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Ok(Box::new(Hs256::new(*algorithm, key.family(), key.as_bytes())?))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as jsonwebtoken calls it")]
fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    Ok(Box::new(Hs256::new(*algorithm, key.family(), key.try_get_as_bytes()?)?))
}

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: Algorithm, family: AlgorithmFamily, key: &[u8]) -> Result<Self> {
        if algorithm != Algorithm::HS256 || family != AlgorithmFamily::Hmac {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        Ok(Self(Hmac::new_from_slice(key).map_err(|_| ErrorKind::InvalidKeyFormat)?))
    }

    fn of(&self, message: &[u8]) -> Hmac<Sha256> {
        self.0.clone().chain_update(message)
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(self.of(message).finalize().into_bytes().to_vec())
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        // Takes the same time for any wrong signature.
        self.of(message).verify_slice(signature).map_err(|_| Error::new())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{Header, Validation, dangerous::insecure_decode, decode, encode};
    use serde_json::{Value, json};

    // RFC 7515, appendix A.1: the key, the claims' bytes as they are there, and the signature.
    const KEY: &str = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    const TOKEN: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\
        eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.\
        dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn validation() -> Validation {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation
    }

    #[test]
    fn the_example_of_the_standard_is_checked_by_its_key_and_by_no_other() {
        install();
        let padded = format!("{}==", KEY.replace('-', "+").replace('_', "/"));
        let key = DecodingKey::from_base64_secret(&padded).unwrap();
        assert_eq!(decode::<Value>(TOKEN, &key, &validation()).unwrap().claims["iss"], "joe");
        assert!(decode::<Value>(TOKEN, &DecodingKey::from_secret(b"another key"), &validation()).is_err());
        let changed = TOKEN.replace("dBjf", "dBjg");
        assert!(decode::<Value>(&changed, &key, &validation()).is_err());
        assert!(insecure_decode::<Value>(&changed).is_ok(), "it is the signature that does not fit");
    }

    #[test]
    fn other_algorithms_neither_sign_nor_check() {
        install();
        let claims = json!({ "exp": 1_300_819_380 });
        let (key, secret) = (EncodingKey::from_secret(b"secret"), DecodingKey::from_secret(b"secret"));
        for algorithm in [Algorithm::HS384, Algorithm::HS512] {
            assert!(encode(&Header::new(algorithm), &claims, &key).is_err(), "{algorithm:?}");
        }
        let signed = encode(&Header::new(Algorithm::HS256), &claims, &key).unwrap();
        assert!(decode::<Value>(&signed, &secret, &validation()).is_ok());
        let mut other = Validation::new(Algorithm::HS512);
        other.validate_exp = false;
        assert!(decode::<Value>(&signed, &secret, &other).is_err());
    }
}
