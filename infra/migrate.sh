#!/usr/bin/env bash
# Moves the lists of a deployed shop from their former keys, one a list, to those of today, while the shop is open. A shop that
# was made with this version or a later one has nothing to move. It may be stopped and begun again.
#
#   infra/migrate.sh --env NAME [--region R]
#
# First deploy this version (infra/deploy.sh), which makes the new indexes, and wait a quarter of an hour, until no function of
# the former version runs. Afterwards deploy again, which removes the former indexes, and run this once more: it takes the
# former keys off the items.
source "$(dirname "$0")/lib.sh"

environment=""
while [ $# -gt 0 ]; do
    case $1 in
    --env) value_of "$@" && environment=$2 && shift ;;
    --region) value_of "$@" && settings[REGION]=$2 && shift ;;
    -h | --help) usage ;;
    *) fail "what is $1? See --help" ;;
    esac
    shift
done
need aws jq
use_environment
use_credentials
need_stack
[ -n "${SHOP_COMMAND:-}" ] || need cargo
run_shop migrate
