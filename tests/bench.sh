#!/usr/bin/env bash
# Figures beside their budgets, of a release build, on this machine.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --workspace --bin shop --bin bench
exec target/release/bench
