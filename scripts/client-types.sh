#!/usr/bin/env bash
# Writes npm/src/api.ts, the types of all calls, from the description of the API.
# Usage: scripts/client-types.sh (CHECK=1 only says whether it is current)

. "$(dirname "$0")/common.sh"

scripts/tools.sh types >&2
exec node scripts/client-types.ts "$OPENAPI_TYPESCRIPT"
