#!/usr/bin/env bash
# Runs the suites in tests/clients, unchanged clients made for Rocket.Chat,
# against a freshly started server with nothing in it.
#
# usage: scripts/test-clients.sh sqlite|postgres [js] [python] [readme]
#
#   GANTRY_BIN                the server to test; built (debug) when not set
#   GANTRY_TEST_POSTGRES_URL  a PostgreSQL in which databases may be created;
#                             a private one is started when not set
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

engine=${1:-}
case $engine in
sqlite | postgres) shift ;;
*) die "usage: $0 sqlite|postgres [js] [python] [readme]" ;;
esac
suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(js python readme)

scratch=$(mktemp -d)
server_pid=
database=
cleanup() {
	local status=$?
	trap - EXIT
	if [ -n "$server_pid" ]; then
		kill "$server_pid" 2>/dev/null || true
		wait "$server_pid" 2>/dev/null || true
	fi
	if [ "$status" -ne 0 ] && [ -s "$scratch/server.log" ]; then
		say "--- the end of the server's log"
		tail -n 60 "$scratch/server.log" >&2
	fi
	[ -z "$database" ] || psql -qX "$admin_url" -c "DROP DATABASE IF EXISTS $database WITH (FORCE)" >/dev/null 2>&1 || true
	stop_private_postgres
	rm -rf "$scratch"
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

install_js_clients
install_python_clients

if [ -z "${GANTRY_BIN:-}" ]; then
	(cd "$root" && cargo build --quiet --bin gantry)
	GANTRY_BIN=$target_dir/debug/gantry
fi

if [ "$engine" = postgres ]; then
	start_private_postgres
	admin_url=$GANTRY_TEST_POSTGRES_URL
	name=gantry_clients_$$_$RANDOM
	psql -qX "$admin_url" -c "CREATE DATABASE $name"
	database=$name
	GANTRY_DATABASE_URL=$(python3 - "$admin_url" "$name" <<'PY'
import sys
from urllib.parse import urlsplit, urlunsplit

print(urlunsplit(urlsplit(sys.argv[1])._replace(path="/" + sys.argv[2])))
PY
	)
	export GANTRY_DATABASE_URL
else
	unset GANTRY_DATABASE_URL
fi

port=$(free_port)
export GANTRY_URL=http://127.0.0.1:$port
export GANTRY_ADMIN_USER=admin
export GANTRY_ADMIN_PASSWORD=admin-password

# TEST_MODE: no rate limits and no second factor, as the clients' own tests expect.
env PORT="$port" BIND_IP=127.0.0.1 ROOT_URL="$GANTRY_URL" GANTRY_DATA="$scratch/data" TEST_MODE=true \
	ADMIN_USERNAME=$GANTRY_ADMIN_USER ADMIN_PASS=$GANTRY_ADMIN_PASSWORD ADMIN_EMAIL=admin@example.org \
	OVERWRITE_SETTING_Show_Setup_Wizard=completed \
	"$GANTRY_BIN" serve >"$scratch/server.log" 2>&1 </dev/null &
server_pid=$!

deadline=$((SECONDS + 60))
until curl --silent --fail --max-time 2 --output /dev/null "$GANTRY_URL/readyz"; do
	kill -0 "$server_pid" 2>/dev/null || die "the server stopped before it was ready"
	[ "$SECONDS" -lt "$deadline" ] || die "the server was not ready within 60 s"
	sleep 0.1
done
say "gantry ($engine) is ready at $GANTRY_URL"

# A suite that needs a server out of test mode starts its own.
export GANTRY_BIN

for suite in "${suites[@]}"; do
	case $suite in
	js) (cd "$root/tests/clients/js" && node --test --test-reporter=spec) ;;
	python) (cd "$root/tests/clients/python" && PYTHONDONTWRITEBYTECODE=1 "$clients_venv/bin/python" -m pytest) ;;
	readme) "$clients_venv/bin/python" "$root/scripts/run-readme.py" ;;
	*) die "no such suite: $suite" ;;
	esac
done
kill -0 "$server_pid" 2>/dev/null || die "the server stopped while it was tested"
