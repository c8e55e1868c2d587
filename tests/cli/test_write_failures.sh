# What cannot be written is said each time, never stops training, and never costs what was there: a limit on
# the size of files lets pictures through and keeps checkpoints out; a directory in the place of a
# temporary file keeps out a single one.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
sed -i 's/^epochs.*/epochs = 3/' c.ini

limit=200 # KB: a picture has a dozen, a checkpoint 600

# Runs the program with files of at most that size.
run_limited() { # STATUS, ARGUMENT...
  local wanted=$1
  shift
  checks=$((checks + 1))
  (ulimit -f $limit && exec timeout 120 "$gantrain" "$@" >.stdout 2>.stderr </dev/null)
  status=$?
  if ((status != wanted)) || grep -q Sanitizer .stderr; then
    fail "status $status instead of $wanted under a limit: gantrain $*"
    show_run
  fi
}

check_no_leftovers() { # DIRECTORY
  check "$1: something unfinished is left" test -z "$(find "$1" -type f -name '*.tmp')"
}

check_pictures() { # DIRECTORY
  local epoch
  for epoch in 0 1 2 3; do
    check "$1: picture $epoch" test -s "$1/samples/epoch-000$epoch.png"
  done
}

warnings() {
  grep -c "^warning: " .stderr
}

# --- No checkpoint at all ---

run_limited 1 --config c.ini --out none
for epoch in 1 2 3; do
  check_says "^warning: .*epoch-000$epoch.safetensors: cannot be written: File too large; t(raining continues|his was the last)"
done
check_says "^gantrain: none: the last checkpoint could not be written"
check "a warning for each" test "$(warnings)" = 3
check "none: something is left" test -z "$(ls none/checkpoints)"
check "trained to the end" has_epoch none/metrics.csv 3
check_pictures none
check_no_leftovers none
run_limited 1 --config c.ini --out quiet -q
check "--quiet hides warnings" test "$(warnings)" = 3

run_expecting 0 --config c.ini -q --out whole
expect_error 1 "has the rows of 3 epochs, but there is no checkpoint" --config c.ini -q --out none --resume
check "none: its rows are gone" has_epoch none/metrics.csv 3
run_expecting 0 --config c.ini -q --out none --force
check "none: another history" diff <(history whole) <(history none)

# The last bytes of a checkpoint are the ones without room: they go out when all seemed well.
limit=$((($(size_of whole/checkpoints/epoch-0003.safetensors) - 1) / 1024))
run_limited 1 --config c.ini -q --out tails
check_says "epoch-0003.safetensors: cannot be written: File too large"
check "tails: something is left" test -z "$(ls tails/checkpoints)"
limit=200

# --- What was there stays ---

run_expecting 0 --config c.ini -q --out there --set train.epochs=1
before=$(cksum there/checkpoints/*)
run_limited 1 --config c.ini --out there --resume
check_says "resuming from there/checkpoints/epoch-0001.safetensors"
check "two warnings" test "$(warnings)" = 2
check "the good checkpoint changed" test "$before" = "$(cksum there/checkpoints/*)"
run_expecting 0 inspect there/checkpoints/latest.safetensors
check_no_leftovers there
run_expecting 0 --config c.ini -q --out there --resume
check "there: another history" diff <(history whole) <(history there)
check "latest" test "$(readlink there/checkpoints/latest.safetensors)" = epoch-0003.safetensors

# --- Stopped, and it cannot be saved ---

(ulimit -f $limit && exec "$gantrain" --config c.ini --out stopped --set train.epochs=1000000 \
  --set output.sample_every=0 --set output.checkpoint_every=20 >.stdout 2>.stderr) &
wait_until grep -q "^warning" .stderr
kill -INT $!
wait $!
status=$?
check "status $status" test $status = 1
check_says "^gantrain: stopped at step [0-9]+, and its checkpoint could not be written"

# --- A single one fails: the next is tried again, and all is well in the end ---

mkdir -p middle/checkpoints/epoch-0002.safetensors.tmp
run_expecting 0 --config c.ini --out middle --resume
check_says "^warning: .*epoch-0002.safetensors.*: cannot be written: .*the next checkpoint is tried again"
check "one warning" test "$(warnings)" = 1
check "not the second" test ! -e middle/checkpoints/epoch-0002.safetensors
for epoch in 1 3; do
  run_expecting 0 inspect middle/checkpoints/epoch-000$epoch.safetensors
done
check "latest" test "$(readlink middle/checkpoints/latest.safetensors)" = epoch-0003.safetensors
check "middle: another history" diff <(history whole) <(history middle)

# --- Pictures and rows that cannot be written ---

mkdir -p picture/samples/epoch-0002.png.tmp
run_expecting 1 --config c.ini --out picture
check_says "^warning: .*epoch-0002.png.*: cannot be written: .*; training continues; the picture is tried again"
check_says "^gantrain: picture: trained to the end, but not all could be written"
check "one warning" test "$(warnings)" = 1
check "the other pictures" test -s picture/samples/epoch-0003.png
check_says "not all could be written \\(see above\\): 1 picture, the first is samples/epoch-0002.png"
run_expecting 0 inspect picture/checkpoints/epoch-0003.safetensors

# That of the last epoch is drawn by --resume, although all epochs are done.
mkdir -p last/samples/epoch-0003.png.tmp
run_expecting 1 --config c.ini -q --out last --resume
check_says "not all could be written \\(see above\\): 1 picture, the first is samples/epoch-0003.png"
rmdir last/samples/epoch-0003.png.tmp
run_expecting 0 --config c.ini --out last --resume
check_says "nothing to do"
check "last: another picture" cmp {whole,last}/samples/epoch-0003.png

# Those of earlier epochs and of steps too, where a checkpoint is of that place.
mkdir -p earlier/samples/{epoch-0002,step-0000030,step-0000040}.png.tmp
how=(--config c.ini -q --out earlier --resume --set "output.sample_steps=30, 40, 60")
run_expecting 1 "${how[@]}"
check_says "not all could be written \\(see above\\): 3 pictures, the first is samples/step-0000030.png"
rm -r earlier/samples/*.tmp earlier/samples/epoch-0001.png
run_expecting 0 "${how[@]}" --set output.sample_every=2
check "earlier: another picture" cmp {whole,earlier}/samples/epoch-0002.png
check "earlier: the grid of step 60 is that of epoch 2" cmp earlier/samples/{epoch-0002,step-0000060}.png
check "earlier: no grid of step 30" test -s earlier/samples/step-0000030.png
check "earlier: a grid that no checkpoint is of" test ! -e earlier/samples/step-0000040.png
check "earlier: a grid that is not due" test ! -e earlier/samples/epoch-0001.png
run_expecting 0 "${how[@]}" --set train.epochs=4
run_expecting 0 --config c.ini -q --out whole --resume --set train.epochs=4
check "earlier: the run that goes on has another history" diff <(history whole) <(history earlier)
check "earlier: and another picture" cmp {whole,earlier}/samples/epoch-0004.png

mkdir -p full
ln -s /dev/full full/log.txt
run_expecting 0 --config c.ini -q --out full
run_expecting 0 inspect full/checkpoints/epoch-0003.safetensors

finish
