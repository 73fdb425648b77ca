//! What signs sessions and links, from AWS Secrets Manager.

use crate::{Service, StoreError, error::failed};

/// The text of a secret, by its name or ARN.
pub async fn read(service: &Service, id: &str) -> Result<String, StoreError> {
    let config = service.load("AWS_ENDPOINT_URL_SECRETS_MANAGER").await;
    let client = aws_sdk_secretsmanager::Client::new(&config);
    let answer = client.get_secret_value().secret_id(id).send().await.map_err(|e| failed(&e))?;
    answer.secret_string.ok_or_else(|| StoreError::Corrupt(format!("the secret {id} holds no text")))
}
