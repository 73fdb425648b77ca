#!/usr/bin/env bash
# Deploys a shop: builds, packages, deploys the stack, publishes the site, and looks whether it works. Run it again at any time:
# what is as it should be stays.
#
#   infra/deploy.sh --env NAME [options]
#
#   --region R            where; else REGION of infra/env/NAME.env, else AWS_REGION
#   --arch A              arm64 (default) or x86_64
#   --domain D            the shop's own host name; wants CERTIFICATE_ARN in infra/env/NAME.env
#   --set NAME=VALUE      any other setting of infra/env/example.env
#   --settings FILE       the shop's own settings, JSON; a new shop wants them, or --demo
#   --demo                an empty table gets the demonstration shop
#   --dry-run             says what it would do, and does nothing
#   --yes                 does not ask
#   --skip-build          takes target/lambda/*/bootstrap.zip as they are
#   --skip-publish        leaves the site as it is
#
# With AWS_ENDPOINT_URL it deploys to LocalStack, as far as its free edition goes, and says what it left out.
source "$(dirname "$0")/lib.sh"

environment="" yes="" dry="" build=1 publish=1
while [ $# -gt 0 ]; do
    case $1 in
    --env) value_of "$@" && environment=$2 && shift ;;
    --region) value_of "$@" && settings[REGION]=$2 && shift ;;
    --arch) value_of "$@" && settings[ARCH]=$2 && shift ;;
    --domain) value_of "$@" && settings[DOMAIN]=$2 && shift ;;
    --set)
        value_of "$@"
        [[ $2 =~ ^([A-Z_]+)=(.*)$ && " ${setting_names[*]} " == *" ${BASH_REMATCH[1]} "* ]] ||
            fail "$2 sets no setting; see infra/env/example.env"
        settings["${BASH_REMATCH[1]}"]=${BASH_REMATCH[2]}
        shift
        ;;
    --settings) value_of "$@" && settings[SETTINGS]=$(realpath -m "$2") && shift ;;
    --demo) settings[DEMO]=true ;;
    --dry-run) dry=1 ;;
    --yes) yes=1 ;;
    --skip-build) build="" ;;
    --skip-publish) publish="" ;;
    -h | --help) usage ;;
    *) fail "what is $1? See --help" ;;
    esac
    shift
done

# ------------------------------------------------------------------------------------------------------ what there is to do

need aws jq curl openssl
use_environment
default ARCH arm64
[[ " arm64 x86_64 " == *" ${settings[ARCH]} "* ]] || fail "the architecture is arm64 or x86_64, not ${settings[ARCH]}"
[ -n "${settings[MAIL_FROM]:-}" ] ||
    fail "say who sends the shop's mail: MAIL_FROM in infra/env/$environment.env, or --set MAIL_FROM=..."
if [ -n "${settings[DOMAIN]:-}" ] && [ -z "${settings[CERTIFICATE_ARN]:-}" ]; then
    fail "a domain wants its certificate: CERTIFICATE_ARN in infra/env/$environment.env (ACM, us-east-1)"
fi
if [ "${settings[CREATE_WEB_ACL]:-}" = true ] && [ "$region" != us-east-1 ]; then
    fail "web ACLs of the CDN live in us-east-1: make one there and name it in WEB_ACL_ARN"
