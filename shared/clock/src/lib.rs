//! The clock. The rules in `domain` get the moment as an argument; whoever calls them asks here.

use domain::timestamp::Timestamp;
use time::OffsetDateTime;

/// The moment it is now.
pub fn now() -> Timestamp {
    Timestamp::new(OffsetDateTime::now_utc())
}
