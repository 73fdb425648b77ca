#!/usr/bin/env bash
# A shop's life by the scripts, on the service at AWS_ENDPOINT_URL (LocalStack, or moto's server): deployed twice, keys changed,
# backed up, restored, switched over, destroyed, taken up again, destroyed with its data. Functions are what infra/build.sh has
# built, or else empty files: neither service runs them.
#
#   infra/check/cycle.sh [--short]
#
# --short leaves out copies in files and switching. With SHOP_COMMAND (the built command `shop`) the demonstration shop is
# published too, gets its first admin, and is backed up and restored.
source "$(dirname "$0")/../lib.sh"

short=""
case "$*" in
"") ;;
--short) short=1 ;;
*) usage 1 ;;
esac

[ -n "${AWS_ENDPOINT_URL:-}" ] || fail "AWS_ENDPOINT_URL says where"
[[ $AWS_ENDPOINT_URL =~ ^http://(127\.0\.0\.1|localhost)[:/] ]] || fail "$AWS_ENDPOINT_URL is not on this machine"
export SHOP_POLL_SECONDS=0.5
install_missing jq zip curl openssl
install_aws

# A tree of its own: the scripts build below their root, and settings of real shops stay out of it.
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/infra/env"
cp -r "$infra"/*.sh "$infra/template.yaml" "$infra/indexes.json" "$infra/check" "$tree/infra/"
for crate in "$root"/functions/*/; do
    name=$(basename "$crate")
    mkdir -p "$tree/functions/$name" "$tree/target/lambda/$name"
    if [ -f "$root/target/lambda/$name/bootstrap.zip" ]; then
        cp "$root/target/lambda/$name/bootstrap.zip" "$tree/target/lambda/$name/"
    else
        printf '#!/bin/sh\necho %s\n' "$name" >"$tree/target/lambda/bootstrap"
        (cd "$tree/target/lambda" && chmod +x bootstrap && zip -q "$name/bootstrap.zip" bootstrap)
    fi
done
cd "$tree"

environment=cycle
use_environment
use_credentials
printf 'MAIL_FROM=shop@shop.example\nALARM_EMAIL="owner@shop.example"\n' >infra/env/cycle.env
log=$tree/log
passed=0

ok() {
    passed=$((passed + 1))
    say "  ok  $1"
}
# Fails with the last command's output.
not_ok() {
    sed 's/^/      | /' "$log" >&2
    fail "not so: $1"
}
does() { # WHAT COMMAND...
    local what=$1
    shift
    "$@" >"$log" 2>&1 </dev/null || not_ok "$what"
    ok "$what"
}
refuses() { # WHAT WORDS COMMAND...: it fails, says so in one line, with these words
    local what=$1 words=$2
    shift 2
    if "$@" >"$log" 2>&1 </dev/null; then not_ok "$what"; fi
    if [ "$(grep -c '' "$log")" -ne 1 ] || ! grep -qF -- "$words" "$log"; then not_ok "$what"; fi
    ok "$what"
}
says() { grep -qF -- "$1" "$log" || not_ok "it says: $1"; }

deploy() {
    infra/deploy.sh --env cycle --skip-build ${SHOP_COMMAND:+--demo} --yes "$@" || return 1
    # moto fills in outputs of stacks that were updated without a change set.
    is_localstack || aws cloudformation update-stack --stack-name "$stack" --template-body "file://target/infra/cycle.yaml" \
        --parameters "file://target/infra/cycle-parameters.json" >/dev/null
}
publish=(--skip-publish)
[ -z "${SHOP_COMMAND:-}" ] || publish=()
secret() { aws secretsmanager get-secret-value --secret-id "$secret_name" --query SecretString --output text; }
items() { aws dynamodb scan --table-name "$1" --output json --query 'Items[]' | jq -S 'sort_by(.pk.S, .sk.S)'; }
same_items() { [ "$(items "$1")" = "$(items "$2")" ]; }

# What a run that was ended has left.
infra/destroy.sh --env cycle --with-data --yes >/dev/null 2>&1 || true
drop_table() {
    table_exists "$1" || return 0
    aws dynamodb update-table --table-name "$1" --no-deletion-protection-enabled >/dev/null
    aws dynamodb delete-table --table-name "$1" >/dev/null
}
for left in "$stack-files" "$stack-backup" "$stack-moment"; do drop_table "$left"; done

say "Refusals"
refuses "no credentials" "no AWS credentials that work" env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY HOME="$tree" \
    AWS_EC2_METADATA_DISABLED=true infra/deploy.sh --env cycle --yes
refuses "no name" "--env NAME" infra/deploy.sh
refuses "a name that is none" "is no name" infra/deploy.sh --env 'Live!'
refuses "no sender" "MAIL_FROM" infra/deploy.sh --env nobody
refuses "a domain without its certificate" "CERTIFICATE_ARN" infra/deploy.sh --env cycle --domain shop.example
refuses "settings of the shop that are none" "is no JSON file" infra/deploy.sh --env cycle --settings infra/template.yaml
refuses "an unknown setting" "sets no setting" infra/deploy.sh --env cycle --set COLOUR=red
refuses "an unknown architecture" "arm64 or x86_64" infra/deploy.sh --env cycle --arch sparc
refuses "nobody to ask" "--yes" bash -c 'infra/deploy.sh --env cycle --skip-build --skip-publish 2>&1 >/dev/null'
printf 'MAIL_FROM=a@b.example\nCOLOUR=red\n' >infra/env/wrong.env
refuses "a file with an unknown setting" "line 2: COLOUR is no setting" infra/deploy.sh --env wrong
refuses "backing up what is not deployed" "deploy it first" infra/backup.sh --env cycle
refuses "an admin of what is not deployed" "deploy it first" infra/first-admin.sh --env cycle --email a@b.example

say "Deploying"
does "says what it would do" infra/deploy.sh --env cycle --dry-run
says "Nothing was done"
if secret >/dev/null 2>&1; then not_ok "a dry run makes no secret"; fi
does "deploys" deploy "${publish[@]}"
if grep -qFf <(secret | jq -r '.link_secret, .origin_secret, (.session_keys | split(":")[1])') "$log"; then
    not_ok "no secret is printed"
fi
ok "no secret is printed"
sed -n '/resources were made/,/^So nothing/p' "$log" | sed 's/^/      /'
secret | jq -e '(.session_keys | test("^[0-9]{14}:[0-9a-f]{64}$")) and (.link_secret | length == 64)
    and (.origin_secret | length == 64)
    and .link_secret != .origin_secret' >"$log" || not_ok "the secret has three keys of 32 bytes"
ok "the secret has three keys of 32 bytes"
before=$(secret)
does "deploys again" deploy "${publish[@]}"
[ "$before" = "$(secret)" ] || not_ok "deploying again keeps the keys"
ok "deploying again keeps the keys"

first_admin() {
    does "makes the first admin, and shows a link for the password" infra/first-admin.sh --env cycle --email owner@shop.example
    says "/auth/reset?token="
    if infra/first-admin.sh --env cycle --email owner@shop.example >"$log" 2>&1; then not_ok "the same admin twice is refused"; fi
    ok "the same admin twice is refused"
    does "makes another link for the password" infra/first-admin.sh --env cycle --email owner@shop.example --again
    says "/auth/reset?token="
}
[ -z "${SHOP_COMMAND:-}" ] || first_admin

say "Keys"
refuses "changing them twice within an hour" "minutes old" infra/rotate-keys.sh --env cycle
sleep 1
does "changes them" infra/rotate-keys.sh --env cycle --force
first=$(jq -r .session_keys <<<"$before")
secret | jq -e --arg first "$first" --argjson before "$before" '(.session_keys | split(",") | length == 2 and .[1] == $first)
    and .link_secret == $before.link_secret and .origin_secret == $before.origin_secret' >"$log" ||
    not_ok "the key before stays, and all else"
ok "the key before stays, and all else"
sleep 1
does "changes them again" infra/rotate-keys.sh --env cycle --force
secret | jq -e --arg first "$first" '.session_keys | split(",") | length == 2 and (index($first) | not)' >"$log" ||
    not_ok "the oldest key goes"
ok "the oldest key goes"

say "Backups"
media=$(output MediaBucketName)
for at in 1 21 41; do
    jq -n --arg table "$stack" --argjson at "$at" '{($table): [range($at; $at + 20) | tostring |
        {PutRequest: {Item: {pk: {S: ("TEST#" + .)},
        sk: {S: "TEST"}, n: {N: (. + ".50")}, b: {BOOL: true}, none: {NULL: true},
        l: {L: [{S: "é “quoted” \\ \n line"}]}}}}]}' >"$tree/items.json"
    aws dynamodb batch-write-item --request-items "file://$tree/items.json" >/dev/null
