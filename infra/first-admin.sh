#!/usr/bin/env bash
# Makes the first account of the back office, an owner's, and prints a link that sets its password, once. With --again it prints
# another link for an account that is there.
#
#   infra/first-admin.sh --env NAME --email ADDRESS [--role owner] [--again] [--region R]
source "$(dirname "$0")/lib.sh"

environment="" email="" role=owner again=
while [ $# -gt 0 ]; do
    case $1 in
    --env) value_of "$@" && environment=$2 && shift ;;
    --region) value_of "$@" && settings[REGION]=$2 && shift ;;
    --email) value_of "$@" && email=$2 && shift ;;
    --again) again=yes ;;
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
if [ -n "$again" ]; then
    run_shop admin password "$email"
else
    run_shop admin create "$email" --role "$role"
fi
