#!/usr/bin/env bash
# Asks cargo-deny about everything in Cargo.lock; deny.toml says what is allowed.
# Usage: scripts/deny.sh <check>...   licenses, bans and sources need no network

. "$(dirname "$0")/common.sh"

# The index of a registry is not asked again: what is compiled is here already. Only advisories have to be fetched.
offline=--offline
case " $* " in *" advisories "*) offline= ;; esac
run cargo fetch --locked --quiet
# shellcheck disable=SC2086  # Absent, it is no argument.
run "$DENY" $offline --locked --log-level error check --hide-inclusion-graph "$@"
