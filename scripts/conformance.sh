#!/usr/bin/env bash
# Runs Credyt's published client through every operation of a server on this machine, by default that of `make dev`.
# Usage: SCRIP_URL=http://127.0.0.1:8787 SCRIP_KEY=sk_test_local scripts/conformance.sh
# It leaves its customers behind, so use the test side of an account that has no others to care for.

. "$(dirname "$0")/common.sh"

scripts/tools.sh python >&2
exec "$PYTHON" -I -B tests/conformance "$@"
