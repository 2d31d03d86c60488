#!/usr/bin/env bash
# Lets Schemathesis make up requests from the API document of a freshly started
# server, as its administrator. No answer may be a fault of the server.
#
# usage: scripts/schemathesis.sh
#
#   GANTRY_BIN                   the server to test; built (debug) when not set
#   GANTRY_SCHEMATHESIS_SECONDS  time for the made-up requests (120)
set -euo pipefail
# shellcheck source=scripts/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

version=4.32.5
seconds=${GANTRY_SCHEMATHESIS_SECONDS:-120}

scratch=$(mktemp -d)
server_pid=
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
	rm -rf "$scratch"
	exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

install_python_clients
python=$clients_venv/bin/python
if ! "$python" -c "import importlib.metadata as m; raise SystemExit(m.version('schemathesis') != '$version')" 2>/dev/null; then
	"$python" -m pip install --quiet --disable-pip-version-check "schemathesis==$version"
fi

if [ -z "${GANTRY_BIN:-}" ]; then
	(cd "$root" && cargo build --quiet --bin gantry)
	GANTRY_BIN=$target_dir/debug/gantry
fi

port=$(free_port)
url=http://127.0.0.1:$port
env RUST_BACKTRACE=0 PORT="$port" BIND_IP=127.0.0.1 ROOT_URL="$url" GANTRY_DATA="$scratch/data" TEST_MODE=true \
	ADMIN_USERNAME=admin ADMIN_PASS=admin-password ADMIN_EMAIL=admin@example.org \
	OVERWRITE_SETTING_Show_Setup_Wizard=completed \
	"$GANTRY_BIN" serve >"$scratch/server.log" 2>&1 </dev/null &
server_pid=$!
deadline=$((SECONDS + 60))
until curl --silent --fail --max-time 2 --output /dev/null "$url/readyz"; do
	kill -0 "$server_pid" 2>/dev/null || die "the server stopped before it was ready"
	[ "$SECONDS" -lt "$deadline" ] || die "the server was not ready within 60 s"
	sleep 0.1
done

login=$(curl --silent --fail --max-time 20 --json '{"user":"admin","password":"admin-password"}' "$url/api/v1/login")
uid=$("$python" -c 'import json, sys; print(json.load(sys.stdin)["data"]["userId"])' <<<"$login")
token=$("$python" -c 'import json, sys; print(json.load(sys.stdin)["data"]["authToken"])' <<<"$login")
# Signed out, or as somebody without an account, the rest would be refused unseen.
ends_session='logout|deleteOwnAccount|OtherTokens|OtherClients|updateOwnBasicInfo|resetE2EKey'

cd "$scratch"
# One finding of each kind is enough; the seed makes a run repeatable.
"$clients_venv/bin/schemathesis" run "$url/api/docs/json" \
	--header "X-User-Id: $uid" --header "X-Auth-Token: $token" \
	--checks not_a_server_error --exclude-path-regex "$ends_session" \
	--phases examples,coverage,fuzzing --max-examples 20 --max-time "$seconds" --seed 1 \
	--generation-database none --request-timeout 20 --warnings off --no-color \
	--suppress-health-check all
kill -0 "$server_pid" 2>/dev/null || die "the server stopped while it was tested"
curl --silent --fail --max-time 5 --output /dev/null -H "X-User-Id: $uid" -H "X-Auth-Token: $token" "$url/api/v1/me" ||
	die "a made-up request ended the administrator's session: name its path in ends_session"
