#!/usr/bin/env bash
# Every C source looks as .clang-format says. To put one right: clang-format -i FILE.
#
# usage: format.sh ROOT
set -euo pipefail
cd "${1?usage: format.sh ROOT}"
if ! command -v clang-format >/dev/null; then
    echo "clang-format is missing (tools/packages install test)"
    exit 1
fi
mapfile -d '' files < <(find nbt rc capture tools tests -name '*.[ch]' -print0 | sort -z)
echo "${#files[@]} files"
clang-format --dry-run -Werror "${files[@]}"
