#!/usr/bin/env bash
# Builds the portal's elements as one file, www/assets/portal.js, which is served as it is.
# Usage: scripts/build-portal.sh

. "$(dirname "$0")/common.sh"

out=www/assets/portal.js
started=$SECONDS

run scripts/tools.sh node

# What was built from the same sources is not built again: a browser would take it for another one.
if outdated "$out" www/portal/*.ts "$0" package-lock.json; then
  # Lit's licence asks to stay with its code, so legal comments do. It becomes whole elsewhere: a server may be serving the folder.
  esbuild www/portal/portal.ts --bundle --outfile=build/portal.js --format=esm --platform=browser --target=es2022 --minify \
    --legal-comments=eof --log-level=warning
  mv build/portal.js "$out"
fi

# A build without the engine: the page finds none and shows what the server says, without an error of the browser.
if [ ! -e www/assets/engine.js ]; then
  echo "// The engine is built with the Worker that is deployed, and by scripts/build-engine.sh." >www/assets/engine.js
fi

say "Built $out in $((SECONDS - started)) s: $(kilobytes "$out") KB gzip."
