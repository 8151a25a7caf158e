#!/usr/bin/env bash
# Builds the Worker: Rust to WebAssembly, then one JavaScript module beside it.
# Usage: scripts/build-worker.sh [release | dev | faults]
#   release  build/worker         optimized; what is deployed, and what most end-to-end tests run on
#   dev      build/worker-dev     the same, built quickly; what `make dev`, `make demo` and `wrangler dev` serve
#   faults   build/worker-faults  as dev, and it fails on request; used by the end-to-end tests of recovery
#
# `worker-build`, which most Workers in Rust are built with, does not fit. It installs itself from source for ten minutes, it
# fetches wasm-opt and esbuild from where no lock file pins them, and its JavaScript entry is its own, where ours takes the first
# step of each request. What it does is the steps below.

. "$(dirname "$0")/common.sh"

variant=${1:-release}
case $variant in
  release) features=worker profile=wasm out=build/worker ;;
  dev) features=worker profile=wasm-dev out=build/worker-dev ;;
  faults) features=worker,faults profile=wasm-dev out=build/worker-faults ;;
  *) die "'$variant' is not a variant of the Worker; use release, dev or faults." ;;
esac

glue=build/wasm/$variant
module=$TARGET/wasm32-unknown-unknown/$profile/scrip.wasm
started=$SECONDS

run scripts/tools.sh target

# What only the later steps need is made meanwhile, if it is missing.
scripts/tools.sh bindgen node &
tools=$!
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT

# 1. Rust to WebAssembly. Cargo knows itself what is fresh.
say "Building the Worker ($variant)…"
run cargo build --locked --lib --target wasm32-unknown-unknown --profile "$profile" --features "$features"
wait_for "$tools"

# 2. The JavaScript around it, and its types.
bind "$module" "$glue" --reset-state

# 3. What the compiler left to be optimized, where that is worth the time.
mkdir -p "$out"
if outdated "$out/scrip_bg.wasm" "$glue/scrip_bg.wasm" "$0" scripts/common.sh; then
  if [ "$variant" = release ]; then
    run wasm-opt "${WASM_OPT_FLAGS[@]}" "$glue/scrip_bg.wasm" -o "$out/scrip_bg.wasm"
  else
    cp "$glue/scrip_bg.wasm" "$out/scrip_bg.wasm"
  fi
fi

# 4. The entry and the glue as one module. It imports "scrip-wasm", so that it need not know which variant it is bundled with.
esbuild src/worker/entry/entry.ts --bundle --outfile="$out/index.js" --format=esm --platform=neutral --target=es2024 \
  --main-fields=module,main --minify-whitespace --minify-syntax --alias:scrip-wasm="./$glue/scrip.js" \
  '--external:cloudflare:*' '--external:*.wasm' --legal-comments=none --log-level=warning

# 5. What browsers load from beside it; to try things out the portal does without the engine, which takes a build of its own.
if [ "$variant" = release ]; then run scripts/build-engine.sh; fi
scripts/build-portal.sh
scripts/build-reference.sh

# 6. What the licences of others ask for.
node scripts/notices.ts worker "$out/THIRD-PARTY-NOTICES.txt"

say "Built $out in $((SECONDS - started)) s: $(kilobytes "$out/scrip_bg.wasm" "$out/index.js") KB gzip" \
  "(WebAssembly $(kilobytes "$out/scrip_bg.wasm"), JavaScript $(kilobytes "$out/index.js"))."
