//! Writes the domains of throw-away addresses as one sorted text, a line each. As the static slice of the library they would be
//! forty thousand pointers for the loader to correct at every cold start, and 2.5 MB.

fn main() -> std::io::Result<()> {
    let mut domains = mailchecker::blacklist();
    domains.sort_unstable();
    domains.dedup();
    let folder = std::env::var_os("OUT_DIR").ok_or_else(|| std::io::Error::other("OUT_DIR is not set"))?;
    std::fs::write(std::path::Path::new(&folder).join("throw_away_domains.txt"), domains.join("\n"))?;
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
