#!/usr/bin/env bash
# A private RabbitMQ in one directory, on ports of its own; any number of them side by side.
#
#   rabbitmq.sh DIR up [packages|docker]   create and start; prints the amqp URI
#   rabbitmq.sh DIR start | stop | kill    stop is orderly, kill is SIGKILL; start comes back on the same ports with the same data
#   rabbitmq.sh DIR uri | management       where it listens
#   rabbitmq.sh DIR add-vhost NAME | delete-vhost NAME
#   rabbitmq.sh DIR ctl ARGS...            rabbitmqctl
#   rabbitmq.sh DIR destroy                end everything and delete DIR
#   rabbitmq.sh - installed                exit code: is there a package to run it from
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ $# -ge 2 ] || fail "usage: rabbitmq.sh DIR up|start|stop|kill|uri|management|add-vhost|delete-vhost|ctl|destroy"
dir=$1 verb=$2
shift 2

find_sbin() {
  local candidate
  # The scripts themselves: Debian's /usr/sbin wrapper changes to another user.
  for candidate in /usr/lib/rabbitmq/bin /usr/lib/rabbitmq/lib/*/sbin /opt/homebrew/opt/rabbitmq/sbin /usr/local/opt/rabbitmq/sbin /opt/rabbitmq/sbin; do
    [ -x "$candidate/rabbitmq-server" ] && echo "$candidate" && return
  done
  return 1
}

load() {
  [ -f "$dir/settings" ] || fail "no RabbitMQ in $dir"
  . "$dir/settings"
  amqp_port=$base dist_port=$((base + 1)) management_port=$((base + 2)) epmd_port=$((base + 3))
  container="claudemanage-rabbitmq-$base"
  if [ "$flavor" = packages ]; then
    sbin=$(find_sbin) || fail "RabbitMQ is not installed"
    # rabbitmq-server runs as whoever calls it; everything that it would look for in the system is named here.
    export HOME=$dir/home
    export RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_NODENAME="claudemanage$base@localhost"
    export RABBITMQ_BASE=$dir RABBITMQ_MNESIA_BASE=$dir/mnesia RABBITMQ_LOG_BASE=$dir/log
    export RABBITMQ_CONFIG_FILE=$dir/rabbitmq.conf RABBITMQ_ENABLED_PLUGINS_FILE=$dir/enabled_plugins
    export RABBITMQ_PID_FILE=$dir/pid RABBITMQ_DIST_PORT=$dist_port
    export RABBITMQ_CTL_DIST_PORT_MIN=$((base + 4)) RABBITMQ_CTL_DIST_PORT_MAX=$((base + 15))
    export ERL_EPMD_PORT=$epmd_port ERL_EPMD_ADDRESS=127.0.0.1
    # Erlang's schedulers spin while they wait; here that time belongs to the tests.
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none"
  fi
}

init() {
  mkdir -p "$dir"
  dir=$(cd "$dir" && pwd)
  printf 'flavor=%q\nbase=%q\n' "$1" "$(free_port_block)" > "$dir/settings"
  load
  if [ "$flavor" = docker ]; then
    local image
    image=$(local_image rabbitmq) && [ -n "$image" ] || fail "Docker has no rabbitmq image"
    docker create --name "$container" --hostname localhost -p "127.0.0.1:$amqp_port:5672" -p "127.0.0.1:$management_port:15672" "$image" >/dev/null
    return
  fi
  mkdir -p "$dir/home" "$dir/mnesia" "$dir/log"
  cat > "$dir/rabbitmq.conf" <<C
listeners.tcp.1 = 127.0.0.1:$amqp_port
management.tcp.ip = 127.0.0.1
management.tcp.port = $management_port
log.console = false
log.file.level = warning
C
  echo '[rabbitmq_management].' > "$dir/enabled_plugins"
}

# The broker opens its listener last; one that greets is one that serves.
greets() {
  local first
  exec 3<>"/dev/tcp/127.0.0.1/$amqp_port" || return 1
  printf 'AMQP\x00\x00\x09\x01' >&3
  IFS= LC_ALL=C read -r -t 2 -n 1 first <&3 || { exec 3>&-; return 1; }
  exec 3>&-
  [ "$first" = $'\x01' ]
} 2>/dev/null

ready_or_dead() { (greets) || { [ "$flavor" = packages ] && not_running "$(pid_of server)"; }; }
management_ready() { port_in_use "$management_port"; }

pid_of() { cat "$dir/$1.pid" 2>/dev/null || true; }

start() {
  if [ "$flavor" = docker ]; then
    docker start "$container" >/dev/null
  else
    running "$(pid_of server)" && return
    if not_running "$(pid_of epmd)"; then
      # Our own epmd, in the foreground of its session, so that its pid is known; Erlang finds it there and starts none.
      (own_session epmd -port "$epmd_port" -address 127.0.0.1) </dev/null >"$dir/epmd.log" 2>&1 3>&- &
      echo $! > "$dir/epmd.pid"
      until_true 10 port_in_use "$epmd_port" || fail "epmd did not start: $(cat "$dir/epmd.log")"
    fi
    (own_session "$sbin/rabbitmq-server") </dev/null >"$dir/server.log" 2>&1 3>&- &
    echo $! > "$dir/server.pid"
  fi
  until_true 90 ready_or_dead || true
  (greets) || { tail -40 "$dir"/server.log "$dir"/log/*.log >&2 2>/dev/null || true; fail "RabbitMQ did not start"; }
  if [ "$flavor" = packages ]; then until_true 30 management_ready || fail "RabbitMQ's management did not start"; fi
}

stop() {
  if [ "$flavor" = docker ]; then docker stop "$container" >/dev/null; return; fi
  local pid
  pid=$(pid_of server)
  running "$pid" || return 0
  "$sbin/rabbitmqctl" -q shutdown >/dev/null || true
  until_true 60 session_over "$pid" || fail "RabbitMQ did not stop"
}

kill_now() {
  if [ "$flavor" = docker ]; then
    docker kill -s KILL "$container" >/dev/null
  else
    local pid
    pid=$(pid_of server)
    [ -n "$pid" ] || return 0
    kill -9 -- "-$pid" 2>/dev/null || true
    until_true 20 session_over "$pid" || fail "RabbitMQ's processes are still there"
  fi
  # Docker's proxy, and a last thread, hold the port a little longer than the process seems to live.
  until_true 20 port_closed "$amqp_port" || fail "RabbitMQ was killed, but something still listens on its port $amqp_port"
}

destroy() {
  [ -f "$dir/settings" ] || return 0
  load
  if [ "$flavor" = docker ]; then
    docker rm -f -v "$container" >/dev/null 2>&1 || true
  else
    kill_now
    local epmd
    epmd=$(pid_of epmd)
    if running "$epmd"; then kill -9 "$epmd" 2>/dev/null || true; until_true 10 not_running "$epmd" || true; fi
  fi
  rm -rf "$dir"
}

ctl() { if [ "$flavor" = docker ]; then docker exec "$container" rabbitmqctl -q "$@"; else "$sbin/rabbitmqctl" -q "$@"; fi; }
uri() { echo "amqp://guest:guest@127.0.0.1:$amqp_port/%2f"; }

case $verb in
  installed) find_sbin >/dev/null && command -v epmd >/dev/null ;;
  up)
    for try in 1 2 3; do
      init "${1:-packages}"
      if (start); then uri; exit 0; fi
      (destroy)
    done
    fail "gave up after three tries" ;;
  destroy) destroy ;;
  start) load; start ;;
  stop) load; stop ;;
  kill) load; kill_now ;;
  uri) load; uri ;;
  management) load; [ "$flavor" = docker ] || echo "http://guest:guest@127.0.0.1:$management_port" ;;
  add-vhost) load; ctl add_vhost "$1"; ctl set_permissions -p "$1" guest '.*' '.*' '.*' ;;
  delete-vhost) load; ctl delete_vhost "$1" ;;
  ctl) load; ctl "$@" ;;
  *) fail "unknown verb $verb" ;;
esac
