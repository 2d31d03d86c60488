#!/usr/bin/env bash
# Writes what is made from the code: the compatibility ledger.
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

if [ "${1:-}" = --check ]; then
	cmp -s "$made/compatibility.md" docs/compatibility.md || {
		echo "docs/compatibility.md is not up to date: run scripts/generate.sh" >&2
		exit 1
	}
else
	cp "$made/compatibility.md" docs/
fi
