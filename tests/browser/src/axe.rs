use crate::Browser;
use anyhow::{Context, Result};
use std::path::Path;

/// Runs axe-core on the page that is open; returns one line per violation (rule, help, first element).
pub async fn violations(browser: &Browser) -> Result<Vec<String>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(&file).context("axe-core is missing: run tests/setup.sh")?;
    browser.client.execute(&axe, vec![]).await?;
    let script = "const done = arguments[0];
        axe.run(document, { resultTypes: ['violations'] }).then(
            (r) => done(r.violations.map((v) => `${v.id}: ${v.help} (${v.nodes.length}): ${v.nodes[0].html}`)),
            (e) => done([String(e)]));";
    let found = browser.client.execute_async(script, vec![]).await?;
    Ok(serde_json::from_value(found)?)
}
