# A run in the terminal: one frame in a pipe, lines where there is no terminal, the whole screen where there is one, which
# is left as it was, however that happens; and runs of which something is missing or damaged.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
unset COLORTERM NO_COLOR
run_expecting 0 c.ini -q --out run --set train.epochs=12 --set metrics.every=4 --set metrics.samples=100 --set data.test_images=builtin:digits

widest() { # columns of the widest line that was printed
  LC_ALL=C.UTF-8 awk '{ gsub(/[\200-\277]/, "") } length > most { most = length } END { print most + 0 }' .stdout
}

# --- One frame ---

run_expecting 0 watch run --once
check_prints "^run   finished   epoch 12 of 12$"
check_prints "D loss [0-9.]+ .*G loss [0-9.]+ .*Losses"
check_prints "V\(G,D\) [-0-9.]+  dots: -log 4"
check "24 rows" test "$(wc -l <.stdout)" = 24
check "80 columns" test "$(widest)" -le 80
check_not "not ASCII" grep -q '[^ -~]' .stdout
check "no picture" grep -Eq '[=+*#%@]{3}' .stdout
check_prints "^samples/epoch-0012.png$"

LC_ALL=C.UTF-8 run watch run --once --size 160x50
check "status" test $status = 0
check "no Braille" grep -q $'[\342][\240-\243]' .stdout
check_prints "frechet [0-9.]+ .*frechet_real"
check_prints "precision"
check_not "a pipe gets control sequences" grep -q $'\033' .stdout
for size in 40x10 20x4 3x2 1x1 1000x500; do
  run_expecting 0 watch run --once --size $size
  check "$size: rows" test "$(wc -l <.stdout)" = "${size#*x}"
  check "$size: columns" test "$(widest)" -le "${size%x*}"
done
run watch run --once --size 40x10
check_prints "D loss"
for size in 0x5 80 80x24x 1001x5 -1x5 x; do
  expect_error 2 "--size $size: needs COLUMNSxROWS" watch run --once --size=$size
done
expect_error 2 "--size: goes with --once" watch run --size 80x24
expect_error 1 "none: is not a run directory" watch none --once
expect_error 2 "choose one" c.ini --watch --quiet --out other

# --- What is missing or damaged ---

mkdir empty
expect_error 1 "empty: is not a run directory" watch empty --once
mkdir -p begun/samples && cp run/config.ini begun && head -1 run/metrics.csv >begun/metrics.csv && cp run/samples/epoch-0000.png begun/samples
run_expecting 0 watch begun --once
check_prints "no epoch is finished yet"
check "begun: no picture" grep -Eq '[-=+*#%@]{3}' .stdout
cp -r run damaged
printf 'nonsense\n9,9\n\033[2J\n' >>damaged/metrics.csv
run_expecting 0 watch damaged --once
check_prints "metrics.csv: line 14: left out"
check_prints "D loss"
check_not "damaged: control characters" grep -q $'\033' .stdout
head -c 300 run/samples/epoch-0012.png >damaged/samples/epoch-0012.png
cp run/metrics.csv damaged
run_expecting 0 watch damaged --once
check_prints "epoch-0012.png: is "
rm damaged/samples/*
run_expecting 0 watch damaged --once
check_prints "D loss"
rm -r damaged/samples damaged/config.ini
run_expecting 0 watch damaged --once
check_prints "epoch 12 of"
mkfifo damaged/config.ini # nobody writes into it
run_expecting 0 watch damaged --once
check_prints "config.ini: .*not a regular file"
head -c 100000 /dev/urandom >damaged/metrics.csv
run_expecting 0 watch damaged --once
check_prints "no epoch is finished yet"

# --- Lines, where there is no terminal ---

run_expecting 0 watch run
check "a line an epoch" test "$(grep -c '^epoch [0-9]*/12  .*D(x)' .stdout)" = 12
check_prints "^finished$"
"$gantrain" c.ini -q --out live --set train.epochs=1000000 --set output.sample_every=0 --set output.report=no >/dev/null 2>&1 </dev/null &
pid=$!
wait_until has_epoch live/metrics.csv 1
"$gantrain" watch live >lines 2>/dev/null </dev/null &
watcher=$!
wait_until grep -q '^epoch 3/' lines
kill -INT $pid
wait $pid
wait $watcher
check "the end of the run: status" test $? = 0
check "the end of the run" test "$(tail -1 lines)" = stopped
check "lines twice" test "$(cut -d' ' -f2 lines | sort | uniq -d)" = ""

