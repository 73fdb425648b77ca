//! What the shop takes, beside its budget: `make bench`. Figures are of this machine; compare only those of one run.

// A measurement may stop where it stands, and counts in floating point.
#![allow(clippy::float_arithmetic, clippy::cast_precision_loss, clippy::unwrap_used, clippy::expect_used)]

mod crowd;
mod front;
mod functions;
mod import;
mod report;
mod shopping;
mod site;

use anyhow::Result;
use clap::{Parser, ValueEnum};
use report::{Figures, write_sections};
use std::{path::PathBuf, time::Duration};

#[derive(Debug, Parser)]
struct Arguments {
    /// Also writes the figures into a file, as Markdown, in place of those of the same parts there.
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
    /// Static pages from the shop on one machine, beside nginx.
    Front,
    /// A thousand shoppers at once for the last hundred units.
    Crowd,
    /// Functions under the Runtime API.
    Functions,
    /// A large product file.
    Import,
}

impl Part {
    /// Measures it. Returns its section in Markdown.
    async fn measure(self) -> Result<String> {
        let mut figures = Figures::default();
        Ok(match self {
            Self::Site => {
                site::measure(&mut figures, 1_000)?;
                site::measure(&mut figures, 10_000)?;
                figures.section("Building the site", site::ABOUT)
            }
            Self::Shopping => {
                shopping::measure(&mut figures).await?;
                figures.section("The whole shop on one machine", shopping::ABOUT)
            }
            Self::Front => {
                front::measure(&mut figures).await?;
                figures.section("Static pages", front::ABOUT)
            }
            Self::Crowd => crowd::measure().await?,
            Self::Functions => functions::section().await?,
            Self::Import => {
                import::measure(&mut figures).await?;
                figures.section("A large import", import::ABOUT)
            }
        })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut sections = Vec::new();
    for part in Part::value_variants() {
        if arguments.parts.is_empty() || arguments.parts.contains(part) {
            let section = part.measure().await?;
            println!("{section}");
            sections.push(section);
        }
    }
    if let Some(file) = &arguments.table {
        write_sections(file, &sections)?;
    }
    Ok(())
}

/// The time that so many hundredths of all stay below.
fn percentile(times: &mut [Duration], hundredths: usize) -> Duration {
    times.sort_unstable();
    times.get(times.len() * hundredths / 100).copied().unwrap_or_default()
}
