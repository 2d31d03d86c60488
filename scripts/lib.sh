# shellcheck shell=bash
# Shared by the scripts beside this file; sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target_dir=${CARGO_TARGET_DIR:-$root/target}
clients_venv=$target_dir/clients-venv

say() { printf '%s\n' "$*" >&2; }

die() {
	say "error: $*"
	exit 1
}

# stage NAME COMMAND...: runs one named step, prints its seconds, ends the
# script when it fails. The command runs in a subshell under `set -e`.
stage() {
	local name=$1 began=$SECONDS status
	shift
	say "==> $name"
	set +e
	(
		set -e
		"$@"
	) </dev/null
	status=$?
	set -e
	if [ "$status" -ne 0 ]; then
		say "<== $name: FAILED after $((SECONDS - began)) s (exit $status)"
		exit "$status"
	fi
	say "<== $name: $((SECONDS - began)) s"
}

# as_root COMMAND...: as root, by sudo where that is possible without asking.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		sudo -n "$@"
	else
		die "this needs root: $*"
	fi
}

# apt_install PACKAGE...: installs what is missing, and nothing else.
apt_install() {
	command -v apt-get >/dev/null || die "install by hand, this is no Debian: $*"
	as_root apt-get update -qq
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# fresh STAMP SOURCE: whether STAMP holds the checksum of SOURCE.
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$(sha256sum <"$2")" ]; }

# The packages of the JavaScript suite, exactly as its lockfile says.
install_js_clients() {
	local js=$root/tests/clients/js
	local stamp=$js/node_modules/.gantry-installed
	fresh "$stamp" "$js/package-lock.json" && return
	(cd "$js" && npm ci --no-audit --no-fund --loglevel=error)
	sha256sum <"$js/package-lock.json" >"$stamp"
}

# The packages of the Python suite, in an environment of their own.
install_python_clients() {
	local requirements=$root/tests/clients/python/requirements.txt
	local stamp=$clients_venv/.gantry-installed
	fresh "$stamp" "$requirements" && return
	rm -rf "$clients_venv"
	python3 -m venv "$clients_venv"
	"$clients_venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
	sha256sum <"$requirements" >"$stamp"
}

# A port that nothing listens on.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# Starts a PostgreSQL of this script's own and exports GANTRY_TEST_POSTGRES_URL;
# does nothing when the caller has named one.
start_private_postgres() {
	[ -z "${GANTRY_TEST_POSTGRES_URL:-}" ] || return 0
	private_postgres=$(mktemp -d /tmp/gantry-postgres.XXXXXX)
	export GANTRY_TEST_POSTGRES_DIR=$private_postgres
	GANTRY_TEST_POSTGRES_PORT=$(free_port)
	export GANTRY_TEST_POSTGRES_PORT
	GANTRY_TEST_POSTGRES_URL=$("$root/scripts/test-postgres.sh" start </dev/null)
	export GANTRY_TEST_POSTGRES_URL
}

# Ends what start_private_postgres started.
stop_private_postgres() {
	[ -n "${private_postgres:-}" ] || return 0
	"$root/scripts/test-postgres.sh" stop >/dev/null 2>&1 || true
	rm -rf "$private_postgres"
	private_postgres=
}
