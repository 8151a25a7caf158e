#!/usr/bin/env bash
# Builds the npm package scrip-wallet in npm/dist, from the same crate as the Worker, which it carries.

. "$(dirname "$0")/common.sh"

out=npm/dist
started=$SECONDS

# The package carries the Worker as it is deployed; the engine and the portal are built with it.
run scripts/build-worker.sh release

mkdir -p "$out"
cp build/engine/{scrip.js,scrip_bg.wasm} npm/*.js npm/*.d.ts npm/README.md www/assets/portal.js "$out/"
# Plain JavaScript and its types; a declaration names its neighbour as the package has it.
run node_modules/.bin/tsc --project tsconfig.npm.json --noEmit false --declaration --outDir "$out"
# Of what is types alone there is nothing to run.
rm -f "$out"/{api,routes}.js
for types in "$out"/{client,meter,ai,sse,hono,agents,routes}.d.ts; do
  sed -i.ts -E 's#"\./([a-z]+)\.ts"#"./\1.js"#' "$types" && rm "$types.ts"
done
for licence in LICENSE*; do
  if [ -f "$licence" ]; then cp "$licence" "$out/"; fi
done

node scripts/notices.ts npm "$out/THIRD-PARTY-NOTICES.txt"

run scripts/build-npm-server.sh

# The package carries the version of the crate.
version=$(awk -F'"' '/^version/ { print $2; exit }' Cargo.toml)
sed "s/\"version\": \"[^\"]*\"/\"version\": \"$version\"/" npm/package.json >"$out/package.json"

say "Built $out in $((SECONDS - started)) s: scrip-wallet $version, $(kilobytes "$out/scrip_bg.wasm" "$out"/*.js) KB gzip" \
  "(WebAssembly $(kilobytes "$out/scrip_bg.wasm"))."
