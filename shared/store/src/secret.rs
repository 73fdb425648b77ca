//! What signs sessions and links, from AWS Secrets Manager.

use crate::{Service, StoreError};

/// The text of a secret, by its name or ARN.
///
/// # Errors
///
/// [`StoreError::Corrupt`] when the secret has no text. Any other error when Secrets Manager does not answer, or when the program
/// was built without AWS.
#[cfg(feature = "aws")]
pub async fn read(service: &Service, id: &str) -> Result<String, StoreError> {
    let config = service.load("AWS_ENDPOINT_URL_SECRETS_MANAGER").await;
    let client = aws_sdk_secretsmanager::Client::new(&config);
    let answer = client.get_secret_value().secret_id(id).send().await.map_err(|e| crate::error::failed(&e))?;
    answer.secret_string.ok_or_else(|| StoreError::Corrupt(format!("the secret {id} holds no text")))
}

/// As above.
#[cfg(not(feature = "aws"))]
#[expect(clippy::unused_async, reason = "as above")]
pub async fn read(_: &Service, _: &str) -> Result<String, StoreError> {
    Err(StoreError::Unavailable("this program was built without AWS".to_owned()))
}
