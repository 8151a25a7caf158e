#!/usr/bin/env bash
# Runs what the fake Stripe is checked with, and installs it before when it is missing.
# Usage: scripts/stripe.sh (cli | python | localstripe) [arguments]..., or where-cli for the path of the first.

. "$(dirname "$0")/common.sh"

scripts/tools.sh stripe >&2
tool=${1:-}
shift || true
case $tool in
  cli) exec "$STRIPE_CLI" "$@" ;;
  where-cli) realpath "$STRIPE_CLI" ;;
  python) exec "$STRIPE_PYTHON" -I -B "$@" ;;
  localstripe) exec "$STRIPE_PYTHON" -I -B -m localstripe "$@" ;;
  *) die "'$tool' is not one of cli, where-cli, python, localstripe." ;;
esac
