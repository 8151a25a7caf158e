#!/usr/bin/env bash
# What wrangler calls before it serves or uploads the Worker (see wrangler.toml). Wrangler names its own command in
# WRANGLER_COMMAND: a deployment gets the optimized build and nothing that is local, also should the name be missing.

. "$(dirname "$0")/common.sh"

case ${WRANGLER_COMMAND:-} in
  # It only asks which bindings there are.
  types) exit ;;
  dev) variant=dev built=build/worker-dev ;;
  *) variant=release built=build/worker ;;
esac

if [ "$variant" = dev ]; then
  # Wrangler reads it after this script.
  [ -e .dev.vars ] || cp .dev.vars.example .dev.vars
  # Wrangler ends when its first build fails.
  node scripts/migrate.ts
fi

run scripts/build-worker.sh "$variant"

# A folder of its own, so that wrangler never sees a build of the other kind, nor one that is half written.
mkdir -p build/wrangler
for file in scrip_bg.wasm index.js; do
  cp "$built/$file" "build/wrangler/$file.new"
  mv "build/wrangler/$file.new" "build/wrangler/$file"
done
