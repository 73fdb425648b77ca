use crate::report::Figures;
use anyhow::{Context, Result, bail, ensure};
use browser::{Shop, command};
use runtime::usage;
use std::{
    fmt::Write,
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

const PRODUCTS: usize = 50_000;
const SIZES: [&str; 3] = ["S", "M", "L"];

pub(crate) const ABOUT: &str =
    "A file of 50,000 products with 150,000 variants, taken into a shop that is not running: the embedded database is in the
process whose memory is measured. The second import finds all of it there already, as one that goes on after an interruption.";

/// How long a large import takes, the first time and once more, and its memory.
pub(crate) async fn measure(figures: &mut Figures) -> Result<()> {
    let data = Shop::open().await?.stops().await?;
    let file = data.path().join("products.csv");
    let megabytes = write_products(&file)? as f64 / 1e6;
    for (what, said) in [("the first time", "50000 products added"), ("once more", "50000 as they were")] {
        let (took, peak) = import(&file, data.path(), said).await?;
        let rate = PRODUCTS as f64 / took.as_secs_f64();
        let what = format!("import of {PRODUCTS} products, {megabytes:.0} MB, {what}");
        figures.add(&what, &format!("{:.0} s, {rate:.0} products a second", took.as_secs_f64()), "");
        figures.add(&format!("{what}: most memory"), &format!("{:.0} MB", peak as f64 / 1e6), "300 MB");
    }
    Ok(())
}

/// Runs an import. Returns how long it took, and the most bytes of memory that it had.
async fn import(file: &Path, data: &Path, says: &str) -> Result<(Duration, u64)> {
    let start = Instant::now();
    let mut import = command().await?;
    let mut import = import.arg("import").arg(file).arg("--data").arg(data).stdout(Stdio::piped()).spawn()?;
    let process = import.id().context("the import has ended")?;
    let mut peak = 0;
    while import.try_wait()?.is_none() {
        peak = usage(process).map_or(peak, |usage| usage.peak.max(peak));
        if start.elapsed() > Duration::from_hours(1) {
            import.kill().await?;
            bail!("the import does not end");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let took = start.elapsed();
    let output = import.wait_with_output().await?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success() && said.contains(says), "{said}");
    Ok((took, peak))
}

/// Writes the file. Returns its size in bytes.
fn write_products(file: &Path) -> Result<u64> {
    let mut to = BufWriter::new(File::create(file)?);
    writeln!(
        to,
        "Handle,Title,Body (HTML),Vendor,Product Category,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,\
         Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price"
    )?;
    for at in 0..PRODUCTS {
        let mut text = String::new();
        for word in 0..90 {
            write!(text, "word{} ", (at * 31 + word * word) % 997)?;
        }
        for (place, size) in SIZES.into_iter().enumerate() {
            let of_product = match place {
                0 => format!("Thing {at},<p>{text}</p>,Maker {},Home > Room {},a; b,true,Size", at % 50, at % 40),
                _ => ",,,,,,".to_owned(),
            };
            writeln!(to, "thing-{at},{of_product},{size},THING-{at}-{size},200,shopify,{},deny,{}.90", at % 60, 5 + at % 90)?;
        }
    }
    to.flush()?;
    Ok(std::fs::metadata(file)?.len())
}
