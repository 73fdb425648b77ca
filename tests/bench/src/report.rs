use anyhow::Result;
use std::{fmt::Write, fs, path::Path};

const HEAD: &str = "# Figures

Made by `tests/bench.sh --table BENCHMARKS.md`, on one machine with two cores. Another machine gives other figures: compare only
those of one run.
";

/// What comes before the title of a section.
const MARK: &str = "\n## ";

/// What was measured, each beside its budget.
#[derive(Debug, Default)]
pub(crate) struct Figures(Vec<[String; 3]>);

impl Figures {
    /// Adds one. There may be no budget for it: "".
    pub(crate) fn add(&mut self, what: &str, measured: &str, budget: &str) {
        self.0.push([what, measured, budget].map(str::to_owned));
    }

    /// All as a section in Markdown, with a few words about them.
    pub(crate) fn section(&self, title: &str, about: &str) -> String {
        let rows = self.0.iter().fold(String::new(), |mut rows, [what, measured, budget]| {
            let _ = writeln!(rows, "| {what} | {measured} | {budget} |");
            rows
        });
        format!("## {title}\n\n{about}\n\n| | measured | budget |\n|---|--:|--:|\n{rows}")
    }
}

/// Writes sections into a file, each in place of the one with its title, if there is one.
pub(crate) fn write_sections(file: &Path, sections: &[String]) -> Result<()> {
    let former = fs::read_to_string(file).unwrap_or_default();
    let mut all: Vec<String> = former.split(MARK).skip(1).map(|section| format!("## {}\n", section.trim_end())).collect();
    for section in sections {
        let place = all.iter().position(|of| of.lines().next() == section.lines().next());
        match place {
            Some(place) => all[place].clone_from(section),
            None => all.push(section.clone()),
        }
    }
    let sections: Vec<&str> = all.iter().map(|section| section.trim_end()).collect();
    Ok(fs::write(file, format!("{HEAD}\n{}\n", sections.join("\n\n")))?)
}
