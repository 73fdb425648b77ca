#!/usr/bin/env bash
# Line coverage of the rules and the store by their own tests; fails below 85 %.
# cargo-tarpaulin needs no llvm-tools in the toolchain.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v cargo-tarpaulin >/dev/null || cargo install --locked cargo-tarpaulin
exec cargo tarpaulin --packages domain store suite --engine ptrace --skip-clean --timeout 300 \
    --include-files 'shared/domain/src/*' 'shared/store/src/*' --out stdout --fail-under 85 "$@"
