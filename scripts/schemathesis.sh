#!/usr/bin/env bash
# Says where the Python is that has schemathesis; installs it where it is missing.

. "$(dirname "$0")/common.sh"

scripts/tools.sh schemathesis >&2
case $SCHEMATHESIS_PYTHON in
  /*) echo "$SCHEMATHESIS_PYTHON" ;;
  *) echo "$PWD/$SCHEMATHESIS_PYTHON" ;;
esac
