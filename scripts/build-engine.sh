#!/usr/bin/env bash
# Builds the engine for JavaScript from the same crate as the Worker: in build/engine for the npm package, and in www/assets for the
# portal, which loads it beside itself.
# Usage: scripts/build-engine.sh [release | dev]

. "$(dirname "$0")/common.sh"

variant=${1:-release}
case $variant in
  release) profile=wasm ;;
  dev) profile=wasm-dev ;;
  *) die "'$variant' is not a variant of the engine; use release or dev." ;;
esac

out=build/engine
assets=www/assets
glue=build/wasm/npm
# A folder of its own: in a shared one the two feature sets would overwrite each other's module and rebuild at every turn.
target=$TARGET/npm
module=$target/wasm32-unknown-unknown/$profile/scrip.wasm
started=$SECONDS

run scripts/tools.sh target bindgen node

say "Building the engine ($variant)…"
run cargo build --locked --lib --target wasm32-unknown-unknown --profile "$profile" --features npm --target-dir "$target"

bind "$module" "$glue"

mkdir -p "$out"
if outdated "$out/scrip_bg.wasm" "$glue/scrip_bg.wasm" "$0" scripts/common.sh; then
  if [ "$variant" = release ]; then
    run wasm-opt "${WASM_OPT_FLAGS[@]}" "$glue/scrip_bg.wasm" -o "$out/scrip_bg.wasm"
  else
    cp "$glue/scrip_bg.wasm" "$out/scrip_bg.wasm"
  fi
fi
cp "$glue/scrip.js" npm/{browser,face}.js "$out/"

# One file for browsers, which finds its module beside itself.
esbuild www/portal/engine_module.js --bundle --outfile="$assets/engine.js" --format=esm --platform=browser --target=es2022 --minify \
  --legal-comments=none --log-level=warning --banner:js="/*! Licences of what is in the engine: engine-notices.txt */"
cp "$out/scrip_bg.wasm" "$assets/engine.wasm"
# Whoever deploys it hands it on to browsers, and the licences ask to go with it.
node scripts/notices.ts npm "$assets/engine-notices.txt"

say "Built $assets/engine.js in $((SECONDS - started)) s: $(kilobytes "$assets/engine.js") KB gzip" \
  "(WebAssembly $(kilobytes "$assets/engine.wasm"))."
