#!/usr/bin/env bash
# Says where Cloudflare's Agents SDK is, which it installs first where it is missing. The test that runs it asks.

. "$(dirname "$0")/common.sh"

scripts/tools.sh agents >&2
realpath "$AGENTS_ROOT"
