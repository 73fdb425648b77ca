#!/usr/bin/env bash
# The suites of store, functions, publishing and mail on LocalStack, and a shop's life there by the scripts of infra/. It is
# started if none runs, and ended again.
#
#   tests/localstack.sh [ARGUMENTS OF cargo test...]    with arguments, the suites alone
set -euo pipefail
cd "$(dirname "$0")/.."

if ! infra/localstack.sh status 2>/dev/null; then
    trap 'infra/localstack.sh stop' EXIT
    infra/localstack.sh start
fi
unset AWS_PROFILE AWS_SESSION_TOKEN "${!AWS_ENDPOINT_URL_@}"
export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
arguments=$#
# Time stands still in `every_call`; `partitions` writes more than LocalStack does in minutes, and `unanswered` makes hundreds of
# tables: they are of the embedded engine.
[ $# -gt 0 ] || set -- -- --include-ignored --skip every_call:: --skip partitions:: --skip unanswered::
# LocalStack is one process: more tests at once would only wait for it longer than a request may take.
RUST_TEST_THREADS=2 cargo test --workspace --test suite --locked "$@"
[ "$arguments" -eq 0 ] || exit 0

cargo build --quiet --workspace --locked --bin shop
echo "A shop's life, on LocalStack"
PATH=$PATH:$PWD/target/localstack/python/bin SHOP_COMMAND=$PWD/target/debug/shop infra/check/cycle.sh
