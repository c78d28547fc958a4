#!/usr/bin/env bash
# What nbtdump --json prints is what capture/fields.schema.json says: see dump_json.py.
#
# usage: dump_json_test.sh ROOT BUILD
set -euo pipefail
root=${1?usage: dump_json_test.sh ROOT BUILD} build=${2?usage: dump_json_test.sh ROOT BUILD}
if ! /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
    echo "python3-jsonschema is missing (tools/packages install test)"
    exit 1
fi
exec /usr/bin/python3 -B "$root/tests/rules/dump_json.py" "$root" "$build"
