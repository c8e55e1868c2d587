# Terminals of 80 columns, dumb ones, and none at all: a progress line stays on one line with the time left, a
# dumb terminal gets plain lines, and what is printed goes into no file of the run when stdout and stderr are closed.

# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
write_config c.ini

# --- Lines ---

run_expecting 0 c.ini --out run
check "the line of an epoch is longer than 100 columns" \
  awk '/^epoch / && length > 100 { exit 1 }' .stderr
check_says "^epoch 2/2 .* D\(x\) .*diversity .* s$"
check_says "^optimum: V\(G,D\) = -log 4 = -1.3863$"

# An empty config trains on built-in digits, and says so.
: >empty.ini
run_expecting 0 empty.ini -n --set data.range=0:1000
check_prints "built-in digits, .* data.images names others"

# --- On a terminal ---

if script --version >/dev/null 2>&1; then
  on_terminal() { # TERM, COLUMNS, FILE: what a run of about a second writes there
    TERM=$1 script -qefc "stty cols $2; exec '$gantrain' c.ini --force --out terminal --set train.epochs=12 \
      --set data.range=0:3000 --set output.sample_every=0" /dev/null </dev/null >"$3"
  }
  on_terminal xterm 80 shown
  check "no line stays in its place" grep -q $'\r\033\[K' shown
  tr '\r' '\n' <shown | sed 's/\x1b\[K//g' | grep 'left' >progress
  check "no progress" test -s progress
  check "the time left is cut off" awk '!/left/ || length > 79 { exit 1 }' progress
  check "the time left is not among the first" grep -Eq '^epoch [0-9]+/12  [0-9]+:[0-9]{2}:[0-9]{2} left  step' progress
  on_terminal dumb 80 plain
  check_not "a dumb terminal gets control sequences" grep -q $'\033' plain
  check "a dumb terminal gets no lines" grep -q '^epoch 12/12' plain
fi

# --- Closed streams ---

sed -i 's/^grid/dir = whole\n&/' c.ini # the same text in both checkpoints
run_expecting 0 c.ini -q
closed() { # WHAT, REDIRECTIONS
  rm -rf other
  mkdir other
  (cd other && eval "'$gantrain' ../c.ini $2")
  local ended=$?
  check "$1: status $ended" test $ended = 0
  check "$1: another checkpoint" cmp {.,other}/whole/checkpoints/epoch-0002.safetensors
  check "$1: another history" diff <(history whole) <(history other/whole)
  check "$1: another picture" cmp {.,other}/whole/samples/epoch-0002.png
  check_not "$1: printed into a file" grep -rqa "^epoch 2/2" other/whole --exclude=log.txt
}
closed "stderr is closed" "2>&-"
closed "stdout is closed" ">&-"
closed "stdout and stderr are closed" ">&- 2>&-"
closed "all three are closed" "<&- >&- 2>&-"
"$gantrain" sample whole/checkpoints/latest.safetensors -o closed.idx >&- 2>&-
check "sample with closed streams" test "$(size_of closed.idx)" = $((16 + 64 * 784))
"$gantrain" help >&- 2>.stderr
check "a closed standard output is a failure" test $? = 1

finish
