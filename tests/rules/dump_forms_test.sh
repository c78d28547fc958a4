#!/usr/bin/env bash
# What nbtdump --json, --ek and -x print is what it should be: see dump_forms.py.
#
# usage: dump_forms_test.sh ROOT BUILD
set -euo pipefail
root=${1?usage: dump_forms_test.sh ROOT BUILD} build=${2?usage: dump_forms_test.sh ROOT BUILD}
if ! /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
    echo "python3-jsonschema is missing (tools/packages install test)"
    exit 1
fi
exec /usr/bin/python3 -B "$root/tests/rules/dump_forms.py" "$root" "$build"
