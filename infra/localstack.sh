#!/usr/bin/env bash
# LocalStack without Docker, with the real DynamoDB Local, on http://127.0.0.1:4566. Everything lies below target/localstack/.
#
#   infra/localstack.sh start      installs what is missing, starts it, returns when it answers
#   infra/localstack.sh stop       ends what `start` started; its data is gone
#   infra/localstack.sh status     says whether it answers; fails if it does not
#   infra/localstack.sh install    installs and no more
set -euo pipefail
cd "$(dirname "$0")/.."

# Newer releases want an account. The date keeps dependencies as they were then: newer ones break it.
localstack=4.14.0 dependencies=2026-02-27 uv=0.13.9
host=127.0.0.1 port=4566
address=$host:$port
home=$PWD/target/localstack
recipe=$PWD/infra/localstack
files=$home/root/var/lib/localstack/lib # where LocalStack looks for programs that are not Python
dynamodb=$files/dynamodb-local/2
java=$files/java/21
log=$home/log
pid_file=$home/pid

say() { echo "localstack: $*"; }
fail() {
    say "$*" >&2
    exit 1
}

# Runs something quietly; shows what it printed if it fails.
quietly() {
    "$@" >"$home/install.log" 2>&1 || {
        cat "$home/install.log" >&2
        fail "this failed: $*"
    }
}

answers() { curl --silent --fail --max-time 5 --output /dev/null "http://$address/_localstack/health"; }

# The process that `start` started, if it lives. An old file's number may be another program's by now.
process() {
    local pid
    pid=$(cat "$pid_file" 2>/dev/null) || return 1
    [[ "$({ tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null)" == *"$recipe/main.py"* ]] || return 1
    echo "$pid"
}

