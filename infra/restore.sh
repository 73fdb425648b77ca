#!/usr/bin/env bash
# Restores a shop's table under a new name, ready to take the old one's place. The shop goes on with the old table meanwhile.
#
#   infra/restore.sh --env NAME --table NEW --from BACKUP-ARN    a backup of infra/backup.sh
#   infra/restore.sh --env NAME --table NEW --time MOMENT        as it was then (2026-05-04T12:00:00Z), or `latest`
#   infra/restore.sh --env NAME --table NEW --from FOLDER        the files of infra/backup.sh --to
#
#   --region R                 where
#   --pictures s3://.. | DIR   puts missing and differing pictures back from there; a folder's own come by themselves
#
# Run it again if it was interrupted: it goes on. Then switch as it says at its end.
source "$(dirname "$0")/lib.sh"

environment="" from="" moment="" new="" pictures=""
while [ $# -gt 0 ]; do
    case $1 in
    --env) value_of "$@" && environment=$2 && shift ;;
    --region) value_of "$@" && settings[REGION]=$2 && shift ;;
    --from) value_of "$@" && from=$2 && shift ;;
    --time) value_of "$@" && moment=$2 && shift ;;
    --table) value_of "$@" && new=$2 && shift ;;
    --pictures) value_of "$@" && pictures=$2 && shift ;;
    -h | --help) usage ;;
    *) fail "what is $1? See --help" ;;
    esac
    shift
done
[[ $new =~ ^[a-zA-Z0-9_.-]{3,255}$ ]] || fail "name the new table: --table NEW"
if [ -n "$from" ] && [ -n "$moment" ]; then fail "--from or --time, not both"; fi
[ -n "$from$moment" ] || fail "say from what: --from or --time"
need aws jq gzip
use_environment
use_credentials
need_stack
old=$(output TableName) media=$(output MediaBucketName)
[ "$new" != "$old" ] || fail "$new is the table in use; restore under another name"

# What DynamoDB says of the new table.
status() { aws dynamodb describe-table --table-name "$new" --query "Table.${1:-TableStatus}" --output text; }

# The settings that no restored table has: DynamoDB brings back items and indexes alone.
make_ready() {
    step "Settings of $new"
    wait_for 14400 ACTIVE status
    # The name of a stream outlives it.
    if [ "$(status StreamSpecification.StreamEnabled)" != True ]; then
        aws dynamodb update-table --table-name "$new" \
            --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES >/dev/null
        wait_for 600 ACTIVE status
    fi
    ttl=$(aws dynamodb describe-time-to-live --table-name "$new" --query TimeToLiveDescription.TimeToLiveStatus --output text)
    if [[ $ttl != ENABL* ]]; then
        aws dynamodb update-time-to-live --table-name "$new" \
            --time-to-live-specification Enabled=true,AttributeName=expires_at >/dev/null
    fi
    aws dynamodb update-continuous-backups --table-name "$new" \
        --point-in-time-recovery-specification PointInTimeRecoveryEnabled=true >/dev/null 2>&1 ||
        { is_local || fail "point-in-time recovery cannot be turned on"; }
    if [ "${settings[DELETION_PROTECTION]:-true}" = true ]; then
        aws dynamodb update-table --table-name "$new" --deletion-protection-enabled >/dev/null
        wait_for 600 ACTIVE status
    fi
    say "stream, expiry, point-in-time recovery and deletion protection are on"
}

# Makes an empty table as infra/template.yaml does, for the items of a file.
create_table() {
    local names=(gsi3 gsi4)
    # Lists of a shop that had not moved are read by the former keys.
    [ "$(gzip -dc "$1" | jq -n 'reduce inputs as $item ({}; .former = (.former or ($item | has("gsi1pk")))
        | .moved = (.moved or ($item | has("lists_moved")))) 
        | .former == true and .moved != true')" = false ] || names=(gsi1 gsi2 gsi3 gsi4)
    # shellcheck disable=SC2016 # names of jq
    jq -n --arg table "$new" --argjson indexes "$(indexes_as_json "${names[@]}")" '
        {TableName: $table, BillingMode: "PAY_PER_REQUEST", Tags: [{Key: "restored", Value: "from files"}],
         AttributeDefinitions: (["pk", "sk"] + [$indexes[].KeySchema[].AttributeName]
            | map({AttributeName: ., AttributeType: "S"})),
         KeySchema: [{AttributeName: "pk", KeyType: "HASH"}, {AttributeName: "sk", KeyType: "RANGE"}],
         GlobalSecondaryIndexes: $indexes}' >"$work/table.json"
    aws dynamodb create-table --cli-input-json "file://$work/table.json" >/dev/null
    wait_for 600 ACTIVE status
}

