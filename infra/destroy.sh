#!/usr/bin/env bash
# Takes a shop's stack away. Table, pictures and keys stay, and the next deployment takes them up again.
#
#   infra/destroy.sh --env NAME [--region R] [--with-data] [--yes]
#
#   --with-data    table, pictures, keys and builds go too. Nothing brings them back but a backup made before
#   --yes          does not ask for the name
source "$(dirname "$0")/lib.sh"

environment="" yes="" data=""
while [ $# -gt 0 ]; do
    case $1 in
    --env) value_of "$@" && environment=$2 && shift ;;
    --region) value_of "$@" && settings[REGION]=$2 && shift ;;
    --with-data) data=1 ;;
    --yes) yes=1 ;;
    -h | --help) usage ;;
    *) fail "what is $1? See --help" ;;
    esac
    shift
done
need aws jq
use_environment
use_credentials

default TABLE_NAME "$stack"
default MEDIA_BUCKET "$stack-media-$account-$region"
table=$(output TableName) media=$(output MediaBucketName) site=$(output SiteBucketName)
table=${table:-${settings[TABLE_NAME]}} media=${media:-${settings[MEDIA_BUCKET]}}
artifacts=shop-artifacts-$account-$region

say "The shop '$environment' in $region of account $account${AWS_ENDPOINT_URL:+, at $AWS_ENDPOINT_URL}:"
say "  goes: the stack $stack${site:+, the site in $site}"
if [ -n "$data" ]; then
    say "  goes: the table $table, the pictures in $media, the keys in $secret_name, the builds in $artifacts/$environment"
else
    say "  stays, and costs what it holds: the table $table, the pictures in $media, the keys in $secret_name"
fi
confirm "Type the shop's name to go on:" "$environment"

status=$(stack_status)
if [ -n "$status" ] && [ "$status" != DELETE_COMPLETE ]; then
    step "Stack"
    # CloudFormation removes empty buckets only.
    if [ -n "$site" ] && bucket_exists "$site"; then empty_bucket "$site"; fi
    if is_localstack; then
        # It never finishes deleting a mapping that is off.
        for mapping in $(aws lambda list-event-source-mappings --output text \
            --query "EventSourceMappings[?contains(FunctionArn, ':$stack-') && State=='Disabled'].UUID"); do
            aws lambda update-event-source-mapping --uuid "$mapping" --enabled >/dev/null
        done
    fi
    aws cloudformation delete-stack --stack-name "$stack"
    say "waiting; the CDN takes some minutes"
    while status=$(stack_status) && [[ $status == *_IN_PROGRESS ]]; do sleep "${SHOP_POLL_SECONDS:-10}"; done
    [[ -z $status || $status == DELETE_COMPLETE ]] || fail "the stack is $status; CloudFormation's events say why"
    say "the stack is gone"
else
    say "there is no stack $stack"
fi

if [ -n "$data" ]; then
    step "Data"
    if table_exists "$table"; then
        aws dynamodb update-table --table-name "$table" --no-deletion-protection-enabled >/dev/null
        wait_for 600 ACTIVE aws dynamodb describe-table --table-name "$table" --query Table.TableStatus --output text
        aws dynamodb delete-table --table-name "$table" >/dev/null
        while table_exists "$table"; do sleep "${SHOP_POLL_SECONDS:-5}"; done
        say "the table $table is gone"
    fi
    if bucket_exists "$media"; then
        empty_bucket "$media"
        aws s3api delete-bucket --bucket "$media"
        say "the bucket $media is gone"
    fi
    if aws secretsmanager describe-secret --secret-id "$secret_name" >/dev/null 2>&1; then
        aws secretsmanager delete-secret --secret-id "$secret_name" --force-delete-without-recovery >/dev/null
        say "the secret $secret_name is gone"
    fi
    if bucket_exists "$artifacts"; then
        aws s3 rm --recursive --only-show-errors "s3://$artifacts/$environment/"
        say "the builds are gone"
    fi
fi
