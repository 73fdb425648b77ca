#!/usr/bin/env bash
# Makes the first account of the back office, an owner's, and prints its password once.
#
#   infra/first-admin.sh --env NAME --email ADDRESS [--role owner] [--region R]
source "$(dirname "$0")/lib.sh"

environment="" email="" role=owner
while [ $# -gt 0 ]; do
    case $1 in
    --env) value_of "$@" && environment=$2 && shift ;;
    --region) value_of "$@" && settings[REGION]=$2 && shift ;;
    --email) value_of "$@" && email=$2 && shift ;;
    --role) value_of "$@" && role=$2 && shift ;;
    -h | --help) usage ;;
    *) fail "what is $1? See --help" ;;
    esac
    shift
done
[[ $email == *@*.* ]] || fail "say whose: --email ADDRESS"
need aws jq
use_environment
use_credentials
need_stack
[ -n "${SHOP_COMMAND:-}" ] || need cargo
run_shop admin create "$email" --role "$role"
