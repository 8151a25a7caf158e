#!/usr/bin/env bash
# Builds the Worker: Rust to WebAssembly, then one JavaScript module beside it.
# Usage: scripts/build-worker.sh [release | faults]
#   release  build/worker         optimized; what is deployed
#   faults   build/worker-faults  fails on request; used by the end-to-end tests only

. "$(dirname "$0")/common.sh"

variant=${1:-release}
case $variant in
  release) features=worker profile=wasm out=build/worker ;;
  faults) features=worker,faults profile=wasm-faults out=build/worker-faults ;;
  *) die "'$variant' is not a variant of the Worker; use release or faults." ;;
esac

glue=build/wasm/$variant
module=$TARGET/wasm32-unknown-unknown/$profile/scrip.wasm
started=$SECONDS

run scripts/tools.sh wasm node

# Cargo knows itself what is fresh; the later steps compare times.
say "Building the Worker ($variant)…"
run cargo build --locked --lib --target wasm32-unknown-unknown --profile "$profile" --features "$features"

if outdated "$glue/scrip_bg.wasm" "$module" "$0" scripts/common.sh "$WASM_BINDGEN"; then
  rm -rf "$glue"
  "$WASM_BINDGEN" "$module" --target web --experimental-reset-state-function --out-dir "$glue" --out-name scrip --omit-default-module-path
fi

mkdir -p "$out"
if outdated "$out/scrip_bg.wasm" "$glue/scrip_bg.wasm"; then
  if [ "$variant" = release ]; then
    run wasm-opt "${WASM_OPT_FLAGS[@]}" "$glue/scrip_bg.wasm" -o "$out/scrip_bg.wasm"
  else
    # Optimizing would cost more time than the tests save.
    cp "$glue/scrip_bg.wasm" "$out/scrip_bg.wasm"
  fi
fi

# The shell imports "scrip-wasm", so that it need not know which variant it is bundled with.
esbuild src/worker/entry/entry.ts --bundle --outfile="$out/index.js" --format=esm --platform=neutral --target=es2024 \
  --main-fields=module,main --minify-whitespace --minify-syntax --alias:scrip-wasm="./$glue/scrip.js" --loader:.sql=text \
  '--external:cloudflare:*' '--external:*.wasm' --legal-comments=none --log-level=warning

kilobytes() { echo $((($(gzip -9c "$@" | wc -c) + 512) / 1024)); }
say "Built $out in $((SECONDS - started)) s: $(kilobytes "$out/scrip_bg.wasm" "$out/index.js") KB gzip" \
  "(WebAssembly $(kilobytes "$out/scrip_bg.wasm"), JavaScript $(kilobytes "$out/index.js"))."
