# Shared by the scripts beside it; not run by itself.
# shellcheck shell=bash
#
# Settings come from the command line, else from variables SHOP_NAME, else from infra/env/ENV.env, else they have a default.

set -euo pipefail
# Secrets pass through files of this process alone.
umask 077

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
infra=$root/infra
work=$root/target/infra
program=$(basename "$0")

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
fail() {
    printf '%s: %s\n' "$program" "$*" >&2
    exit 1
}

# The comment at the top of a script is its help.
usage() {
    awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"
    exit "${1:-0}"
}

need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || fail "$tool is missing; install it and try again"
    done
}

# Installs what is missing of programs that Debian has. install_missing PROGRAM[=PACKAGE]...
install_missing() {
    local program missing=() as_root=()
    for program; do
        command -v "${program%=*}" >/dev/null || missing+=("${program#*=}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "please install: ${missing[*]}"
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# Checks and tests bring their own AWS command line where there is none. By itself: its dependencies are other versions than
# theirs.
install_aws() {
    local home=$root/target/aws-venv
    ! command -v aws >/dev/null || return 0
    if [ ! -x "$home/bin/aws" ]; then
        python3 -m venv "$home"
        timeout 600 "$home/bin/pip" install --quiet --disable-pip-version-check awscli==1.45.11
    fi
    PATH=$PATH:$home/bin
}

value_of() {
    if [ $# -lt 2 ] || [[ $2 == --* ]]; then fail "$1 wants a value"; fi
}

# ---------------------------------------------------------------------------------------------------------------- settings

declare -A settings=()
setting_names=(REGION ARCH DOMAIN CERTIFICATE_ARN HOSTED_ZONE_ID PRICE_CLASS WEB_ACL_ARN CREATE_WEB_ACL MAIL_FROM MAIL_IDENTITY
    MAIL_CONFIGURATION_SET ALARM_EMAIL MONTHLY_BUDGET REFUSALS_ALARM TABLE_NAME MEDIA_BUCKET DELETION_PROTECTION
    CONSUMERS AUTH_CONCURRENCY PUBLISH_CONCURRENCY API_RATE API_BURST AUTH_RATE AUTH_BURST LOG_LEVEL
    LOG_RETENTION_DAYS LOG_KEY_ARN TRACING SETTINGS DEMO)

# Sets a setting unless the command line has.
default() { [ -n "${settings[$1]:-}" ] || settings[$1]=$2; }

read_settings() {
    local file=$infra/env/$environment.env name line value number=0
    for name in "${setting_names[@]}"; do
        value=SHOP_$name
        [ -z "${!value:-}" ] || default "$name" "${!value}"
    done
    [ -f "$file" ] || return 0
    # Read, not run: a file of settings is no program.
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        [[ $line =~ ^[[:space:]]*(#.*)?$ ]] && continue
        [[ $line =~ ^([A-Z_]+)=(.*)$ ]] || fail "$file, line $number: expected NAME=value"
        name=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
        [[ " ${setting_names[*]} " == *" $name "* ]] || fail "$file, line $number: $name is no setting; see infra/env/example.env"
        value=${value%\"} value=${value#\"}
        [ -z "$value" ] || default "$name" "$value"
    done <"$file"
}

# Checks the environment's name, reads its settings and says where they lead.
use_environment() {
    [ -n "${environment:-}" ] || fail "say of which shop: --env NAME"
    [[ $environment =~ ^[a-z][a-z0-9-]{0,19}$ ]] ||
        fail "'$environment' is no name: a letter, then letters, digits and hyphens, 20 at most"
    read_settings
    default REGION "${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region 2>/dev/null || true)}}"
    [ -n "${settings[REGION]}" ] || fail "say where: --region REGION, or AWS_REGION"
    region=${settings[REGION]}
    # One is read by the SDKs, the other by older command lines.
    export AWS_REGION=$region AWS_DEFAULT_REGION=$region AWS_PAGER=""
    stack=shop-$environment
    # shellcheck disable=SC2034 # for the scripts that read this file
    secret_name=shop/$environment/keys
    mkdir -p "$work"
}

# ----------------------------------------------------------------------------------------------------------------- the cloud

# Another service in place of AWS: LocalStack, or a simulation of it in tests.
is_local() { [ -n "${AWS_ENDPOINT_URL:-}" ]; }

is_localstack() { is_local && curl --silent --fail --max-time 5 --output /dev/null "$AWS_ENDPOINT_URL/_localstack/health"; }

use_credentials() {
    need aws jq curl
    local answer
    answer=$(aws sts get-caller-identity --query Account --output text 2>&1) ||
        fail "no AWS credentials that work (set AWS_PROFILE, or sign in first): ${answer##*$'\n'}"
    account=$answer
}

stack_status() {
    aws cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].StackStatus' --output text 2>/dev/null || true
}

# An output of the stack; empty where there is none.
output() {
    local found
    found=$(aws cloudformation describe-stacks --stack-name "$stack" --output text \
        --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue | [0]" 2>/dev/null || true)
    [ "$found" = None ] || printf '%s' "$found"
}

# The name of one of the stack's resources as AWS has it; empty where the stack has none.
resource() {
    local found
    found=$(aws cloudformation describe-stack-resources --stack-name "$stack" --output text \
        --query "StackResources[?LogicalResourceId=='$1' && ResourceStatus!='DELETE_COMPLETE'].PhysicalResourceId | [0]" \
        2>/dev/null || true)
    [ "$found" = None ] || printf '%s' "$found"
}

need_stack() {
    [[ $(stack_status) == *_COMPLETE ]] || fail "there is no shop '$environment' in $region of account $account: deploy it first"
}

table_exists() { aws dynamodb describe-table --table-name "$1" >/dev/null 2>&1; }
bucket_exists() { aws s3api head-bucket --bucket "$1" >/dev/null 2>&1; }

# Waits until a command says the wanted word. wait_for SECONDS WORD COMMAND...
wait_for() {
    local seconds=$1 word=$2 end found
    shift 2
    end=$((SECONDS + seconds))
    while found=$("$@" 2>/dev/null || true) && [ "$found" != "$word" ]; do
        [ "$SECONDS" -lt "$end" ] || fail "not $word after $seconds seconds but '${found:-nothing}': $*"
        sleep "${SHOP_POLL_SECONDS:-5}"
    done
}

# Removes every object of a bucket, old versions too.
empty_bucket() {
    local bucket=$1 batch=$work/delete.json count=0 found
    while :; do
        aws s3api list-object-versions --bucket "$bucket" --max-items 1000 --output json |
            jq '{Quiet: true, Objects: [(.Versions // [])[], (.DeleteMarkers // [])[] | {Key, VersionId}]}' >"$batch"
        found=$(jq '.Objects | length' "$batch")
        [ "$found" -gt 0 ] || break
        # One request removes a thousand at most.
        jq '.Objects |= .[:1000]' "$batch" >"$batch.part"
        aws s3api delete-objects --bucket "$bucket" --delete "file://$batch.part" >/dev/null
        count=$((count + $(jq '.Objects | length' "$batch.part")))
    done
    rm -f "$batch" "$batch.part"
    say "$bucket is empty: $count objects and versions removed"
}

# Asks before something that cannot be taken back lightly. confirm QUESTION WORD
confirm() {
    [ -z "${yes:-}" ] || return 0
    [ -t 0 ] || fail "nobody is here to ask; --yes goes on without"
    local answer
    read -r -p "$1 " answer
    [ "$answer" = "$2" ] || fail "stopped; nothing was changed"
}

# The definitions of indexes of the table, as JSON; infra/indexes.json says what their entries hold, and gsi1 and gsi2 of the
# former keys hold whole items.
indexes_as_json() { # NAME...
    # shellcheck disable=SC2016 # names of jq
    jq -c --args '. as $shown | $ARGS.positional | map(. as $name | {IndexName: $name,
        KeySchema: [{AttributeName: ($name + "pk"), KeyType: "HASH"}, {AttributeName: ($name + "sk"), KeyType: "RANGE"}],
        Projection: (if $shown[$name] then {ProjectionType: "INCLUDE", NonKeyAttributes: $shown[$name]}
            else {ProjectionType: "ALL"} end)})' "$@" <"$infra/indexes.json"
}

# The shop's command on the deployed table and buckets.
run_shop() {
    local dynamodb=https://dynamodb.$region.amazonaws.com s3=https://s3.$region.amazonaws.com base
    base=$(output BaseUrl)
    if is_local; then
        dynamodb=$AWS_ENDPOINT_URL s3=$AWS_ENDPOINT_URL
        # There is no CDN whose name could be the shop's.
        base=${SHOP_BASE_URL:-http://127.0.0.1:8080}
    fi
    # The command reads keys from variables and plain profiles; the AWS command line knows all other ways to sign in.
    if [ -z "${AWS_ACCESS_KEY_ID:-}" ]; then
        local keys
        keys=$(aws configure export-credentials --format env 2>/dev/null || true)
        [ -z "$keys" ] || eval "$keys"
    fi
    local command=(cargo run --quiet --release --locked --manifest-path "$root/Cargo.toml" -p shop --features aws --)
    [ -z "${SHOP_COMMAND:-}" ] || command=("$SHOP_COMMAND")
    AWS_ENDPOINT_URL_DYNAMODB=$dynamodb AWS_ENDPOINT_URL_S3=$s3 BASE_URL=$base TABLE_NAME=$(output TableName) \
        SITE_BUCKET=$(output SiteBucketName) MEDIA_BUCKET=$(output MediaBucketName) "${command[@]}" "$@"
}
