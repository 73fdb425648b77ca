//! What things cost: list prices of us-east-1 in US dollars, without free tiers, and what one of our requests takes of them.

use rust_decimal::Decimal;
use store::Usage;

/// Dollars per million or per gigabyte, as the price lists have them.
const fn dollars(amount: u32, decimals: u32) -> Decimal {
    Decimal::from_parts(amount, 0, 0, false, decimals)
}

const MILLION: Decimal = dollars(1_000_000, 0);
const GIGABYTE: Decimal = dollars(1_000_000_000, 0);

/// DynamoDB on demand, a million request units.
const READ_UNITS: Decimal = dollars(125, 3);
const WRITE_UNITS: Decimal = dollars(625, 3);
/// CloudFront, a million HTTPS requests, a million runs of an edge function, a gigabyte to shoppers.
const CDN_REQUESTS: Decimal = dollars(1, 0);
const CDN_FUNCTIONS: Decimal = dollars(10, 2);
const CDN_GIGABYTE: Decimal = dollars(85, 3);
/// API Gateway's HTTP API, a million requests.
const API_REQUESTS: Decimal = dollars(1, 0);
/// Lambda, a million invocations, and a million seconds of one gigabyte on arm64.
const INVOCATIONS: Decimal = dollars(20, 2);
const GIGABYTE_SECONDS: Decimal = dollars(133_334, 4);
/// S3, a million reads, a million writes, a gigabyte for a month.
const OBJECT_READS: Decimal = dollars(40, 2);
const OBJECT_WRITES: Decimal = dollars(5, 0);
/// SES, a million mails.
const MAILS: Decimal = dollars(100, 0);
/// CloudWatch, a gigabyte of logs; an alarm, a dashboard, a custom metric for a month.
const LOG_GIGABYTE: Decimal = dollars(50, 2);
pub(crate) const ALARM: Decimal = dollars(10, 2);
pub(crate) const DASHBOARD: Decimal = dollars(3, 0);
/// Secrets Manager, a secret for a month.
pub(crate) const SECRET: Decimal = dollars(40, 2);
/// For a month and gigabyte: table, its point-in-time recovery, S3.
pub(crate) const TABLE_GIGABYTE: Decimal = dollars(25, 2);
pub(crate) const RECOVERY_GIGABYTE: Decimal = dollars(20, 2);
pub(crate) const OBJECT_GIGABYTE: Decimal = dollars(23, 3);

/// Memory of an HTTP function in thousandths of a gigabyte, its billed time in milliseconds, its log in bytes: generous beside
/// what `make bench` measures.
const MEMORY: i64 = 512;
const MILLISECONDS: i64 = 20;
const LOG_BYTES: i64 = 900;
/// Bytes of headers over the wire, both ways.
const HEADER_BYTES: u64 = 1500;

/// What the table charges.
pub(crate) fn table(usage: &Usage) -> Decimal {
    let halves = Decimal::from(usage.read_halves) * READ_UNITS + Decimal::from(usage.write_halves) * WRITE_UNITS;
    halves / dollars(2, 0) / MILLION
}

/// One invocation of a function with its log.
pub(crate) fn invocation() -> Decimal {
    let seconds = Decimal::from(MEMORY * MILLISECONDS) / MILLION * GIGABYTE_SECONDS / MILLION;
    INVOCATIONS / MILLION + seconds + Decimal::from(LOG_BYTES) * LOG_GIGABYTE / GIGABYTE
}

/// One request through CDN and API Gateway to a function, the table aside.
pub(crate) fn request(bytes: u64) -> Decimal {
    (CDN_REQUESTS + API_REQUESTS) / MILLION + invocation() + to_shopper(bytes)
}

/// One page of the static site, not in the CDN's cache.
pub(crate) fn page(bytes: u64) -> Decimal {
    (CDN_REQUESTS + dollars(2, 0) * CDN_FUNCTIONS + OBJECT_READS) / MILLION + to_shopper(bytes)
}

fn to_shopper(bytes: u64) -> Decimal {
    Decimal::from(bytes + HEADER_BYTES) * CDN_GIGABYTE / GIGABYTE
}

/// Objects written to the bucket.
pub(crate) fn uploads(count: usize) -> Decimal {
    Decimal::from(count) * OBJECT_WRITES / MILLION
}

/// One mail.
pub(crate) fn mail() -> Decimal {
    MAILS / MILLION
}
