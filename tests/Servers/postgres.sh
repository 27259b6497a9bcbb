#!/usr/bin/env bash
# A private PostgreSQL in one directory, on a port of its own; any number of them side by side.
#
#   postgres.sh DIR up [packages|docker]   create and start; prints the Npgsql connection string of a superuser
#   postgres.sh DIR start | stop | kill    stop is orderly, kill is SIGKILL; start comes back on the same port with the same data
#   postgres.sh DIR connection             the connection string
#   postgres.sh DIR psql ARGS...
#   postgres.sh DIR destroy                end everything and delete DIR
#   postgres.sh - installed                exit code: is there a package to run it from
#
# CM_SERVER_FSYNC=off saves the waiting for the disk: a killed process loses nothing that the kernel has.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ $# -ge 2 ] || fail "usage: postgres.sh DIR up|start|stop|kill|connection|psql|destroy"
dir=$1 verb=$2
shift 2

find_bin() {
  local candidate
  for candidate in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin /usr/local/opt/postgresql*/bin 2>/dev/null | sort -V -r); do
    [ -x "$candidate/initdb" ] && echo "$candidate" && return
  done
  candidate=$(command -v initdb) && dirname "$candidate"
}

# PostgreSQL refuses to run as root.
as_owner() {
  if [ "$(id -u)" = 0 ]; then
    id postgres >/dev/null 2>&1 || fail "running as root needs the user postgres, which the package creates"
    (cd / && runuser -u postgres -- "$@")
  else
    "$@"
  fi
}

load() {
  [ -f "$dir/settings" ] || fail "no PostgreSQL in $dir"
  . "$dir/settings"
  port=$base
  container="claudemanage-postgres-$base"
  if [ "$flavor" = packages ]; then bin=$(find_bin) || fail "PostgreSQL is not installed"; fi
}

init() {
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  printf 'flavor=%q\nbase=%q\n' "$1" "$(free_port_block)" > "$dir/settings"
  load
  if [ "$flavor" = docker ]; then
    local image
    image=$(local_image postgres) && [ -n "$image" ] || fail "Docker has no postgres image"
    docker create --name "$container" -p "127.0.0.1:$port:5432" -e POSTGRES_USER=claudemanage -e POSTGRES_HOST_AUTH_METHOD=trust "$image" \
      -c max_connections=300 -c "fsync=${CM_SERVER_FSYNC:-on}" >/dev/null
    return
  fi
  if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; fi
  as_owner "$bin/initdb" -D "$dir/data" -U claudemanage --auth=trust -E UTF8 --no-locale --no-sync >"$dir/initdb.log" 2>&1 \
    || { cat "$dir/initdb.log" >&2; fail "initdb failed (can the user postgres reach $dir?)"; }
  # Not in a socket directory: a path of more than 107 characters would refuse to start.
  cat >> "$dir/data/postgresql.conf" <<C
port = $port
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
shared_buffers = 128MB
fsync = ${CM_SERVER_FSYNC:-on}
C
}

answers() {
  if [ "$flavor" = docker ]; then
    docker exec "$container" pg_isready -q -h 127.0.0.1 -U claudemanage
  else
    "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"
  fi
}

postmaster() { head -1 "$dir/data/postmaster.pid" 2>/dev/null || true; }

start() {
  if [ "$flavor" = docker ]; then
    docker start "$container" >/dev/null
    until_true 60 answers || fail "PostgreSQL did not start"
    return
  fi
  running "$(postmaster)" && return
  # pg_ctl starts the server in a session of its own.
  as_owner "$bin/pg_ctl" -D "$dir/data" -l "$dir/data/server.log" -t 60 -w start </dev/null >/dev/null 2>&1 3>&- \
    || { tail -40 "$dir/data/server.log" >&2 || true; fail "PostgreSQL did not start"; }
  until_true 60 answers || fail "PostgreSQL does not answer"
}

stop() {
  if [ "$flavor" = docker ]; then docker stop "$container" >/dev/null; return; fi
  local pid
  pid=$(postmaster)
  running "$pid" || return 0
  kill -INT "$pid"   # fast shutdown
  until_true 60 not_running "$pid" || fail "PostgreSQL did not stop"
}

kill_now() {
  if [ "$flavor" = docker ]; then
    docker kill -s KILL "$container" >/dev/null
    until_true 20 port_closed "$port" || fail "PostgreSQL was killed, but something still listens on its port $port"
    return
  fi
  local pid all
  pid=$(postmaster)
  running "$pid" || return 0
  # Stopped first, so that it cannot fork while its children are listed: one left alive holds the
  # shared memory and keeps the next start from coming up.
  kill -STOP "$pid" 2>/dev/null || true
  all="$pid $(children_of "$pid" | tr '\n' ' ')"
  kill -9 $all 2>/dev/null || true
  for pid in $all; do until_true 20 not_running "$pid" || fail "process $pid does not die"; done
  until_true 20 port_closed "$port" || fail "PostgreSQL was killed, but something still listens on its port $port"
  # They are dead for certain; the next start would take a zombie of that pid for a running server.
  rm -f "$dir/data/postmaster.pid"
}

destroy() {
  [ -f "$dir/settings" ] || return 0
  load
  if [ "$flavor" = docker ]; then docker rm -f -v "$container" >/dev/null 2>&1 || true; else kill_now; fi
  rm -rf "$dir"
}

connection() { echo "Host=127.0.0.1;Port=$port;Username=claudemanage;Database=postgres"; }

case $verb in
  installed) find_bin >/dev/null ;;
  up)
    for try in 1 2 3; do
      init "${1:-packages}"
      if (start); then connection; exit 0; fi
      (destroy)
    done
    fail "gave up after three tries" ;;
  destroy) destroy ;;
  start) load; start ;;
  stop) load; stop ;;
  kill) load; kill_now ;;
  connection) load; connection ;;
  psql) load; exec psql -h 127.0.0.1 -p "$port" -U claudemanage "$@" ;;
  *) fail "unknown verb $verb" ;;
esac
