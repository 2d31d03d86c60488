#!/usr/bin/env bash
# Everything that has to pass before a change lands. On a fresh Debian machine
# with Rust it first installs what the tests need. Stops at the first failure.
#
# usage: scripts/test.sh
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"

export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}
# Nothing here is compiled twice, so that incremental data would only cost time and disk.
[ -z "${CI:-}" ] || export CARGO_INCREMENTAL=0
[ -z "${CI:-}" ] || export CARGO_TERM_PROGRESS_WHEN=never

cleanup() {
	local status=$?
	trap - EXIT
	stop_private_postgres
	if [ "$status" -eq 0 ]; then
		say "All stages passed in $SECONDS s."
	else
		say "Stopped after $SECONDS s."
	fi
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

install_tools() {
	command -v cargo >/dev/null || die "Rust is missing: install the toolchain that Cargo.toml names, with rustfmt and clippy"
	local missing=()
	command -v cc >/dev/null || missing+=(build-essential)
	command -v curl >/dev/null || missing+=(curl ca-certificates)
	compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
	command -v psql >/dev/null || missing+=(postgresql-client)
	command -v nats-server >/dev/null || missing+=(nats-server)
	if ! command -v node >/dev/null; then
		missing+=(nodejs npm)
	elif ! command -v npm >/dev/null; then
		missing+=(npm)
	fi
	python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
	if [ ${#missing[@]} -gt 0 ]; then
		say "installing ${missing[*]}"
		apt_install "${missing[@]}"
	fi
	local major
	major=$(node -p 'process.versions.node.split(".")[0]')
	[ "$major" -ge 20 ] || die "the client suites need Node.js 20 or newer, this is $(node --version)"
}

rust_tests() {
	if cargo nextest --version >/dev/null 2>&1; then
		cargo nextest run --workspace --all-features --no-fail-fast
	else
		say "cargo-nextest is not installed: using cargo test"
		cargo test --workspace --all-features --lib --bins --tests
	fi
}

api_docs() {
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --all-features --no-deps --quiet
}

generated_files() {
	if [ -x scripts/generate.sh ]; then
		scripts/generate.sh --check
	else
		say "nothing is generated yet"
	fi
}

dependency_policy() {
	if command -v cargo-deny >/dev/null; then
		cargo fetch --locked --quiet
		cargo deny --offline --all-features check bans licenses sources
	else
		say "cargo-deny is not installed: deny.toml was not checked"
	fi
}

stage "install what the tests need" install_tools
stage "formatting" cargo fmt --all --check
stage "links in the documentation" python3 scripts/check-links.py
stage "dependency policy" dependency_policy
stage "lints" cargo clippy --workspace --all-targets --all-features --quiet -- -D warnings

say "==> start a private PostgreSQL"
start_private_postgres
export GANTRY_REQUIRE_POSTGRES=1

stage "Rust tests" rust_tests
stage "examples in the API documentation" cargo test --workspace --all-features --doc --quiet
stage "API documentation" api_docs
stage "generated files" generated_files
stage "build the server" cargo build --bin gantry --quiet
export GANTRY_BIN=$target_dir/debug/gantry
stage "real clients, SQLite" scripts/test-clients.sh sqlite
stage "real clients, PostgreSQL" scripts/test-clients.sh postgres
