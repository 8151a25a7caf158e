#!/usr/bin/env bash
# Runs a command while another one does its work beside it: the last step of an optimized build keeps one core busy for minutes.
# Usage: scripts/beside.sh "COMMAND; COMMAND" COMMAND [ARGUMENT…]
# What the first says is shown when both have ended; it fails when either does.

. "$(dirname "$0")/common.sh"

said=$(mktemp)
bash -euc "$1" >"$said" 2>&1 &
beside=$!
trap 'kill $(jobs -p) 2>/dev/null || true; rm -f "$said"' EXIT
shift

run "$@"
status=0
wait_for "$beside" || status=$?
cat "$said"
exit "$status"
