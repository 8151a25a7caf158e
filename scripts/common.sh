# Shared by the shell scripts here; sourced, never run. It changes to the project's root.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# CI may keep the tools between checkouts by naming another folder.
TOOLS=${SCRIP_TOOLS:-.tools}
# Cargo's own variable, so that a shared target folder is found as well.
TARGET=${CARGO_TARGET_DIR:-target}

say() { printf '%s\n' "$*"; }

die() {
  printf 'scrip: %s\n' "$*" >&2
  exit 1
}

# The CLI must be of exactly the version that the crate is locked to, so the lock file is the only place that names it.
WASM_BINDGEN_VERSION=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print; exit }' Cargo.lock)
WASM_BINDGEN_ROOT=$TOOLS/wasm-bindgen-$WASM_BINDGEN_VERSION
WASM_BINDGEN=$WASM_BINDGEN_ROOT/bin/wasm-bindgen

# Other requirements are another environment, so that checkouts can share the folder of tools.
PYTHON_REQUIREMENTS=tests/conformance/requirements.txt
PYTHON_ROOT=$TOOLS/python-$(cksum <"$PYTHON_REQUIREMENTS" | awk '{ print $1 }')
PYTHON=$PYTHON_ROOT/bin/python

# Called directly, the binaries of node_modules would run on the system's Node, which may be too old for them.
PATH=$PWD/node_modules/.bin:$PATH

# Runs a command of some length so that a signal to this script ends it, too; bash alone would leave it behind.
run() {
  local child status=0
  "$@" &
  child=$!
  trap 'kill "$child" 2>/dev/null; wait "$child" 2>/dev/null; exit 143' INT TERM HUP
  wait "$child" || status=$?
  trap - INT TERM HUP
  return "$status"
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

# What travels is the compressed module, and gzip looks back 32 KB only: functions that were made of the same generic one
# must stay whole (no inlining into a single caller) and lie side by side (their names are alike). It makes 70 KB of 460.
# Every feature that rustc uses by default must be named, else wasm-opt refuses the module.
WASM_OPT_FLAGS=(
  -O2
  --one-caller-inline-max-function-size=0
  --reorder-functions-by-name
  --enable-bulk-memory
  --enable-nontrapping-float-to-int
  --enable-sign-ext
  --enable-mutable-globals
  --enable-reference-types
  --enable-multivalue
)