# Writes the items of a folder's file, 25 a request. Items that are there already are written over with the same content.
fill_table() {
    local file=$1 wanted found written=0 left
    batch=$work/batch-$$
    found=$(openssl dgst -sha256 -r "$file" | cut -d ' ' -f 1)
    [ "$found" = "$(jq -r .sha256 "$from/backup.json")" ] || fail "$file is not what backup.json tells of: it is damaged"
    wanted=$(jq -r .items "$from/backup.json")
    mkdir -p "$batch"
    trap 'rm -rf "$batch"' EXIT
    gzip -dc "$file" | jq -c --arg table "$new" -n \
        '[inputs] | range(0; length; 25) as $i | {($table): [.[$i:$i + 25][] | {PutRequest: {Item: .}}]}' >"$batch/all"
    while IFS= read -r request; do
        printf '%s' "$request" >"$batch/request.json"
        while :; do
            left=$(aws dynamodb batch-write-item --request-items "file://$batch/request.json" \
                --query UnprocessedItems --output json)
            [ "$(jq length <<<"${left:-null}")" -gt 0 ] || break
            # What was too fast comes again.
            printf '%s' "$left" >"$batch/request.json"
            sleep 1
        done
        written=$((written + $(jq '[.[][]] | length' <<<"$request")))
        [ $((written % 1000)) -ne 0 ] || say "  $written of $wanted"
    done <"$batch/all"
    [ "$written" = "$wanted" ] || fail "$written items were written in place of $wanted"
    say "$written items are in $new"
}

step "Table $new"
if [ -d "${from:-/none}" ]; then
    [ -f "$from/table.jsonl.gz" ] || fail "$from holds no whole backup"
    if ! table_exists "$new"; then
        create_table "$from/table.jsonl.gz"
    elif [ "$(aws dynamodb list-tags-of-resource --resource-arn "$(status TableArn)" \
        --query "Tags[?Key=='restored'].Value | [0]" --output text)" != "from files" ]; then
        fail "$new exists and is not this restoration's; name a new table"
    fi
    fill_table "$from/table.jsonl.gz"
    pictures=${pictures:-$from/pictures}
elif table_exists "$new"; then
    say "$new is there; going on"
elif [ -n "$from" ]; then
    [[ $from == arn:*:dynamodb:*/backup/* ]] || fail "$from is neither a folder nor the ARN of a backup (infra/backup.sh --list)"
    aws dynamodb restore-table-from-backup --backup-arn "$from" --target-table-name "$new" >/dev/null
else
    when=(--use-latest-restorable-time)
    [ "$moment" = latest ] || when=(--restore-date-time "$moment")
    aws dynamodb restore-table-to-point-in-time --source-table-name "$old" --target-table-name "$new" "${when[@]}" >/dev/null
fi
make_ready

if [ -n "$pictures" ]; then
    step "Pictures"
    aws s3 sync --only-show-errors "$pictures" "s3://$media"
    say "pictures of $pictures are in $media"
fi

step "Switch"
say "The shop still uses $old. To change over:"
say "  1. write TABLE_NAME=$new into infra/env/$environment.env (in CI: the variable TABLE_NAME)"
say "  2. infra/deploy.sh --env $environment"
say "$old stays, outside the stack. Orders placed meanwhile are in it alone: to lose none, first stop the checkout with"
say "  aws lambda put-function-concurrency --function-name $stack-checkout --reserved-concurrent-executions 0"
say "and afterwards let it go on with"
say "  aws lambda delete-function-concurrency --function-name $stack-checkout"