fi
if [ -n "${settings[SETTINGS]:-}" ]; then
    [[ ${settings[SETTINGS]} == /* ]] || settings[SETTINGS]=$root/${settings[SETTINGS]}
    jq -e type "${settings[SETTINGS]}" >/dev/null 2>&1 || fail "${settings[SETTINGS]} is no JSON file"
fi
use_credentials
[ -z "$build" ] && [ -z "$publish" ] || need cargo

status=$(stack_status)
case $status in
"" | ROLLBACK_COMPLETE | REVIEW_IN_PROGRESS | *_COMPLETE) ;;
*) fail "the stack $stack is $status: wait for it, or look at it in CloudFormation" ;;
esac

# A table or bucket that exists but is not the stack's is taken as it is: one that was restored, or kept when the stack went.
default TABLE_NAME "$stack"
default MEDIA_BUCKET "$stack-media-$account-$region"
create_table=true table_stream="" create_media=true
if table_exists "${settings[TABLE_NAME]}" && [ "$(resource Table)" != "${settings[TABLE_NAME]}" ]; then
    create_table=false
    # The name of a stream outlives it.
    table_stream=$(aws dynamodb describe-table --table-name "${settings[TABLE_NAME]}" --output text \
        --query 'Table.StreamSpecification.StreamEnabled && Table.LatestStreamArn')
    [[ $table_stream == arn:* ]] || fail "the table ${settings[TABLE_NAME]} has no stream; infra/restore.sh makes tables that do"
fi
if bucket_exists "${settings[MEDIA_BUCKET]}" && [ "$(resource MediaBucket)" != "${settings[MEDIA_BUCKET]}" ]; then
    create_media=false
fi
# Functions are not run there: what the stream brings would be tried in vain until it is a dead letter.
is_local && default CONSUMERS off
# New accounts may run few functions at once, and none of those may be reserved.
if ! is_local; then
    free=$(aws lambda get-account-settings \
        --query AccountLimit.UnreservedConcurrentExecutions --output text 2>/dev/null || echo 1000)
    if [ "${free%.*}" -lt 150 ] && [ -z "$(resource AuthFunction)" ]; then
        default AUTH_CONCURRENCY 0
        default PUBLISH_CONCURRENCY 0
    fi
fi
artifacts=shop-artifacts-$account-$region
secret_arn=$(aws secretsmanager describe-secret --secret-id "$secret_name" --query ARN --output text 2>/dev/null || true)

describe() { if [ "$1" = true ]; then say "$2: made by the stack"; else say "$2: exists, outside the stack; used as it is"; fi; }
say "The shop '$environment': stack $stack in $region of account $account${AWS_ENDPOINT_URL:+, at $AWS_ENDPOINT_URL}"
say "  functions        for ${settings[ARCH]}$([ -n "$build" ] || echo ", as built before")"
say "  address          ${settings[DOMAIN]:-a name of CloudFront}"
say "  mail             from ${settings[MAIL_FROM]}"
say "  $(describe "$create_table" "table            ${settings[TABLE_NAME]}")"
say "  $(describe "$create_media" "pictures         ${settings[MEDIA_BUCKET]}")"
say "  keys             secret $secret_name$([ -n "$secret_arn" ] && echo ", kept as it is" || echo ", to be made")"
say "  alarms           ${settings[ALARM_EMAIL]:-none}"
[ "${settings[AUTH_CONCURRENCY]:-}" != 0 ] || say "  sign-ins         without a limit at once"
say "  steps            ${build:+build, }secret, package, deploy, ${publish:+publish, invalidate, }look"
if [ -n "$dry" ]; then
    say "Nothing was done (--dry-run)."
    exit 0
fi
confirm "Go on? Type yes:" yes

# ------------------------------------------------------------------------------------------------------------------- building

if [ -n "$build" ]; then
    step "Build"
    "$infra/build.sh" --arch "${settings[ARCH]}"
fi
for crate in "$root"/functions/*/; do
    zip=$root/target/lambda/$(basename "$crate")/bootstrap.zip
    [ -f "$zip" ] || fail "$zip is missing; leave out --skip-build"
done

# --------------------------------------------------------------------------------------------------------------------- secret

step "Secret"
if [ -n "$secret_arn" ]; then
    say "$secret_name is there; infra/rotate-keys.sh changes its session key"
else
    secret=$work/secret-$$.json
    trap 'rm -f "$secret"' EXIT
    # Never on a command line, where other users of this machine could read it.
    printf '{"session_keys":"%s:%s","link_secret":"%s","origin_secret":"%s"}' \
        "$(date -u +%Y%m%d%H%M%S)" "$(openssl rand -hex 32)" "$(openssl rand -hex 32)" "$(openssl rand -hex 32)" >"$secret"
    secret_arn=$(aws secretsmanager create-secret --name "$secret_name" --secret-string "file://$secret" \
        --description "Session keys, link secret and origin secret of the shop '$environment'" --query ARN --output text)
    rm -f "$secret"
    say "$secret_name was made"
fi

# ----------------------------------------------------------------------------------------------------------------- packaging

step "Package"
if ! bucket_exists "$artifacts"; then
    place=()
    # The first region is where buckets are made unless another is named, and must not be named.
    [ "$region" = us-east-1 ] || place=(--create-bucket-configuration "LocationConstraint=$region")
    aws s3api create-bucket --bucket "$artifacts" "${place[@]}" >/dev/null
    aws s3api put-public-access-block --bucket "$artifacts" --public-access-block-configuration \
        BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
    aws s3api put-bucket-encryption --bucket "$artifacts" --server-side-encryption-configuration \
        '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}'
    # Long enough to roll back to.
    aws s3api put-bucket-lifecycle-configuration --bucket "$artifacts" --lifecycle-configuration \
        '{"Rules":[{"ID":"old","Status":"Enabled","Filter":{"Prefix":""},"Expiration":{"Days":180}}]}' >/dev/null
    say "made the bucket $artifacts for builds"
fi
packaged=$work/$environment.yaml
aws cloudformation package --template-file "$infra/template.yaml" --s3-bucket "$artifacts" --s3-prefix "$environment" \
    --output-template-file "$packaged" >"$work/package.log" 2>&1 || { cat "$work/package.log" >&2 && fail "packaging failed"; }
left_out=$work/$environment-left-out
: >"$left_out"
if is_local && ! is_localstack; then
    # moto's server has no SAM transform and stops at resources that it does not know.
    "${INFRA_PYTHON:-python3}" "$infra/check/plain.py" "$packaged" "$region" "$left_out" >"$packaged.plain"
    mv "$packaged.plain" "$packaged"
fi
template_key=$environment/template-$(openssl dgst -sha256 -r "$packaged" | cut -c 1-16).yaml
aws s3 cp --only-show-errors "$packaged" "s3://$artifacts/$template_key"
template_url=https://$artifacts.s3.$region.amazonaws.com/$template_key
say "functions and template are in $artifacts/$environment"

# ----------------------------------------------------------------------------------------------------------------- deploying

step "Deploy"
parameter() { [ -z "$2" ] || jq -n --arg key "$1" --arg value "$2" '{ParameterKey: $key, ParameterValue: $value}'; }
# Brings the stack to what the template says, the table with these indexes.
update_stack() { # INDEXES
    parameters=$work/$environment-parameters.json
    {
        parameter Environment "$environment"
        parameter Architecture "${settings[ARCH]}"
        parameter KeysSecretArn "$secret_arn"
        parameter TableName "${settings[TABLE_NAME]}"
        parameter CreateTable "$create_table"
        parameter TableIndexes "$1"
        parameter TableStreamArn "$table_stream"
        parameter MediaBucketName "${settings[MEDIA_BUCKET]}"
        parameter CreateMediaBucket "$create_media"
        while read -r name of; do
            parameter "$name" "${settings[$of]:-}"
        done <<-END
		DomainName DOMAIN
		CertificateArn CERTIFICATE_ARN
		HostedZoneId HOSTED_ZONE_ID
		PriceClass PRICE_CLASS
		WebAclArn WEB_ACL_ARN
		CreateWebAcl CREATE_WEB_ACL
		MailFrom MAIL_FROM
		MailIdentity MAIL_IDENTITY
		MailConfigurationSet MAIL_CONFIGURATION_SET
		AlarmEmail ALARM_EMAIL
		MonthlyBudget MONTHLY_BUDGET
		RefusalsAlarm REFUSALS_ALARM
		DeletionProtection DELETION_PROTECTION
		Consumers CONSUMERS
		AuthConcurrency AUTH_CONCURRENCY
		PublishConcurrency PUBLISH_CONCURRENCY
		ApiRate API_RATE
		ApiBurst API_BURST
		AuthRate AUTH_RATE
		AuthBurst AUTH_BURST
		LogLevel LOG_LEVEL
		LogRetentionDays LOG_RETENTION_DAYS
		LogKeyArn LOG_KEY_ARN
		Tracing TRACING
	END
    } | jq -s . >"$parameters"

    if [ "$status" = ROLLBACK_COMPLETE ]; then
        say "the first try had failed; what is left of it goes"
        aws cloudformation delete-stack --stack-name "$stack"
        while [[ $(stack_status) == *_IN_PROGRESS ]]; do sleep "${SHOP_POLL_SECONDS:-5}"; done
        status=""
    fi
    kind=UPDATE
    [[ -n $status && $status != REVIEW_IN_PROGRESS ]] || kind=CREATE
    change=deploy-$(date -u +%Y%m%d%H%M%S)
    aws cloudformation create-change-set --stack-name "$stack" --change-set-name "$change" --change-set-type "$kind" \
        --template-url "$template_url" --parameters "file://$parameters" --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND \
        --tags "Key=project,Value=shop" "Key=environment,Value=$environment" >/dev/null
    change_status() {
        aws cloudformation describe-change-set --stack-name "$stack" --change-set-name "$change" --query "$1" --output text
    }
    while prepared=$(change_status Status) && [[ $prepared == CREATE_PENDING || $prepared == CREATE_IN_PROGRESS ]]; do
        sleep "${SHOP_POLL_SECONDS:-3}"
    done
    if [ "$prepared" = FAILED ]; then
        reason=$(change_status StatusReason)
        aws cloudformation delete-change-set --stack-name "$stack" --change-set-name "$change"
        [[ $reason == *"didn't contain changes"* || $reason == *"No updates"* ]] || fail "the change cannot be made: $reason"
        say "the stack is as it should be"
    else
        changes=$(aws cloudformation describe-change-set --stack-name "$stack" --change-set-name "$change" --output text \
            --query "Changes[].ResourceChange.[Action, LogicalResourceId, ResourceType, Replacement || '']")
        say "$(printf '%s\n' "$changes" | cut -f 1 | sort | uniq -c |
            awk '{printf "%s%d to %s", (NR > 1 ? ", " : ""), $1, tolower($2)}')"
        printf '%s\n' "$changes" | awk -F '\t' '$1 != "Add" {print "  " tolower($1), $2, ($4 == "True" ? "(replaced)" : "")}'
        started=$(date -u +%Y-%m-%dT%H:%M:%S)
        aws cloudformation execute-change-set --stack-name "$stack" --change-set-name "$change"
        shown=0
        while :; do
            sleep "${SHOP_POLL_SECONDS:-5}"
            now=$(stack_status)
            events=$(aws cloudformation describe-stack-events --stack-name "$stack" --max-items 500 --output json |
                jq -r --arg since "$started" '[.StackEvents[] | select(.Timestamp[:19] >= $since)] | reverse | .[]
                    | select(.ResourceStatus | test("COMPLETE|FAILED")) 
                    | "  \(.ResourceStatus) \(.LogicalResourceId) \(.ResourceStatusReason // "")"')
            count=$(printf '%s' "$events" | grep -c '' || true)
            if [ "$count" -gt "$shown" ]; then
                printf '%s\n' "$events" | tail -n "+$((shown + 1))"
                shown=$count
            fi
            [[ $now == *_IN_PROGRESS ]] || break
        done
        [[ $now == CREATE_COMPLETE || $now == UPDATE_COMPLETE ]] ||
            fail "the stack is $now; the first failure above says why. Nothing else was done"
        say "the stack is $now"
    fi
}

# DynamoDB makes or removes one index at a time. A table of the former keys gets those of today first; they are used, and the
# former ones can go, when its lists have moved.
table_indexes() {
    aws dynamodb describe-table --table-name "${settings[TABLE_NAME]}" --output text \
        --query 'Table.GlobalSecondaryIndexes[].IndexName' | tr '\t' '\n' | sed 's/^gsi//' | sort | paste -sd ' ' -
}
has_moved() {
    [ "$(aws dynamodb get-item --table-name "${settings[TABLE_NAME]}" --key '{"pk":{"S":"SETTINGS"},"sk":{"S":"SETTINGS"}}' \
        --query Item.lists_moved.BOOL --output text)" = True ]
}
add_index() { # NAME: to a table outside the stack
    # shellcheck disable=SC2016 # names of jq
    jq -n --arg table "${settings[TABLE_NAME]}" --argjson indexes "$(indexes_as_json "$1")" '{TableName: $table,
        AttributeDefinitions: (["pk", "sk"] + [$indexes[].KeySchema[].AttributeName]
            | map({AttributeName: ., AttributeType: "S"})),
        GlobalSecondaryIndexUpdates: [{Create: $indexes[0]}]}' >"$work/index.json"
    aws dynamodb update-table --cli-input-json "file://$work/index.json" >/dev/null
    while [ "$(aws dynamodb describe-table --table-name "${settings[TABLE_NAME]}" --output text \
        --query "Table.GlobalSecondaryIndexes[?IndexName=='$1'].IndexStatus")" != ACTIVE ]; do
        sleep "${SHOP_POLL_SECONDS:-5}"
    done
    say "the index $1 is there"
}
stages=("3 4") have="3 4"
! table_exists "${settings[TABLE_NAME]}" || have=$(table_indexes)
if [ "$create_table" = false ]; then
    for name in 3 4; do [[ " $have " == *" $name "* ]] || add_index "gsi$name"; done
else
    case $have in
    "1 2") stages=("1 2 3" "1 2 3 4") ;;
    "1 2 3") stages=("1 2 3 4") ;;
    "1 2 3 4") if has_moved; then stages=("2 3 4" "3 4"); else stages=("1 2 3 4"); fi ;;
    esac
