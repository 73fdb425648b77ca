.PHONY: run soak test check infra package unit api test-localstack coverage bench setup

run:            ## the whole shop on this machine
	cargo run --release

test:           ## everything CI runs, and how long each stage took
	@tests/stages.sh setup check infra package unit api test-localstack

setup:          ## installs what the tests need (Debian: chromium, chromedriver, npm; axe-core)
	@tests/setup.sh

check:          ## format and lints
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo check --locked

infra:          ## the stack: template, permissions, scripts, and a shop's life on moto
	@infra/check.sh

package:        ## the functions as they are deployed, for this machine
	@infra/build.sh --arch host
	cargo test --workspace --locked --test size -- --ignored

unit:           ## every test: units, properties, store, HTTP, processes, browser
	cargo test --workspace --locked

api:            ## the running shop by its OpenAPI document: schemathesis, two minutes
	@tests/schemathesis.sh

test-localstack: ## store, functions, publishing, mail and the scripts on LocalStack
	@tests/localstack.sh

coverage:       ## line coverage of domain and store, at least 85 %
	@tests/coverage.sh

soak:           ## a thousand shoppers at once for the last hundred units, not in CI
	SHOPPERS=1000 cargo test --release -p browser --test crowd
	ORDERS=10000 cargo test --release -p suite partitions -- --nocapture

bench:          ## figures beside their budgets
	@tests/bench.sh