done
printf '<svg/>' | aws s3 cp --only-show-errors - "s3://$media/media/test.svg" --content-type image/svg+xml
file_backups() {
    does "into a folder" infra/backup.sh --env cycle --to "$tree/backup"
    refuses "into the same folder" "holds a backup already" infra/backup.sh --env cycle --to "$tree/backup"
    aws s3 rm --only-show-errors "s3://$media/media/test.svg"
    does "from the folder" infra/restore.sh --env cycle --table "$stack-files" --from "$tree/backup"
    says "TABLE_NAME=$stack-files"
    same_items "$stack" "$stack-files" || not_ok "every item is as it was"
    ok "every item is as it was"
    aws s3api head-object --bucket "$media" --key media/test.svg >"$log" 2>&1 || not_ok "pictures come back"
    ok "pictures come back"
    aws dynamodb describe-table --table-name "$stack-files" >"$log"
    jq -e '.Table | .StreamSpecification.StreamViewType == "NEW_AND_OLD_IMAGES"
        and (.GlobalSecondaryIndexes | length == 2)' "$log" >/dev/null ||
        not_ok "the restored table has stream and indexes"
    ok "the restored table has stream and indexes"
    does "from the folder again, as after an interruption" \
        infra/restore.sh --env cycle --table "$stack-files" --from "$tree/backup"
    refuses "into the table in use" "is the table in use" infra/restore.sh --env cycle --table "$stack" --from "$tree/backup"
    cp -r "$tree/backup" "$tree/damaged"
    printf 'x' >>"$tree/damaged/table.jsonl.gz"
    if infra/restore.sh --env cycle --table "$stack-files" --from "$tree/damaged" >"$log" 2>&1; then
        not_ok "a damaged folder is refused"
    fi
    says "it is damaged"
    ok "a damaged folder is refused"
}
[ -n "$short" ] || file_backups
if is_localstack; then
    refuses "backups of DynamoDB's own, which are not here" "use --to FOLDER" infra/backup.sh --env cycle
