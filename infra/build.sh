#!/usr/bin/env bash
# Builds the functions for Lambda: target/lambda/NAME/bootstrap.zip.
#
#   infra/build.sh [--arch arm64|x86_64|host] [--compiler auto|zig|cargo]
#
# `host` is this machine's own. cargo-lambda is taken from PATH, or else installed from PyPI below target/. Zig links against
# the C library that Lambda has; without it, a function for this machine's own architecture is built by plain cargo, and its
# needs are checked.
source "$(dirname "$0")/lib.sh"

arch=arm64 compiler=auto
while [ $# -gt 0 ]; do
    case $1 in
    --arch) value_of "$@" && arch=$2 && shift ;;
    --compiler) value_of "$@" && compiler=$2 && shift ;;
    -h | --help) usage ;;
    *) fail "what is $1? See --help" ;;
    esac
    shift
done
[ "$arch" != host ] || arch=$(uname -m)
case $arch in
arm64 | aarch64) target=aarch64-unknown-linux-gnu flag=--arm64 ;;
x86_64) target=x86_64-unknown-linux-gnu flag=--x86-64 ;;
*) fail "--arch is arm64, x86_64 or host, not $arch" ;;
esac
[[ " auto zig cargo " == *" $compiler "* ]] || fail "--compiler is auto, zig or cargo, not $compiler"
need cargo

# The newest C library that the functions may ask for: provided.al2023 has this one.
glibc=2.34
tools=$root/target/cargo-lambda

install() {
    need python3
    [ -x "$tools/bin/pip" ] || python3 -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check "$@"
}

export PATH=$PATH:$tools/bin
command -v cargo-lambda >/dev/null || install --no-deps cargo-lambda==1.9.2

has_zig() { command -v zig >/dev/null; }
host=$(rustc -vV | sed -n 's/^host: //p')
if [ "$compiler" = auto ]; then
    compiler=zig
    has_zig || [ "$host" != "$target" ] || compiler=cargo
fi
if [ "$compiler" = zig ] && ! has_zig; then
    install ziglang==0.13.0
    # The package is a module of Python; cargo-lambda looks for a program.
    printf '#!/bin/sh\nexec "%s" -m ziglang "$@"\n' "$tools/bin/python" >"$tools/bin/zig"
    chmod +x "$tools/bin/zig"
fi
if [ "$compiler" = cargo ] && [ "$host" != "$target" ]; then
    fail "plain cargo builds for this machine only ($host), not for $target"
fi
if [ ! -d "$(rustc --print sysroot)/lib/rustlib/$target" ]; then
    fail "Rust's $target is missing: rustup target add $target, or --arch for another architecture"
fi

functions=() packages=()
for manifest in "$root"/functions/*/Cargo.toml; do
    name=$(basename "$(dirname "$manifest")")
    functions+=("$name") packages+=(-p "$name")
done

say "building ${functions[*]} for $arch, linked by $compiler"
options=(--locked --features lambda --profile lambda "$flag" --output-format zip --lambda-dir "$root/target/lambda")
[ "$compiler" = zig ] || options+=(--compiler cargo)
(cd "$root" && cargo lambda build "${options[@]}" "${packages[@]}")

for name in "${functions[@]}"; do
    zip=$root/target/lambda/$name/bootstrap.zip
    [ -f "$zip" ] || fail "$zip was not made"
    newest=$(unzip -p "$zip" bootstrap | grep -ao 'GLIBC_2\.[0-9]*' | sort -uV | tail -n 1 || true)
    newest=${newest#GLIBC_}
    if [ -n "$newest" ] && [ "$(printf '%s\n' "$newest" "$glibc" | sort -V | tail -n 1)" != "$glibc" ]; then
        fail "$name needs glibc $newest and Lambda has $glibc: build it with --compiler zig"
    fi
    say "  $name: $(du -k "$zip" | cut -f 1) KB, needs glibc ${newest:-of any version}"
done
