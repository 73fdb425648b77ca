#!/usr/bin/env bash
# Figures beside their budgets, of a release build, on this machine.
#
#   tests/bench.sh [--table FILE] [site] [shopping] [front] [crowd] [functions] [import]
set -euo pipefail
cd "$(dirname "$0")/.."

# Unpacked and not installed, because Debian starts an nginx that it installs.
nginx() {
    [ -x /usr/sbin/nginx ] || [ -x target/nginx/usr/sbin/nginx ] && return
    local folder
    folder=$(mktemp -d)
    (cd "$folder" && apt-get download -qq nginx)
    dpkg -x "$folder"/nginx_*.deb target/nginx
    rm -r "$folder"
}

cargo build --quiet --release --workspace --bin shop --bin bench
nginx
tests/lambda.sh
exec target/release/bench "$@"
