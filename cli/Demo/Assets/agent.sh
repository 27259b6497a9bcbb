#!/bin/sh
# The demo's agent. It does what the line "recipe:" of its task says, the way any agent would: read the task, edit, commit, exit 0.
set -euf
recipe=$(sed -n 's/^recipe: //p' "$CM_PROMPT_FILE" | head -n 1)
say() { printf '{"cm":"progress","message":"%s"}\n' "$1"; }
# work SECONDS: takes its time in small steps, so that it can be seen moving
work() { i=0; while [ "$i" -lt "$1" ]; do say "step $((i + 1)) of $1"; sleep 1; i=$((i + 1)); done; }
function_file() { mkdir -p lib test; printf '%s() { echo $(( $1 %s $2 )); }\n' "$1" "$2" >"lib/$1.sh"; }
test_file() { printf '. ./lib/%s.sh\n[ "$(%s %s %s)" = %s ]\n' "$1" "$1" "$2" "$3" "$4" >"test/$1.sh"; }
finish() { git add -A; git commit -q -m "$1"; say "committed"; }

# shellcheck disable=SC2086
set -- $recipe
case $1 in
  function) # name operator a b result seconds
    work "$6"; function_file "$2" "$3"; test_file "$2" "$4" "$5" "$7"; finish "Add $2" ;;
  broken) # the same, but wrong at the first attempt: the gate must catch it
    work "$6"
    if [ "$CM_ATTEMPT" -gt 1 ]; then say "fixing what the gate found"; function_file "$2" "$3"; else function_file "$2" "-"; fi
    test_file "$2" "$4" "$5" "$7"; finish "Add $2 (attempt $CM_ATTEMPT)" ;;
  killed) # hangs with unsaved work at the first attempt, until somebody kills it
    function_file "$2" "$3"
    if [ "$CM_ATTEMPT" -eq 1 ]; then say "half-way"; sleep 600; fi
    test_file "$2" "$4" "$5" "$7"; work "$6"; finish "Add $2" ;;
  title) # both of two items change the same line: the second must merge
    work "$2"
    if [ "$CM_ATTEMPT" -gt 1 ]; then
      say "merging the other change"
      git merge -q origin/main >/dev/null 2>&1 || true
      printf 'A calculator, %s and %s\n' "$4" "$3" >TITLE
    else
      printf 'A calculator, %s\n' "$3" >TITLE
    fi
    finish "Title: $3" ;;
  *) echo "no such recipe: $recipe" >&2; exit 2 ;;
esac
