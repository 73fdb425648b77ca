//! What the shop costs, counted request by request, as a document.

use crate::{
    Shop, SiteBucket, prices,
    tour::{self, Step},
};
use domain::catalogue::Snapshot;
use embedded::{ACCESS_KEY, REGION, SECRET_KEY};
use notify::{Notifier, Sender};
use publish::Publisher;
use render::Renderer;
use rust_decimal::Decimal;
use std::{collections::BTreeMap, fmt::Write};
use store::{Meter, Service, Usage};

/// The worst case of one kind of request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// Requests to the table.
    pub round_trips: u64,
    /// Half units read.
    pub read_halves: u64,
    /// Half units written.
    pub write_halves: u64,
    /// Kilobytes over the wire, begun ones counted.
    pub kilobytes: u64,
}

/// By function and operation.
pub type Costs = BTreeMap<(String, String), Cost>;

/// Order numbers and moments compress to a few bytes more or less each time.
const CHANCE_BYTES: u64 = 64;

/// Kilobytes begun; those that were recorded, where chance decides.
fn kilobytes(bytes: u64, recorded: Option<&Cost>) -> u64 {
    let begun = |bytes: u64| bytes.div_ceil(1000);
    let by_chance = begun(bytes.saturating_sub(CHANCE_BYTES))..=begun(bytes + CHANCE_BYTES);
    recorded.map(|cost| cost.kilobytes).filter(|recorded| by_chance.contains(recorded)).unwrap_or_else(|| begun(bytes))
}

/// The dearest of each operation, beside what was recorded before.
pub fn of(steps: &[Step], recorded: &Costs) -> Costs {
    let mut costs = Costs::new();
    for step in steps {
        let key = (step.function.to_owned(), step.operation.clone());
        let cost = Cost {
            round_trips: step.usage.round_trips,
            read_halves: step.usage.read_halves,
            write_halves: step.usage.write_halves,
            kilobytes: kilobytes(step.bytes, recorded.get(&key)),
        };
        let entry = costs.entry(key).or_insert_with(|| cost.clone());
        entry.round_trips = entry.round_trips.max(cost.round_trips);
        entry.read_halves = entry.read_halves.max(cost.read_halves);
        entry.write_halves = entry.write_halves.max(cost.write_halves);
        entry.kilobytes = entry.kilobytes.max(cost.kilobytes);
    }
    costs
}

/// What follows an order: its pages and its mail.
#[derive(Debug)]
pub struct Aftermath {
    /// The publisher's questions to the table, with a catalogue that it keeps.
    pub publishing: Usage,
    /// Objects written.
    pub uploads: usize,
    /// The notifier's questions to the table.
    pub notifying: Usage,
}

/// Buys something and lets publisher and notifier follow. Where SES is not at hand, the mail stays with the notifier, who asks
/// the table as often.
pub async fn aftermath(shop: &Shop) -> Aftermath {
    let store = &shop.table.store;
    let site = SiteBucket::new().await;
    let mut publisher =
        Publisher::new(store.clone(), site.bucket.clone(), Renderer::new().expect("templates"), &shop.app.base_url);
    publisher.publish_all().await.expect("published");
    let mut stream = store.stream(None).await.expect("a stream");
    tour::purchase(shop).await;
    let changes = shop.table.changes(&mut stream).await;
    let (publishing, notifying) = (Meter::default(), Meter::default());
    let done = publishing.measure(publisher.publish(&changes)).await.expect("published");
    let nowhere = Sender::connect(&Service::at("http://127.0.0.1:9", ACCESS_KEY, SECRET_KEY, REGION)).await;
    let notifier = Notifier::new(shop.app.clone(), nowhere, crate::goods::parse("shop@shop.example"));
    for change in &changes {
        if let store::changes::Change::Mail(mail) = change {
            notifying.measure(notifier.send(mail)).await.expect_err("nobody takes the mail");
        }
    }
    Aftermath { publishing: publishing.usage(), uploads: done.uploaded.len(), notifying: notifying.usage() }
}