fi
for stage in "${stages[@]}"; do
    update_stack "$stage"
    status=$(stack_status)
done
if [[ " $have " == *" 1 "* ]] && ! has_moved; then
    say "lists are still read by their former keys: infra/migrate.sh --env $environment moves them, while the shop is open"
fi

# What LocalStack took without making it.
if is_localstack; then
    aws cloudformation describe-stack-events --stack-name "$stack" --output json | jq -r '.StackEvents[]
        | select(.ResourceStatusReason // "" | test("deployed as a fallback")) | "\(.ResourceType)\t\(.LogicalResourceId)"' |
        sort -u >"$left_out"
fi

# ---------------------------------------------------------------------------------------------------------------- publishing

site=$(output SiteBucketName)
if [ -n "$publish" ]; then
    step "Publish"
    arguments=()
    [ "${settings[DEMO]:-}" != true ] || arguments+=(--demo)
    [ -z "${settings[SETTINGS]:-}" ] || arguments+=(--settings "${settings[SETTINGS]}")
    # What was done stays done: a service that is slow for a moment is asked again.
    for try in 1 2 3; do
        run_shop publish "${arguments[@]}" && break
        [ "$try" -lt 3 ] || fail "the stack is deployed, but the site is not published: see above, then run this again"
        say "once more"
        sleep 5
    done
    if is_local; then
        say "no CDN here that keeps anything: nothing to invalidate"
    else
        # One path costs as one, whatever it matches; pages that change between deployments live ten seconds in the CDN.
        aws cloudfront create-invalidation --distribution-id "$(output DistributionId)" --paths '/*' \
            --query Invalidation.Id --output text
    fi
fi

# ------------------------------------------------------------------------------------------------------------------- looking

failed=0
looks() { # NAME COMMAND...
    local name=$1
    shift
    if "$@"; then say "  ok      $name"; else
        say "  FAILED  $name"
        failed=$((failed + 1))
    fi
}

step "Look"
if is_local; then
    object() { aws s3api head-object --bucket "$site" --key "$1" --query ContentType --output text 2>/dev/null || true; }
    is_type() { [[ $(object "$1") == "$2"* ]]; }
    has_settings() {
        [ "$(aws dynamodb get-item --table-name "$(output TableName)" \
            --key '{"pk":{"S":"SETTINGS"},"sk":{"S":"SETTINGS"}}' --query Item.sk.S --output text)" = SETTINGS ]
    }
    has_functions() {
        local made crates
        made=$(aws lambda list-functions --query "length(Functions[?starts_with(FunctionName, '$stack-')])" --output text)
        crates=("$root"/functions/*/)
        [ "$made" = "${#crates[@]}" ]
    }
    looks "every function is there" has_functions
    if [ -n "$publish" ]; then
        looks "the table has settings" has_settings
        looks "the home page is in the bucket" is_type index.html text/html
        looks "the API's description is in the bucket" is_type api/openapi.json application/json
        looks "the map of the site is in the bucket" is_type sitemap.xml application/xml
    fi
    resources=$(aws cloudformation describe-stack-resources --stack-name "$stack" --query 'length(StackResources)' --output text)
    if [ -s "$left_out" ]; then
        is_localstack && resources=$((resources - $(grep -c '' "$left_out")))
        say "$resources resources were made. Left out, as this service does not know them:"
        cut -f 1 "$left_out" | sort | uniq -c | awk '{printf "  %s (%d)\n", $2, $1}'
        say "So nothing answers at an address: functions run by 'cargo lambda watch' there, the site lies in the bucket."
    fi
else
    base=$(output BaseUrl)
    answer=$work/answer-$$
    trap 'rm -f "$answer" "$answer.headers"' EXIT
    # get PATH [OPTION...]: the status; body and headers into files. A new distribution's name may take minutes to be known.
    get() {
        local path=$1
        shift
        curl --silent --show-error --max-time 20 --retry 8 --retry-delay 15 --retry-all-errors --retry-max-time 300 \
            --output "$answer" --dump-header "$answer.headers" --write-out '%{http_code}' "$@" "$base$path"
    }
    is() {
        local right=$1 found
        shift
        found=$(get "$@" || true)
        [ "$found" = "$right" ] || { say "          $found in place of $right"; return 1; }
    }
    header() { grep -qi "^$1: $2" "$answer.headers"; }
    secured() {
        local found=0
        is 200 / || return 1
        while read -r name value; do
            header "$name" "$value" || { say "          without $name"; found=1; }
        done <<-'END'
			content-security-policy default-src 'self'
			strict-transport-security max-age=63072000
			x-content-type-options nosniff
			x-frame-options DENY
			referrer-policy strict-origin-when-cross-origin
			permissions-policy camera=()
			cross-origin-opener-policy same-origin
		END
        return $found
    }
    product=$(aws s3api list-objects-v2 --bucket "$site" --prefix products/ --max-items 5 --query 'Contents[].Key' --output text |
        tr '\t' '\n' | sed -n 's#^\(products/[^/]*/\)index\.html$#/\1#p' | head -n 1)
    looks "the home page" is 200 /
    [ -z "$product" ] || looks "a product, $product" is 200 "$product"
    [ -z "$product" ] || looks "its address without the slash leads there" is 301 "${product%/}"
    looks "the cart" is 200 /cart
    looks "the back office shows itself to nobody" is 404 /admin
    looks "a page that is not there" is 404 /nothing-is-here/
    looks "the same for programs" is 404 /nothing-is-here/ --header 'Accept: application/json'
    looks "  as problem details" header content-type application/problem+json
    looks "the API's description" is 200 /api/openapi.json
    looks "security headers" secured
    base=$(output ApiEndpoint)
    looks "nobody goes round the CDN" is 403 /cart
    base=$(output BaseUrl)
fi
[ "$failed" -eq 0 ] || fail "deployed, but $failed of these do not look right"

step "Done"
if is_local; then
    say "The table, buckets, queues and roles of '$environment' are at $AWS_ENDPOINT_URL."
else
    say "The shop: $base"
    say "The back office: $base/admin; make its first account with infra/first-admin.sh --env $environment --email YOU"
fi
