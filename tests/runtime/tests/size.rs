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
#[ignore = "needs the functions as they are deployed: run by make package"]
fn every_function_is_below_its_budget() {
    let functions = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../functions")).unwrap();
    for name in functions.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        let binary = binary(&name).unwrap_or_else(|| panic!("{name} is not built: run make package"));
        let bytes = fs::metadata(&binary).unwrap().len();
        println!("{name}: {bytes} bytes");
        assert!(bytes < BUDGET, "{name} has {bytes} bytes, {BUDGET} are allowed");
        let stripped = !fs::read(&binary).unwrap().windows(8).any(|bytes| bytes == b".symtab\0");
        assert!(stripped, "{name} carries symbols that nobody reads");
    }
}
