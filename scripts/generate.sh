#!/usr/bin/env bash
# Writes what is made from the code: the compatibility ledger and the API document.
#
# usage: scripts/generate.sh           writes the files
#        scripts/generate.sh --check   fails if they are not up to date
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
cargo build --quiet --bin gantry
gantry=${CARGO_TARGET_DIR:-target}/debug/gantry
"$gantry" ledger >"$made/compatibility.md"
"$gantry" openapi >"$made/openapi.json"

if [ "${1:-}" = --check ]; then
	for file in compatibility.md openapi.json; do
		cmp -s "$made/$file" "docs/$file" || {
			echo "docs/$file is not up to date: run scripts/generate.sh" >&2
			exit 1
		}
	done
else
	cp "$made/compatibility.md" "$made/openapi.json" docs/
fi
