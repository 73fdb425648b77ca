//! What the shop takes, beside its budget: `make bench`. Figures are of this machine; compare only those of one run.

// A measurement may stop where it stands, and counts in floating point.
#![allow(clippy::float_arithmetic, clippy::cast_precision_loss, clippy::unwrap_used, clippy::expect_used)]

mod functions;
mod shopping;
mod site;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use std::{path::PathBuf, time::Duration};

const HEAD: &str = "# How big and how fast each function is

Made by `tests/bench.sh --table BENCHMARKS.md functions`: the binaries as they are deployed, under the Runtime API of `tests/runtime`, with
a DynamoDB engine on the same machine. The machine matters, so `bare`, which reads one item and does nothing else, is in every run.

";

const FOOT: &str = "
*Init* is from the start of the process until it asks for its first event; the *first answer* is that and the first event, *beside* that of
`bare` started in turns with it. *CPU* is all that the process uses for one event, the SDK's, Lambda's runtime's and the kernel's part included,
and *less bare* what is left without those of one read. What is over its budget asks the table more than once for an event: `cart` twice in
turn, `admin` eight questions, `notify` for its claim and once more when the mail is out; `publish` reads what is sold and writes pages.
";

#[derive(Debug, Parser)]
struct Arguments {
    /// Also writes the functions' figures into a file, as Markdown.
    #[arg(long)]
    table: Option<PathBuf>,
    /// What to measure; everything where nothing is named.
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Building the static site.
    Site,
    /// A shopper's steps against the shop on one machine.
    Shopping,
    /// Functions under the Runtime API.
    Functions,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let wanted = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    println!("{:58} {:>14}   budget", "", "measured");
    if wanted(Part::Site) {
        site::measure(1_000)?;
        site::measure(10_000)?;
    }
    if wanted(Part::Shopping) {
        shopping::measure().await?;
    }
    if wanted(Part::Functions) {
        let table = functions::measure().await?;
        println!("\n{table}");
        if let Some(file) = &arguments.table {
            std::fs::write(file, format!("{HEAD}{table}{FOOT}"))?;
        }
    }
    Ok(())
}

/// One line of the report.
fn report(what: &str, measured: &str, budget: &str) {
    println!("{what:58} {measured:>14}   {budget}");
}

/// The time that so many hundredths of all stay below.
fn percentile(times: &mut [Duration], hundredths: usize) -> Duration {
    times.sort_unstable();
    times.get(times.len() * hundredths / 100).copied().unwrap_or_default()
}
