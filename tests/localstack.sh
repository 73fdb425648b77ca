#!/usr/bin/env bash
# The suites of store, functions, publishing and mail on LocalStack, which is started if none runs, and ended again.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! infra/localstack.sh status 2>/dev/null; then
    trap 'infra/localstack.sh stop' EXIT
    infra/localstack.sh start
fi
unset AWS_PROFILE AWS_SESSION_TOKEN "${!AWS_ENDPOINT_URL_@}"
export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_REGION=eu-central-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
# LocalStack is one process: more tests at once would only wait for it longer than a request may take.
RUST_TEST_THREADS=2 cargo test --package suite --locked "$@"
