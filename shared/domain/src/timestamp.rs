//! Moments in time, as the shop keeps them.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use time::{
    Duration, OffsetDateTime, UtcOffset, error::TryFromParsed, format_description::well_known::Rfc3339,
    macros::format_description,
};
use utoipa::ToSchema;

/// A moment in UTC to the millisecond. Its text is RFC 3339 of fixed width, so texts sort as moments do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, format = DateTime)]
pub struct Timestamp(OffsetDateTime);

impl Timestamp {
    /// From a clock's reading; what is finer than a millisecond is dropped.
    pub fn new(moment: OffsetDateTime) -> Self {
        let moment = moment.to_offset(UtcOffset::UTC);
        Self(moment.replace_millisecond(moment.millisecond()).unwrap_or(moment))
    }

    /// Seconds since 1970, as DynamoDB's TTL and JWT want them.
    pub fn unix(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// The moment as `time` has it.
    pub fn get(self) -> OffsetDateTime {
        self.0
    }

    /// Seconds later (or earlier, below zero).
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(Duration::seconds(seconds)))
    }

    /// Days later.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(Duration::days(days)))
    }

    /// For people: `23 November 2026`.
    pub fn date(self) -> String {
        self.0.format(format_description!("[day padding:none] [month repr:long] [year]")).unwrap_or_default()
    }

    /// For people: `23 November 2026, 14:05 UTC`.
    pub fn date_and_time(self) -> String {
        self.0.format(format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC")).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        f.write_str(&self.0.format(format).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Timestamp {
    type Err = time::error::Parse;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let utc = OffsetDateTime::parse(text, &Rfc3339)?.checked_to_offset(UtcOffset::UTC);
        // Near the first and last year an offset can lead out of those that the text has.
        utc.filter(|moment| moment.year() >= 0).map(Self::new).ok_or_else(|| TryFromParsed::InsufficientInformation.into())
    }
}

impl TryFrom<String> for Timestamp {
    type Error = time::error::Parse;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(moment: Timestamp) -> Self {
        moment.to_string()
    }
}
