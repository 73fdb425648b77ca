.PHONY: run test check unit coverage bench setup

run:            ## the whole shop on this machine
	cargo run --release

test: setup check unit          ## everything CI runs

setup:          ## installs what the tests need (Debian: chromium, chromedriver, npm; axe-core)
	@tests/setup.sh

check:          ## format and lints
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

unit:           ## every test: units, properties, store, HTTP, processes, browser
	cargo test --workspace --locked

coverage:       ## line coverage of domain and store, at least 85 %
	@tests/coverage.sh

bench:          ## figures beside their budgets
	@tests/bench.sh
