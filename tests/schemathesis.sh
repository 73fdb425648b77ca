#!/usr/bin/env bash
# The running shop by its OpenAPI document: schemathesis sends what the document allows and what it does not, as a guest, a
# customer and the owner, for at most two minutes. Exceptions stand in schemathesis.toml.
#
#   tests/schemathesis.sh            SHOP_COMMAND names a shop that is built already
set -euo pipefail
cd "$(dirname "$0")/.."

version=4.32.5 home=$PWD/target/schemathesis config=$PWD/tests/schemathesis.toml
if [[ "$("$home/bin/schemathesis" --version 2>/dev/null)" != *" $version" ]]; then
    python3 -m venv --clear "$home"
    timeout 600 "$home/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
fi
if [ -z "${SHOP_COMMAND:-}" ]; then
    cargo build --quiet --workspace --locked --bin shop
    SHOP_COMMAND=target/debug/shop
fi

work=$(mktemp -d)
shop=
end() {
    [ -z "$shop" ] || { kill "$shop" && wait "$shop"; } 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
address=http://127.0.0.1:$port
env -u AWS_ENDPOINT_URL -u AWS_ENDPOINT_URL_DYNAMODB -u AWS_ENDPOINT_URL_S3 \
    "$SHOP_COMMAND" --data "$work/shop" --port "$port" >"$work/shop.log" 2>&1 &
shop=$!
for _ in $(seq 120); do
    grep -q '^Ready' "$work/shop.log" && break
    kill -0 "$shop" 2>/dev/null || break
    sleep 0.5
done
grep -q '^Ready' "$work/shop.log" || { cat "$work/shop.log" >&2; exit 1; }

# PATH and fields of a form; what it sets is kept in $work/NAME.
send() { # NAME PATH FIELDS...
    local name=$1 path=$2 fields=()
    shift 2
    for field in "$@"; do fields+=(--data-urlencode "$field"); done
    curl --silent --show-error --fail --output /dev/null --cookie "$work/$name" --cookie-jar "$work/$name" \
        --header "Origin: $address" "${fields[@]}" "$address$path"
}
session() { # NAME
    awk '$6 == "__Host-session" { print $6 "=" $7 }' "$work/$1"
}
link=$(awk '$1 == "Password" { print $2 }' "$work/shop.log")
secret="a sentence that only tests know"
send owner /auth/reset "token=${link##*token=}" "password=$secret"
send owner /auth/sign-in "email=admin@shop.example" "password=$secret"
send customer /auth/sign-up "name=Ada Example" "email=ada@example.com" "password=$secret"
send customer /auth/sign-in "email=ada@example.com" "password=$secret"

failed=()
look() { # WHO SECONDS PATHS HEADERS...
    local who=$1 seconds=$2 paths=$3
    shift 3
    echo "As $who"
    # It keeps what it found where it runs.
    env -C "$work" "$home/bin/schemathesis" --config-file "$config" run "$address/api/openapi.json" --url "$address" \
        --checks all --include-path-regex "$paths" --max-time "$seconds" --header "Accept: application/json" \
        --header "Sec-Fetch-Site: same-origin" --no-color "$@" || failed+=("$who")
}
look guest 30 '^/(?!admin)'
# To a guest the back office is not there: no method is refused.
look stranger 10 '^/admin' --exclude-checks unsupported_method
# The check of what was made takes every POST that leads on (303) for the making of a thing, and only DELETE for the end of one.
# Forms save and delete by POST: a story that saves a product, deletes it and saves it again would fail.
look customer 30 '^/(account|cart|checkout|orders)' --exclude-checks ensure_resource_availability \
    --header "Cookie: $(session customer)"
look owner 30 '^/admin' --exclude-checks ensure_resource_availability --header "Cookie: $(session owner)"
[ ${#failed[@]} -eq 0 ] || { echo "schemathesis: refused by ${failed[*]}" >&2; exit 1; }