else
    does "by DynamoDB" infra/backup.sh --env cycle --pictures "s3://$media/copies"
    does "lists them" infra/backup.sh --env cycle --list
    does "from DynamoDB's" infra/restore.sh --env cycle --table "$stack-backup" --from "$(cut -f 4 "$log")"
    same_items "$stack" "$stack-backup" || not_ok "every item is as it was"
    does "from a moment" infra/restore.sh --env cycle --table "$stack-moment" --time latest
fi

say "Destroying"
switching() {
    if is_localstack; then
        # Its CloudFormation does not take a table out of a stack; a new stack on the table is the same to the scripts.
        does "destroys, and keeps the data" infra/destroy.sh --env cycle --yes
    fi
    does "switches to the restored table" deploy --set "TABLE_NAME=$stack-files" "${publish[@]}"
    says "$stack-files: exists, outside the stack"
    [ "$(output TableName)" = "$stack-files" ] || not_ok "the stack uses the restored table"
    table_exists "$stack" || not_ok "the old table stays"
    ok "the old table stays"
    refuses "destroying with nobody to ask" "--yes" bash -c 'infra/destroy.sh --env cycle 2>&1 >/dev/null'
    does "destroys, and keeps the data" infra/destroy.sh --env cycle --yes
    table_exists "$stack-files" || not_ok "the table stays"
    bucket_exists "$media" || not_ok "the pictures stay"
    does "deploys, and takes the data up" deploy --set "TABLE_NAME=$stack-files" "${publish[@]}"
    says "$media: exists, outside the stack"
}
[ -n "$short" ] || switching
does "destroys with its data" infra/destroy.sh --env cycle --with-data --yes
left=$stack-files
[ -z "$short" ] || left=$stack
if table_exists "$left" || bucket_exists "$media" || secret >/dev/null 2>&1; then not_ok "nothing is left"; fi
ok "nothing is left"
does "destroys what is not there" infra/destroy.sh --env cycle --yes
for left in "$stack" "$stack-backup" "$stack-moment"; do drop_table "$left"; done

say "$passed passed, 0 failed"
