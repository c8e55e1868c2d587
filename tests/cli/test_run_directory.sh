# The run directory: what is in it, what becomes of a run that was there before, one process at a time, which
# checkpoints are kept, and that its config.ini gives the same run again.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini

names() { # DIRECTORY
  (cd "$1" && find . -mindepth 1 | sort | tr '\n' ' ')
}

check_names() { # DIRECTORY, EXPECTED
  check "$1 holds: $(names "$1")" test "$(names "$1")" = "$2 "
}

# The sizes of a PNG, from its header.
png_size() { # FILE
  od -An --endian=big -tu4 -j16 -N8 "$1" | awk '{print $1 "x" $2}'
}

# --- What is in it ---

run_expecting 0 --config c.ini --out run
check "stdout is not empty while training" test ! -s .stdout
check "log.txt is not what stderr said" cmp .stderr run/log.txt
check_says "^generator: 26416 parameters, 0.0512 MFLOP an image, adam, lr 0.0002"
check_says "^optimum: V\(G,D\) = -log 4 = -1.3863$"
check_says "^epoch 2/2  G loss .*V\(G,D\) .*D\(x\) "
check_says "^run directory: run$"
check_says "^done: pictures are in run/samples, the last checkpoint is run/checkpoints/epoch-0002"
check_names run "./checkpoints ./checkpoints/epoch-0001.safetensors ./checkpoints/epoch-0002.safetensors \
./checkpoints/latest.safetensors ./config.ini ./events.jsonl ./lock ./log.txt ./metrics.csv ./report.html ./samples \
./samples/epoch-0000.png ./samples/epoch-0001.png ./samples/epoch-0002.png ./samples/nearest.png ./samples/real.png"
check "latest" test "$(readlink run/checkpoints/latest.safetensors)" = epoch-0002.safetensors
check "three lines of metrics" test "$(wc -l <run/metrics.csv)" = 3
check "the grid's size" test "$(png_size run/samples/epoch-0001.png)" = 115x115
check "the real grid's size" test "$(png_size run/samples/real.png)" = 115x115
check_not "pictures do not change" cmp -s run/samples/epoch-0000.png run/samples/epoch-0001.png

run_expecting 0 train --config ./c.ini
check "the default directory" test -e runs/c/config.ini
run_expecting 0 --config c.ini --set output.dir=named/below
check "output.dir" test -e named/below/config.ini
run_expecting 0 --config c.ini --set output.dir=other --out taken///
check "--out goes before output.dir" test -e taken/config.ini -a ! -e other

run_expecting 0 --config c.ini --out quiet --quiet
check "--quiet says something" test ! -s .stderr -a ! -s .stdout
check "--quiet leaves the log empty" grep -q "^epoch 2/2" quiet/log.txt

run_expecting 0 --config c.ini -q --out plain --set output.report=no
check_not "a page that was not asked for" test -e plain/report.html -o -e plain/samples/nearest.png
check "events of a run" test "$(grep -o '"kind":"[a-z]*"' plain/events.jsonl | xargs)" = "kind:start kind:finished"

# --- Which pictures, which checkpoints ---

run_expecting 0 --config c.ini -q --out cadence --set train.epochs=5 --set output.sample_every=2 \
  --set output.checkpoint_every=2 --set "output.sample_steps=1, 45, 150, 9999" --set output.grid=3x2
check_names cadence/samples "./epoch-0000.png ./epoch-0002.png ./epoch-0004.png ./epoch-0005.png ./nearest.png ./real.png \
./step-0000001.png ./step-0000045.png ./step-0000150.png"
check_names cadence/checkpoints "./epoch-0002.safetensors ./epoch-0004.safetensors ./epoch-0005.safetensors \
./latest.safetensors"
check "a step at the end of an epoch has its picture" cmp cadence/samples/{step-0000150,epoch-0005}.png
check "3 columns, 2 rows" test "$(png_size cadence/samples/real.png)" = 86x57

run_expecting 0 --config c.ini -q --out keep --set train.epochs=4 --set output.keep=2 --set output.sample_every=0
check_names keep/checkpoints "./epoch-0003.safetensors ./epoch-0004.safetensors ./latest.safetensors"
check_names keep/samples "./epoch-0000.png ./nearest.png ./real.png"

# How often and what is drawn changes no number of the training.
run_expecting 0 --config c.ini -q --out often --set train.epochs=4 --set output.grid=9x9 --set output.sample_steps=3,5
check "another history when other pictures are drawn" diff <(history keep) <(history often)

# --- A run that was there before ---

run_expecting 1 --config c.ini --out run
check_says "run: already holds a run"
first=$(fingerprint run)
for old in 1 2; do
  run_expecting 0 --config c.ini --out run --force --set train.seed="$old"
  check_says "^the old run is now in run.old-$old$"
