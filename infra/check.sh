#!/usr/bin/env bash
# Checks everything in infra/ that can be checked without AWS: template, permissions, scripts, the CDN's functions, the workflow,
# and a shop's whole life by the scripts on moto's server. Installs what it needs below target/.
#
#   infra/check.sh [--without-moto]
#
# infra/check/cycle.sh says more on LocalStack, which knows more than moto.
source "$(dirname "$0")/lib.sh"

moto=1
while [ $# -gt 0 ]; do
    case $1 in
    --without-moto) moto="" ;;
    -h | --help) usage ;;
    *) fail "what is $1? See --help" ;;
    esac
    shift
done

# ---------------------------------------------------------------------------------------------------------------------- tools

install_missing jq zip unzip curl openssl node=nodejs
python3 -c 'import venv, ensurepip' 2>/dev/null || install_missing none=python3-venv

venv=$root/target/infra-venv
wanted=$(openssl dgst -sha256 -r "$infra/check/requirements.txt" | cut -d ' ' -f 1)
if [ "$(cat "$venv/installed" 2>/dev/null || true)" != "$wanted" ]; then
    step "Install"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "python3 is older than 3.11"
    python3 -m venv "$venv"
    timeout 900 "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$infra/check/requirements.txt"
    echo "$wanted" >"$venv/installed"
fi
install_aws
export SAM_CLI_TELEMETRY=0 AWS_EC2_METADATA_DISABLED=true AWS_MAX_ATTEMPTS=2
unset AWS_PROFILE AWS_ENDPOINT_URL

# --------------------------------------------------------------------------------------------------------------------- checks

failed=()
check() { # NAME SECONDS COMMAND...
    local name=$1 seconds=$2 started=$SECONDS
    shift 2
    if timeout --kill-after 10 "$seconds" "$@"; then
        say "ok      $name ($((SECONDS - started)) s)"
    else
        say "FAILED  $name"
        failed+=("$name")
    fi
}

step "Template"
check "cfn-lint" 120 "$venv/bin/cfn-lint" --regions us-east-1 eu-central-1 -- "$infra/template.yaml"
# A region, and keys of nobody: it asks no service.
check "sam validate --lint" 120 env AWS_DEFAULT_REGION=eu-central-1 AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none \
    "$venv/bin/sam" validate --lint --template "$infra/template.yaml"
check "paths" 30 "$venv/bin/python" "$infra/check/paths.py"
check "dashboard" 30 "$venv/bin/python" "$infra/check/dashboard.py"

step "Permissions"
check "roles are what the code does" 60 "$venv/bin/python" "$infra/check/permissions.py"
check "and would be found if they were not" 60 "$venv/bin/python" "$infra/check/permissions.py" --self-test

step "CDN's functions"
check "node --test" 60 node --test --test-reporter spec "$infra/edge/edge.test.mjs"

step "Lines"
check "no line is too long" 30 python3 "$infra/check/lines.py"
check "links of documents lead somewhere" 30 python3 "$infra/check/links.py"

step "Scripts"
mapfile -t scripts < <(cd "$root" && find infra tests .ci -name '*.sh' -not -path '*/node_modules/*' | sort)
check "shellcheck" 120 env -C "$root" "$venv/bin/shellcheck" -x -P SCRIPTDIR "${scripts[@]}"
actionlint=(go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12)
command -v actionlint >/dev/null && actionlint=(actionlint)
if command -v "${actionlint[0]}" >/dev/null; then
    check "actionlint" 300 "${actionlint[@]}" -shellcheck "$venv/bin/shellcheck" "$root"/.github/workflows/*.yml
else
    say "left out: actionlint (neither it nor Go is here)"
fi

if [ -n "$moto" ]; then
    step "A shop's life, on moto"
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    mkdir -p "$work"
    "$venv/bin/moto_server" --host 127.0.0.1 --port "$port" >"$work/moto.log" 2>&1 &
    server=$!
    trap 'kill "$server" 2>/dev/null || true' EXIT
    for _ in $(seq 60); do
        curl --silent --fail --output /dev/null "http://127.0.0.1:$port/moto-api/" && break
        sleep 0.5
    done
    check "deploy, rotate, back up, restore, destroy" 600 env AWS_ENDPOINT_URL="http://127.0.0.1:$port" AWS_REGION=us-east-1 \
        AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test INFRA_PYTHON="$venv/bin/python" "$infra/check/cycle.sh" --short
fi

names=$(printf '%s; ' "${failed[@]}")
[ ${#failed[@]} -eq 0 ] || fail "${#failed[@]} failed: ${names%; }"
say ""
say "infra: all checks passed"
