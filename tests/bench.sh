#!/usr/bin/env bash
# Figures beside their budgets, of a release build, on this machine.
#
#   tests/bench.sh [--table FILE] [site] [shopping] [functions]
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --quiet --release --workspace --bin shop --bin bench
tests/lambda.sh
exec target/release/bench "$@"
