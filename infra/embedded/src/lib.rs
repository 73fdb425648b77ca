//! The shop's two services in process: DynamoDB and S3, real protocols over files.
//!
//! The shop on one machine and every test use them through the AWS SDK, exactly as they would AWS; only that the SDK's requests
//! call the service as a function. So no port is open that any program, or any page in a browser, could reach. Other processes
//! come in where they are let in: the owner's commands at a socket in the data folder, which its owner alone can open, and
//! functions that run elsewhere at a port on loopback, with the keys of the data folder.
//!
//! ```no_run
//! # async fn example() -> Result<(), embedded::StartError> {
//! let mut dynamodb = embedded::DynamoDb::start(None).await?;
//! let sdk = dynamodb.client();
//! println!("AWS_ENDPOINT_URL_DYNAMODB={}", dynamodb.listen(&embedded::Keys::of_tests()).await?);
//! dynamodb.stop().await;
//! # Ok(())
//! # }
//! ```

#![allow(clippy::missing_errors_doc, reason = "the error types say it")]

mod check;
mod damage;
mod dynamodb;
mod engine;
mod facts;
mod folder;
mod objects;
mod records;
mod s3;
mod server;
mod signature;
#[cfg(unix)]
mod socket;
mod upload;

pub use damage::Damage;
pub use dynamodb::DynamoDb;
pub use folder::Lost;
pub use records::{Records, RecordsError};
pub use s3::S3;
#[cfg(unix)]
pub use socket::at_socket;

/// Region that clients of the embedded services name.
pub const REGION: &str = "us-east-1";

/// Address for clients that call a service in process or at a socket: it is signed, and leads nowhere.
pub const IN_PROCESS: &str = "http://embedded.localhost";
/// What the access key of the embedded services is called.
pub const ACCESS_KEY: &str = "embedded";
/// The secret of services that go with the test that started them. A shop has its own.
pub const SECRET_KEY: &str = "secret-of-tests";

/// What a request to the embedded services is signed with.
#[derive(Clone)]
pub struct Keys {
    /// Says which secret it is.
    pub access: String,
    /// The secret.
    pub secret: String,
}

impl Keys {
    /// The keys with this secret.
    pub fn new(secret: &str) -> Self {
        Self { access: ACCESS_KEY.to_owned(), secret: secret.to_owned() }
    }

    /// Keys that everybody knows, for services that go with the test that started them.
    pub fn of_tests() -> Self {
        Self::new(SECRET_KEY)
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("access", &self.access).finish_non_exhaustive()
    }
}

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
    /// The database is not whole any more, or is none.
    #[error("the database {path} is damaged: {reason}")]
    Damaged {
        /// The file.
        path: String,
        /// What SQLite says.
        reason: String,
    },
    /// The database has tables, and none of those that the shop has.
    #[error("the database {path} is of another program")]
    Foreign {
        /// The file.
        path: String,
    },
    /// The database has a form that is not known here.
    #[error("the database {path} was written by a newer version of the shop")]
    Newer {
        /// The file.
        path: String,
    },
    /// No port on loopback, or no socket.
    #[error("cannot listen: {0}")]
    Listen(#[from] std::io::Error),
}