/// The document: dollars first, then every route.
pub fn document(purchase: &[Step], after: &Aftermath, costs: &Costs, catalogue: &Snapshot, alarms: usize) -> String {
    let mut text = String::from(HEAD);
    let shopping: Decimal = purchase.iter().map(|step| prices::request(step.bytes) + prices::table(&step.usage)).sum();
    let tables: Decimal = purchase.iter().map(|step| prices::table(&step.usage)).sum();
    let publishing = prices::invocation() + prices::table(&after.publishing) + prices::uploads(after.uploads);
    let notifying = prices::invocation() + prices::table(&after.notifying) + prices::mail();
    let pages = page_bytes(catalogue);
    let browsing = prices::page(pages) * Decimal::from(10);
    let rows = [
        ("10 pages of the static site looked at", browsing),
        ("the purchase itself: requests, functions, transfer", shopping - tables),
        ("the purchase itself: table", tables),
        ("its pages published", publishing),
        ("its mail sent", notifying),
    ];
    let _ = writeln!(text, "## 1,000 orders\n\n| what | dollars |\n|---|---:|");
    for (what, each) in rows {
        let _ = writeln!(text, "| {what} | {} |", dollars(each * Decimal::from(1000)));
    }
    let sum: Decimal = rows.iter().map(|(_, each)| *each).sum();
    let _ = writeln!(text, "| **together** | **{}** |", dollars(sum * Decimal::from(1000)));
    let cart = &costs[&("cart".to_owned(), "GET /cart".to_owned())];
    let usage = Usage { read_halves: cart.read_halves, write_halves: cart.write_halves, ..Usage::default() };
    let dynamic = prices::request(cart.kilobytes * 1000) + prices::table(&usage);
    let _ = writeln!(
        text,
        "\n## A million page views\n\n| which | dollars |\n|---|---:|\n\
         | product pages of {pages} bytes, pictures aside, none from the CDN's cache | {} |\n\
         | carts, made by a function | {} |",
        dollars(prices::page(pages) * Decimal::from(1_000_000)),
        dollars(dynamic * Decimal::from(1_000_000)),
    );
    let idle = [
        ("one secret".to_owned(), prices::SECRET),
        (format!("{alarms} alarms"), prices::ALARM * Decimal::from(alarms)),
        ("one dashboard (three are free)".to_owned(), prices::DASHBOARD),
        ("a gigabyte in the table, with recovery to any second".to_owned(), prices::TABLE_GIGABYTE + prices::RECOVERY_GIGABYTE),
        ("a gigabyte of pages and pictures".to_owned(), prices::OBJECT_GIGABYTE),
        ("730 sweeps".to_owned(), prices::invocation() * Decimal::from(730)),
    ];
    let _ = writeln!(text, "\n## A month in which nobody comes\n\n| what | dollars |\n|---|---:|");
    for (what, dollars_of) in &idle {
        let _ = writeln!(text, "| {what} | {} |", dollars(*dollars_of));
    }
    let _ = writeln!(text, "| **together** | **{}** |", dollars(idle.iter().map(|(_, d)| *d).sum()));
    text.push_str(ROUTES);
    for ((function, operation), cost) in costs {
        let _ = writeln!(text, "{}", row(function, operation, cost));
    }
    text
}

/// A route's row.
fn row(function: &str, operation: &str, cost: &Cost) -> String {
    let units = |halves: u64| Decimal::new((halves * 5).try_into().unwrap_or(i64::MAX), 1).normalize();
    format!(
        "| {function} | {operation} | {} | {} | {} | {} |",
        cost.round_trips,
        units(cost.read_halves),
        units(cost.write_halves),
        cost.kilobytes
    )
}

/// The routes of a document that [`document`] made.
pub fn recorded(document: &str) -> Costs {
    let rows = document.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, function, operation, round_trips, reads, writes, kilobytes, _] = cells[..] else { return None };
        let halves = |units: &str| units.parse::<Decimal>().ok().and_then(|u| u64::try_from(u * Decimal::from(2)).ok());
        let cost = Cost {
            round_trips: round_trips.parse().ok()?,
            read_halves: halves(reads)?,
            write_halves: halves(writes)?,
            kilobytes: kilobytes.parse().ok()?,
        };
        Some(((function.to_owned(), operation.to_owned()), cost))
    });
    rows.collect()
}

/// Compressed bytes of the largest product page with the shop's style sheet and script.
fn page_bytes(catalogue: &Snapshot) -> u64 {
    let info = web::site_info(&crate::goods::settings(), "https://shop.example");
    let renderer = Renderer::new().expect("templates");
    let site = builder::Site::new(catalogue, &info, &renderer);
    let pages = site.pages().filter_map(|page| site.render(&page).expect("a page"));
    let largest = pages.filter(|page| page.path.starts_with("/products/")).map(|page| tour::compressed(&page.body)).max();
    let assets: u64 =
        render::ASSETS.iter().filter(|asset| asset.path.contains("/shop.")).map(|asset| tour::compressed(asset.content)).sum();
    largest.unwrap_or_default() + assets
}

fn dollars(amount: Decimal) -> String {
    let mut rounded = amount.round_dp(2);
    rounded.rescale(2);
    rounded.to_string()
}

const HEAD: &str = "# What it costs

Counted by a test, request by request, on the demonstration's kind of order: a guest who buys two things. Prices are AWS's list
prices in us-east-1, free tiers left out. A function is charged 20 ms of 512 MB on arm64 for each request, more than is measured.
Capacity units are as the embedded engine counts them, by DynamoDB's published rules; no other engine is asked.

";

const ROUTES: &str = "
## Every route

Requests to the table, capacity units, and kilobytes over the wire, in the worst case. A route that costs more than this fails the
tests; `UPDATE_COSTS=1 cargo test -p suite costs` writes this file anew.

| function | route | requests | units read | units written | KB |
|---|---|---:|---:|---:|---:|
";
