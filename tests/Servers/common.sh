# Shared by rabbitmq.sh and postgres.sh.

fail() { echo "$(basename "$0"): $*" >&2; exit 1; }

port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The first of 16 ports of which the first four are free. Below 32768, where Linux begins to hand out
# ports to clients (a killed server must find its port free again), and so below 35672, where
# rabbitmqctl opens listeners of its own.
free_port_block() {
  local base port try
  for try in $(seq 1 50); do
    base=$((20000 + 16 * (((RANDOM << 15) + RANDOM) % 750)))
    for port in "$base" $((base + 1)) $((base + 2)) $((base + 3)); do port_in_use "$port" && continue 2; done
    echo "$base"
    return
  done
  fail "no free ports between 20000 and 32000"
}

# until_true SECONDS COMMAND...
until_true() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.05
  done
}

# A killed process that its parent has not waited for yet (a zombie) is not running, but kill -0 says it is.
# A zombie with threads (l) is still dying: on a busy machine the last of them keeps its ports open for a while.
running() {
  [ -n "${1:-}" ] && kill -0 "$1" 2>/dev/null || return 1
  ! ps -o stat= -p "$1" 2>/dev/null | grep -q '^Z[^l]*$'
}
not_running() { ! running "$1"; }

# Is nothing alive in that session (started by own_session)?
session_over() { ! ps -e -o pgid= -o stat= | awk -v group="$1" '$1 == group && $2 !~ /^Z[^l]*$/ { found = 1 } END { exit !found }'; }

port_closed() { ! port_in_use "$1"; }

children_of() { ps -e -o pid= -o ppid= | awk -v parent="$1" '$2 == parent { print $1 }'; }

# Puts a command into a session of its own, so that Ctrl-C at the terminal does not reach the server
# before the script has taken it down in order.
own_session() {
  if command -v setsid >/dev/null; then exec setsid "$@"; else exec perl -MPOSIX -e "POSIX::setsid(); exec @ARGV" "$@"; fi
}

# An image of that name that is here already; nothing is ever pulled.
local_image() {
  docker image ls --format '{{.Repository}}:{{.Tag}}' 2>/dev/null | grep -E "^(docker\.io/)?(library/)?$1:" | grep -v '<none>' | sort -V | tail -1
}
