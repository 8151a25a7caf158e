#!/usr/bin/env bash
# Puts into npm/dist what `npx scrip-wallet` needs: the commands, and the Worker of build/worker with its migrations and pages.
# Called by scripts/build-npm.sh.

. "$(dirname "$0")/common.sh"

out=npm/dist/server

[ -e build/worker/index.js ] || die "build/worker is missing; run scripts/build-worker.sh release first."

rm -rf "$out"
mkdir -p "$out/worker" "$out/migrations" "$out/www/assets" "$out/bin"
cp npm/server/* "$out/"
cp build/worker/{index.js,scrip_bg.wasm} "$out/worker/"
# Beside the Worker it would be uploaded with it.
cp build/worker/THIRD-PARTY-NOTICES.txt "$out/"
cp migrations/*.sql "$out/migrations/"
# The sources of what is built, and what is said about them, stay here.
cp www/_headers "$out/www/"
cp www/assets/* "$out/www/assets/"

# The commands are those of scripts/, so what is served there and here cannot differ. They look for all files one folder above their
# own. The runtime is not part of the package, so its name leads to what finds it.
esbuild npm/cli/scrip-wallet.ts npm/cli/{dev,deploy,key}.ts --bundle --splitting --outdir="$out/bin" --chunk-names=shared-[hash] \
  --format=esm --platform=node --target=node22 --alias:miniflare=./npm/cli/runtime.ts --legal-comments=inline --log-level=warning
chmod +x "$out/bin/scrip-wallet.js"
