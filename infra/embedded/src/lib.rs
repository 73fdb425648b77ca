//! The shop's two services in process, on loopback: DynamoDB and S3, real protocols over files.
//!
//! The shop on one machine and every test use them through the AWS SDK, exactly as they would AWS.
//!
//! ```no_run
//! # async fn example() -> Result<(), embedded::StartError> {
//! let dynamodb = embedded::DynamoDb::start(None).await?;
//! println!("AWS_ENDPOINT_URL_DYNAMODB={}", dynamodb.endpoint());
//! dynamodb.stop().await;
//! # Ok(())
//! # }
//! ```

mod dynamodb;
mod engine;
mod records;
mod s3;
mod server;

pub use dynamodb::DynamoDb;
pub use records::{ForgetError, Records};
pub use s3::S3;

/// Access key of the embedded services: DynamoDB takes any, S3 just this one. Both listen on loopback alone.
pub const ACCESS_KEY: &str = "embedded";
/// Secret key that belongs to [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "embedded-secret";
/// Region that clients of the embedded services name.
pub const REGION: &str = "us-east-1";

/// Why a service did not start, in one line for the person who started it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data is no database, is damaged, locked, or cannot be written.
    #[error("cannot open the data in {path}: {reason}")]
    Data {
        /// The file or folder.
        path: String,
        /// What the engine says.
        reason: String,
    },
    /// No port on loopback.
    #[error("cannot listen on 127.0.0.1: {0}")]
    Listen(#[from] std::io::Error),
}
