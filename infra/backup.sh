#!/usr/bin/env bash
# Backs up a shop's table and pictures.
#
#   infra/backup.sh --env NAME [--region R]                  a backup of DynamoDB's own: whole, of one moment, at once
#   infra/backup.sh --env NAME --pictures s3://BUCKET/PATH   and a copy of the pictures there
#   infra/backup.sh --env NAME --to FOLDER                   a copy of table and pictures in files, to be kept elsewhere
#   infra/backup.sh --env NAME --list                        what backups there are
#
# Besides, DynamoDB keeps 35 days of every second (infra/restore.sh --time), and the bucket of pictures 90 days of old versions.
# A copy in files is read while the shop works: it is not of one moment. Its files hold customers' data. Keys are in no backup:
# without the secret, everybody signs in again.
source "$(dirname "$0")/lib.sh"

environment="" folder="" pictures="" list=""
while [ $# -gt 0 ]; do
    case $1 in
    --env) value_of "$@" && environment=$2 && shift ;;
    --region) value_of "$@" && settings[REGION]=$2 && shift ;;
    --to) value_of "$@" && folder=$2 && shift ;;
    --pictures) value_of "$@" && pictures=$2 && shift ;;
    --list) list=1 ;;
    -h | --help) usage ;;
    *) fail "what is $1? See --help" ;;
    esac
    shift
done
[ -z "$pictures" ] || [[ $pictures == s3://* ]] || fail "--pictures wants s3://BUCKET/PATH"
need aws jq gzip
use_environment
use_credentials
need_stack
table=$(output TableName) media=$(output MediaBucketName)

if [ -n "$list" ]; then
    aws dynamodb list-backups --table-name "$table" --output text \
        --query 'BackupSummaries[].[BackupCreationDateTime, BackupStatus, BackupSizeBytes, BackupArn]'
    exit 0
fi

if [ -n "$folder" ]; then
    [ ! -e "$folder/table.jsonl.gz" ] || fail "$folder holds a backup already; name a new folder"
    mkdir -p "$folder"
    part=$folder/.table.jsonl.gz
    # The command line follows the pages of the scan by itself.
    aws dynamodb scan --table-name "$table" --consistent-read --output json --query 'Items[]' | jq -c '.[]?' | gzip >"$part"
    items=$(gzip -dc "$part" | grep -c '' || true)
    aws s3 sync --only-show-errors "s3://$media" "$folder/pictures"
    mkdir -p "$folder/pictures"
    jq -n --arg table "$table" --arg made "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --argjson items "$items" \
        --arg sha256 "$(openssl dgst -sha256 -r "$part" | cut -d ' ' -f 1)" \
        '{format: 1, table: $table, made: $made, items: $items, sha256: $sha256}' >"$folder/backup.json"
    # Last: a folder with the table's file is a whole backup.
    mv "$part" "$folder/table.jsonl.gz"
    say "$items items and $(find "$folder/pictures" -type f | wc -l) pictures are in $folder"
    exit 0
fi

name=$stack-$(date -u +%Y%m%d%H%M%S)
arn=$(aws dynamodb create-backup --table-name "$table" --backup-name "$name" \
    --query BackupDetails.BackupArn --output text 2>"$work/error.log") ||
    fail "no backup was made: $(tail -n 1 "$work/error.log")$(is_local && echo ' (a service that has none: use --to FOLDER)')"
wait_for 600 AVAILABLE aws dynamodb describe-backup --backup-arn "$arn" \
    --query BackupDescription.BackupDetails.BackupStatus --output text
say "backup $name: $arn"
if [ -n "$pictures" ]; then
    aws s3 sync --only-show-errors "s3://$media" "$pictures/$name"
    say "pictures are in $pictures/$name"
fi