# The home of the first JDK of 17 or newer.
jdk() {
    local compiler version
    for compiler in "${JAVA_HOME:-/none}/bin/javac" "$(command -v javac || true)" /usr/lib/jvm/*/bin/javac; do
        [ -x "$compiler" ] || continue
        version=$("$compiler" -version 2>&1) || continue
        if [[ $version =~ ^javac\ ([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 17 ]; then
            dirname "$(dirname "$(readlink -f "$compiler")")"
            return
        fi
    done
    return 1
}

# An interpreter for LocalStack, which needs Python 3.13 to the letter.
python() {
    local candidate
    for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13 "$(command -v python3.13 || true)"; do
        if [ -x "$candidate" ] && "$candidate" -c 'import ensurepip, ssl' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    return 1
}

# What is not there yet comes from Debian.
install_packages() {
    local missing=() root=()
    command -v curl >/dev/null || missing+=(curl)
    command -v mvn >/dev/null || missing+=(maven)
    jdk >/dev/null || missing+=(default-jdk-headless)
    python >/dev/null || python3 -c 'import ensurepip, ssl' 2>/dev/null || missing+=(python3-venv)
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "please install: ${missing[*]}"
    say "installing ${missing[*]}…"
    [ "$(id -u)" = 0 ] || root=(sudo)
    quietly "${root[@]}" apt-get update -qq
    quietly "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
    jdk >/dev/null || fail "needs a JDK of 17 or newer; set JAVA_HOME to one"
}

install_python() {
    local wanted="localstack-core $localstack of $dependencies"
    [ -x "$home/python/bin/python" ] && [ "$(cat "$home/python/installed" 2>/dev/null)" = "$wanted" ] && return
    say "installing LocalStack $localstack from PyPI…"
    rm -rf "$home/python" "$home/uv"
    quietly "$(python || command -v python3)" -m venv "$home/uv"
    quietly "$home/uv/bin/pip" install "uv==$uv"
    # Where there is no 3.13, uv brings its own.
    local -x UV_PYTHON_INSTALL_DIR=$home/interpreter UV_HTTP_TIMEOUT=180
    quietly "$home/uv/bin/uv" venv --python "$(python || echo 3.13)" "$home/python"
    quietly "$home/uv/bin/uv" pip install --python "$home/python/bin/python" \
        --exclude-newer "$dependencies" "localstack-core[runtime]==$localstack"
    echo "$wanted" >"$home/python/installed"
}

install_dynamodb() {
    local wanted lib=$dynamodb/DynamoDBLocal_lib
    mkdir -p "$files/java"
    ln -sfn "$(jdk)" "$java"
    wanted=$(cat "$recipe/pom.xml" "$recipe/DynamoDbOnLoopback.java")
    [ "$(cat "$dynamodb/installed" 2>/dev/null)" = "$wanted" ] && return
    say "installing DynamoDB Local from Maven Central…"
    rm -rf "$dynamodb"
    mkdir -p "$lib"
    JAVA_HOME=$java quietly mvn --batch-mode --file "$recipe/pom.xml" dependency:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$lib"
    # Names under which it looks for its database and LocalStack for an agent. Any agent does.
    cp "$lib"/libsqlite4java-linux-amd64-*.so "$lib/libsqlite4java-linux-amd64.so"
    cp "$lib"/byte-buddy-agent-*.jar "$dynamodb/ddb-local-loader-0.1.jar"
    quietly "$java/bin/javac" --release 17 -cp "$lib/*" -d "$dynamodb/main" "$recipe/DynamoDbOnLoopback.java"
    {
        echo "Class-Path: ."
        (cd "$dynamodb" && printf '  %s\n' DynamoDBLocal_lib/*.jar)
    } >"$dynamodb/manifest"
    quietly "$java/bin/jar" --create --file "$dynamodb/DynamoDBLocal.jar" --manifest "$dynamodb/manifest" \
        --main-class DynamoDbOnLoopback -C "$dynamodb/main" .
    echo "$wanted" >"$dynamodb/installed"
}

install() {
    [ "$(uname -sm)" = "Linux x86_64" ] || fail "runs on Linux x86_64 only; use 'docker compose up' here"
    install_packages
    install_python
    install_dynamodb
}

# Loads the services that take longest and leaves the waiting to nobody's first request.
warm() {
    local sign=(--silent --fail --max-time 60 --output /dev/null --user warm:warm --aws-sigv4)
    curl "${sign[@]}" aws:amz:eu-central-1:dynamodb --header 'X-Amz-Target: DynamoDB_20120810.ListTables' \
        --header 'Content-Type: application/x-amz-json-1.0' --data '{}' "http://$address/" &&
        curl "${sign[@]}" aws:amz:eu-central-1:s3 "http://$address/"
}

start() {
    local began=$SECONDS pid
    if answers; then
        say "runs on http://$address"
        return
    fi
    stop
    ! (: <>"/dev/tcp/$host/$port") 2>/dev/null || fail "something else listens on $address"
    install
    say "starting…"
    rm -rf "$home/root/tmp"
    # No telemetry, no certificate, no DNS server. DynamoDB's own streams, not those that LocalStack imitates with another
    # program.
    env -u AWS_ENDPOINT_URL -u AWS_PROFILE \
        OVERRIDE_IN_DOCKER=0 FILESYSTEM_ROOT="$home/root" CONFIG_DIR="$home/root" GATEWAY_LISTEN=$address \
        DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1 DNS_ADDRESS=0 EAGER_SERVICE_LOADING=0 \
        PROVIDER_OVERRIDE_DYNAMODB=v2 DYNAMODB_IN_MEMORY=1 CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES=1 \
        setsid "$home/python/bin/python" "$recipe/main.py" >"$log" 2>&1 </dev/null 9>&- &
    pid=$!
    echo "$pid" >"$pid_file"
    until answers; do
        kill -0 "$pid" 2>/dev/null || fail "it ended: $(tail -n 5 "$log")"
        [ $((SECONDS - began)) -lt 300 ] || give_up "it does not answer"
        sleep 0.2
    done
    warm || give_up "DynamoDB or S3 does not answer"
    say "ready on http://$address in $((SECONDS - began)) s"
}

give_up() {
    stop
    fail "$1; see $log"
}

stop() {
    local pid
    if pid=$(process); then
        kill "$pid"
        for _ in {1..100}; do
            process >/dev/null || break
            sleep 0.1
        done
        ! process >/dev/null || kill -KILL "$pid"
        say "stopped"
    fi
    rm -f "$pid_file"
}

status() {
    answers || fail "does not answer on http://$address"
    say "runs on http://$address"
}

case "${1:-}" in
status) status ;;
start | stop | install)
    mkdir -p "$home"
    # One at a time: tests and a developer may start it at once.
    exec 9>"$home/lock"
    flock 9
    "$1"
    ;;
*) fail "usage: infra/localstack.sh start|stop|status|install" ;;
esac
