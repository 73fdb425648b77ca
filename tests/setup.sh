#!/usr/bin/env bash
# Installs what the tests need on a Debian machine that has Rust. Does nothing where it is there already.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v chromedriver >/dev/null || missing+=(chromium-driver)
command -v npm >/dev/null || missing+=(npm)
python3 -c "import venv, ensurepip" 2>/dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
    if ! command -v apt-get >/dev/null; then
        echo "please install: ${missing[*]}" >&2
        exit 1
    fi
    root=(); [ "$(id -u)" = 0 ] || root=(sudo)
    "${root[@]}" apt-get update -qq
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
[ -d browser/node_modules/axe-core ] || npm ci --prefix browser --no-audit --no-fund --silent

# In an environment of its own, where infra/build.sh and the tests look for it.
cargo_lambda() {
    local version=1.9.2 home=../target/cargo-lambda
    [[ "$("$home/bin/cargo-lambda" lambda --version 2>/dev/null)" == "cargo-lambda $version"* ]] && return
    python3 -m venv --clear "$home"
    "$home/bin/pip" install --quiet --disable-pip-version-check --no-deps "cargo-lambda==$version"
}
cargo_lambda
