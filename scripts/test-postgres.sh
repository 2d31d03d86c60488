#!/bin/sh
# A private PostgreSQL server for the tests: scripts/test-postgres.sh start|stop|url
#
# `start` prints the URL; starting twice is harmless. Typical use:
#   GANTRY_TEST_POSTGRES_URL=$(scripts/test-postgres.sh start) cargo nextest run
# PGBIN, GANTRY_TEST_POSTGRES_DIR and GANTRY_TEST_POSTGRES_PORT override where its programs are, where its
# data goes and where it listens. Nothing is synced to disk: the data is worth nothing.
set -eu

dir=${GANTRY_TEST_POSTGRES_DIR:-/tmp/pg-test}
port=${GANTRY_TEST_POSTGRES_PORT:-54329}
url="postgres://postgres@127.0.0.1:$port/postgres"

if [ -z "${PGBIN:-}" ]; then
    if command -v pg_ctl >/dev/null 2>&1; then
        PGBIN=$(dirname "$(command -v pg_ctl)")
    else
        # Debian keeps the server's programs out of the PATH; take the newest version.
        PGBIN=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    fi
fi
[ -x "${PGBIN:-}/pg_ctl" ] || { echo "PostgreSQL's pg_ctl was not found: install the server or set PGBIN" >&2; exit 1; }

# The server refuses to run as root.
as_owner() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

case "${1:-}" in
start)
    if [ ! -s "$dir/data/PG_VERSION" ]; then
        mkdir -p "$dir"
        if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
        # Unlike the product's bytewise order, so that a forgotten collation shows.
        as_owner "$PGBIN/initdb" --locale-provider=icu --icu-locale=en-US -D "$dir/data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 ||
            { cat "$dir/initdb.log" >&2; exit 1; }
    fi
    if ! as_owner "$PGBIN/pg_ctl" -D "$dir/data" status >/dev/null 2>&1; then
        as_owner "$PGBIN/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w start -o \
            "-p $port -k $dir -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=300" \
            >/dev/null || { tail -n 20 "$dir/server.log" >&2; exit 1; }
    fi
    echo "$url"
    ;;
stop)
    if [ -d "$dir/data" ] && as_owner "$PGBIN/pg_ctl" -D "$dir/data" status >/dev/null 2>&1; then
        as_owner "$PGBIN/pg_ctl" -D "$dir/data" -m fast -w stop >/dev/null
    fi
    ;;
url)
    echo "$url"
    ;;
*)
    echo "usage: $0 start|stop|url" >&2
    exit 2
    ;;
esac
