#!/usr/bin/env bash
# What the code costs those who change it: lines per operation, and the time of
# `cargo check`, from nothing and after a change in one file. Prints a Markdown
# table. Takes minutes; run it on a quiet machine.
#
# usage: scripts/measure-build.sh
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

scratch=$(mktemp -d)
changed=
cleanup() {
	local status=$?
	[ -z "$changed" ] || cp -p "$scratch/before" "$changed"
	rm -rf "$scratch"
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
# Of its own, so that it begins with nothing and spoils nobody's.
export CARGO_TARGET_DIR=$scratch/target
export CARGO_TERM_PROGRESS_WHEN=never

seconds_of() {
	local began
	began=$(date +%s.%N)
	"$@" >/dev/null 2>"$scratch/log" || {
		cat "$scratch/log" >&2
		die "failed: $*"
	}
	awk -v began="$began" -v ended="$(date +%s.%N)" 'BEGIN { printf "%.1f", ended - began }'
}

row() { printf '| %s | %s |\n' "$1" "$2"; }

cargo fetch --quiet
printf '| what | value |\n|---|---|\n'
row 'cargo check --workspace, from nothing' "$(seconds_of cargo check --workspace) s"
for file in crates/messaging/src/messages/send.rs crates/accounts/src/lib.rs crates/kernel/src/lib.rs; do
	# A constant, gone again afterwards: a comment would not make the compiler look.
	cp -p "$file" "$scratch/before"
	changed=$file
	printf 'const _: &str = "measured";\n' >>"$file"
	took=$(seconds_of cargo check --workspace)
	cp -p "$scratch/before" "$file"
	changed=
	touch "$file"
	row "cargo check --workspace after a change in $file" "$took s"
	cargo check --workspace --quiet 2>/dev/null
done

# Lines without blank ones, comments and tests modules at the end of a file.
code_lines() { awk '/^#\[cfg\(test\)\]/ { nextfile } /^[[:space:]]*($|\/\/)/ { next } { n++ } END { print n + 0 }' "$@"; }

mapfile -t operations < <(find crates -path '*/src/*' \( -path '*/endpoints/*' -o -path '*/methods/*' \) -name '*.rs' ! -name mod.rs | sort)
endpoints=$(grep -rhE '^impl Endpoint for ' crates/*/src | wc -l)
methods=$(grep -rhE '^impl Method for ' crates/*/src | wc -l)
count=$(cat "${operations[@]}" | grep -cE '^impl (Endpoint|Method) for ')
mapfile -t sources < <(find crates -path '*/src/*' -name '*.rs' | sort)
total=$(code_lines "${sources[@]}")
row 'endpoints and methods' "$endpoints and $methods"
row 'lines of the wire layer per operation' "$(awk -v l="$(code_lines "${operations[@]}")" -v n="$count" 'BEGIN { printf "%.0f", l / n }')"
row 'lines of the whole product per operation' "$(awk -v l="$total" -v n="$((endpoints + methods))" 'BEGIN { printf "%.0f", l / n }')"
row 'lines of the whole product' "$total"
row 'median and largest file, in lines' "$(wc -l "${sources[@]}" | grep -v ' total$' | sort -n | awk '{ lines[NR] = $1 } END { print lines[int((NR + 1) / 2)] " and " lines[NR] }')"