# --- The whole screen ---

script --version >/dev/null 2>&1 || finish
export SHELL=$BASH # the shell that script starts: Ctrl-C on the terminal ends dash, whatever its child does

# Runs watch on a terminal while a command types and sends signals, once the first frame is there. Leaves `shown`, the
# modes of the terminal `before` and `after`, and the status in `code`.
on_terminal() { # COLUMNS, ROWS, COMMAND...
  local size="cols $1 rows $2"
  shift 2
  rm -f shown before after code pid
  { wait_until grep -q 'q: leave' shown && "$@"; wait_until test -s code; } |
    TERM=xterm-256color LC_ALL=${locale:-C.UTF-8} timeout 120 script -qefc "stty $size; stty -a >before
      bash -c 'echo \$\$ >pid; exec \"$gantrain\" watch run'; echo \$? >code; stty -a >after" /dev/null >shown
}
check_left() { # WHAT, STATUS
  check "$1: status $(cat code)" test "$(cat code)" = "$2"
  check "$1: other modes than before" diff before after
  check "$1: the other screen stays" test "$(grep -oa $'\033\[?1049[hl]' shown | tail -1)" = $'\033[?1049l'
  check "$1: no cursor" test "$(grep -oa $'\033\[?25[hl]' shown | tail -1)" = $'\033[?25h'
}

on_terminal 100 30 printf q
check_left "q" 0
check "no curves" grep -qa $'[\342][\240-\243]' shown
check "no half blocks" grep -qa '▀' shown
check "no colours" grep -qa $'\033\[38;5;' shown
on_terminal 40 10 printf ' q'
check_left "40 x 10" 0
check "another panel" grep -qa 'dots: -log 4' shown
on_terminal 100 30 printf '\003'
check_left "Ctrl-C" 0
locale=C on_terminal 100 30 printf q
check_left "ASCII" 0
check_not "ASCII" grep -q '[^ -~[:cntrl:]]' shown
terminate() {
  kill -TERM "$(cat pid)"
}
on_terminal 80 24 terminate
check_left "SIGTERM" 143
# In a process group without a shell the system ignores the stop itself; the terminal is given back all the same.
has_come_back() {
  tr -d '\r\n' <shown | grep -qa $'1049l.*1049h'
}
suspend() {
  kill -TSTP "$(cat pid)"
  wait_until has_come_back
  printf q
}
on_terminal 80 24 suspend
check_left "SIGTSTP" 0
TERM=dumb timeout 120 script -qefc "'$gantrain' watch run" /dev/null </dev/null >shown
check_not "a dumb terminal gets control sequences" grep -q $'\033' shown
check "a dumb terminal gets no lines" grep -q '^epoch 12/12' shown

# --- While training ---

rm -f code after
TERM=xterm-256color LC_ALL=C.UTF-8 timeout 600 script -qefc "stty cols 80 rows 30; stty -a >before; '$gantrain' c.ini --watch --out seen \
  --set data.range=0:1000 --set train.epochs=20; echo \$? >code; stty -a >after" /dev/null </dev/null >shown
check "--watch: status" test "$(cat code)" = 0
check "--watch: other modes" diff before after
check "--watch: no state" grep -qa 'seen   running   epoch' shown
check "--watch: no picture" grep -qa '▀' shown
check "--watch: lines are missing" test "$(tr '\r' '\n' <shown | sed 's/\x1b\[[0-9;]*[A-Za-z]//g' | grep -c '^epoch [0-9]*/20 .* s$')" = 20
run_expecting 0 c.ini --watch --out piped
check_not "--watch in a pipe" says $'\033'

finish
