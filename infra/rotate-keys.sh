#!/usr/bin/env bash
# Changes the key that signs sessions. Nobody is signed out: the key before it stays accepted, the one before that goes.
#
#   infra/rotate-keys.sh --env NAME [--region R] [--force]
#
# Functions that run already learn the new key from the first token that it signed. Twice within an hour is refused: a token of
# a key that has gone would still be about, and its bearer would have to be recognised anew.
source "$(dirname "$0")/lib.sh"

environment="" force=""
while [ $# -gt 0 ]; do
    case $1 in
    --env) value_of "$@" && environment=$2 && shift ;;
    --region) value_of "$@" && settings[REGION]=$2 && shift ;;
    --force) force=1 ;;
    -h | --help) usage ;;
    *) fail "what is $1? See --help" ;;
    esac
    shift
done
need aws jq openssl
use_environment
use_credentials

old=$work/secret-$$.json key=$work/key-$$ new=$work/secret-$$-new.json
trap 'rm -f "$old" "$key" "$new"' EXIT
aws secretsmanager get-secret-value --secret-id "$secret_name" --query SecretString --output text >"$old" 2>"$work/error.log" ||
    fail "the secret $secret_name cannot be read: $(tail -n 1 "$work/error.log")"
current=$(jq -r '.session_keys | split(",")[0] | split(":")[0]' "$old") ||
    fail "the secret $secret_name is not what deploy.sh makes"

# Identifiers say when.
if [[ $current =~ ^[0-9]{14}$ ]]; then
    made=$(date -u -d "${current:0:8} ${current:8:2}:${current:10:2}:${current:12:2}" +%s)
    age=$(($(date -u +%s) - made))
    if [ "$age" -lt 3600 ] && [ -z "$force" ]; then
        fail "the key in use is $((age / 60)) minutes old: wait until it is an hour, or use --force"
    fi
fi
id=$(date -u +%Y%m%d%H%M%S)
[ "$id" != "$current" ] || fail "the key in use was made this second"

printf '%s:%s' "$id" "$(openssl rand -hex 32)" >"$key"
# Everything else of the secret stays: links in mail and the CDN's word to the API.
jq --rawfile key "$key" '.session_keys = $key + "," + (.session_keys | split(",")[0])' "$old" >"$new"
aws secretsmanager put-secret-value --secret-id "$secret_name" --secret-string "file://$new" >/dev/null
say "Sessions of '$environment' are now signed with key $id; $current is accepted still."
