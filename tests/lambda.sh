#!/usr/bin/env bash
# Builds the functions as they are deployed, for this machine, and what they are measured beside:
# target/ARCH-unknown-linux-gnu/lambda/NAME. infra/build.sh packages the same binaries.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(rustc -vV | sed -n 's/^host: //p')
packages=(-p bare)
for manifest in functions/*/Cargo.toml; do
    packages+=(-p "$(basename "$(dirname "$manifest")")")
done
exec cargo build --quiet --locked --features lambda --profile lambda --target "$target" "${packages[@]}"
