//! Functions are small: what is loaded at a cold start is paid for by a shopper's wait.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Bytes of a stripped binary.
const BUDGET: u64 = 12_000_000;

/// Where `make package` leaves a function's binary.
fn binary(name: &str) -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    let arch = std::env::consts::ARCH;
    let places = [format!("{arch}-unknown-linux-gnu/lambda/{name}"), format!("lambda/{name}/bootstrap")];
    places.iter().map(|place| target.join(place)).find(|path| path.is_file())
}

#[test]
fn every_function_is_below_its_budget() {
    let functions = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions")).unwrap();
    let mut measured = 0;
    for name in functions.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        let Some(binary) = binary(&name) else {
            let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!ci, "{name} is not built: run make package");
            println!("not measured: {name} is not built (make package does)");
            continue;
        };
        let bytes = fs::metadata(&binary).unwrap().len();
        assert!(bytes < BUDGET, "{name} has {bytes} bytes, {BUDGET} are allowed");
        let stripped = !fs::read(&binary).unwrap().windows(8).any(|bytes| bytes == b".symtab\0");
        assert!(stripped, "{name} carries symbols that nobody reads");
        measured += 1;
    }
    println!("measured: {measured} functions");
}
