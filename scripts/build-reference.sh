#!/usr/bin/env bash
# Builds the reference of the API for people, www/assets/reference.html, from the description for machines.
# Usage: scripts/build-reference.sh

. "$(dirname "$0")/common.sh"

out=www/assets/reference.html

run scripts/tools.sh node

# What was made of the same description is not made again: a browser would take it for another one.
if outdated "$out" www/assets/openapi.json scripts/reference.ts "$0"; then
  node scripts/reference.ts
fi