done
check "the first run is not whole" test "$first" = "$(fingerprint run.old-1)"
check "the second run is not whole" grep -q "^seed = 1$" run.old-2/config.ini
check "the third run is not there" grep -q "^seed = 2$" run/config.ini
run_expecting 0 --config c.ini -q --out new --force
check "nothing was there to be moved" test ! -e new.old-1

# --- One process at a time ---

"$gantrain" --config c.ini --out busy -q --set train.epochs=1000000 --set output.sample_every=0 \
  --set output.checkpoint_every=1000000 2>busy.err &
owner=$!
wait_until has_epoch busy/metrics.csv 1
for mode in --force --resume --quiet; do
  run_expecting 1 --config c.ini --out busy $mode
  check_says "^gantrain: busy: in use by process $owner; "
done
check "a locked run was moved" test ! -e busy.old-1
kill -TERM $owner
wait $owner
check "the locked run could not go on" test $? = 143
check "the locked run did not save" test -e busy/checkpoints/latest.safetensors
rows=$(wc -l <busy/metrics.csv)
run_expecting 0 --config c.ini -q --out busy --resume --set train.epochs=$((rows + 1))
check "the run cannot be gone on with" has_epoch busy/metrics.csv $((rows + 1))

# --- Again from its own config ---

mkdir data again
idx 8 3 31360 40 28 28 >data/images.idx
printf '%s\n' '[data]' 'images = images.idx' 'range = 0:40' >data/c.ini
sed '/^\[data\]/,/^range/d' c.ini >>data/c.ini
run_expecting 0 --config data/c.ini -q --out from-file
check "the data's path is not absolute" grep -q "^images = $(realpath data/images.idx)$" from-file/config.ini
cd again || exit 1
cp ../from-file/config.ini .
run_expecting 0 --config config.ini -q
check "config.ini" cmp config.ini from-file/config.ini
for file in checkpoints/epoch-0002.safetensors samples/epoch-0002.png samples/real.png; do
  check "$file is another one" cmp {../,}from-file/$file
done
check "the history is another" diff <(history ../from-file) <(history from-file)
cd "$work" || exit 1

# --- Nothing is written ---

before=$(names .)
run_expecting 0 --config c.ini --dry-run --out dry
check_prints "^generator: 26416 parameters"
check_prints "^ +0  dense 32 +16 -> 32 +544 +0.00102 MFLOP$"
check_prints "^time: about [0-9.]+ s an epoch, [0-9.e+]+ ms a step \(measured on [0-9]+ steps?\)$"
check_prints "^training: 2 epochs of 30 steps, batch 20"
check_prints "^memory: [0-9.]+ MB"
check "a dry run says something on stderr" test ! -s .stderr
run_expecting 0 --config data/../c.ini -n -q --set output.dir=runs/free
check_prints "^run directory: runs/free$"
run_expecting 0 --config c.ini -n --out run --force
run_expecting 2 --config c.ini -n --set train.batch_size=601
# It ends as the start would: after the summary, that the directory is not free.
cp -r run finished
cp -r run damaged && rm damaged/checkpoints/latest.safetensors && : >damaged/checkpoints/epoch-0003.safetensors
before=$(names .)
run_expecting 1 --config c.ini -n --out finished
check_prints "^run directory: finished"
check_says "^gantrain: finished: already holds a run; continue it \(--resume\)"
expect_error_after_summary() { # STATUS, REGEX, ARGUMENT...
  run_expecting "$1" --config c.ini -n "${@:3}"
  check_prints "^run directory: "
  check_says "^gantrain: .*$2"
}
expect_error_after_summary 1 "c.ini: is a file; name another directory" --out c.ini
expect_error_after_summary 2 "was made with another config; .*" --out finished --resume --set train.batch_size=30
expect_error_after_summary 1 "already holds a run" --out finished --resume=run/checkpoints/epoch-0001.safetensors
run_expecting 0 --config c.ini -n --out finished --resume --set train.seed=2
check_prints "^resuming from finished/checkpoints/epoch-0002.safetensors: epoch 2, step 60$"
run_expecting 0 --config c.ini -n --out damaged --resume --set train.seed=2
check_prints "^warning: damaged/checkpoints/epoch-0003.safetensors: .*; taking the checkpoint before it$"
run_expecting 0 --config c.ini -n --out elsewhere --resume=run/checkpoints/epoch-0001.safetensors --set train.seed=2
check_prints "^resuming from run/checkpoints/epoch-0001.safetensors"
check "a dry run wrote something" test "$before" = "$(names .)"

finish
