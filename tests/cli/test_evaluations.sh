# Evaluations in the course of a run: their columns, their line, the best checkpoint, and exact resume.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
export XDG_CACHE_HOME=$PWD/cache
cat >>c.ini <<'INI'
[metrics]
every = 2
samples = 300
INI
settings=(--config c.ini --set data.test_images=builtin:digits --set train.epochs=6 --set train.seed=3)

frechet() { awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "frechet") column = i } NR > 1 { print $1, $column }' "$1"; }

run_expecting 0 "${settings[@]}" --out whole
check "a score for every second epoch" test "$(frechet whole/metrics.csv | awk 'NF == 2 { print $1 }' | tr '\n' ' ')" = "2 4 6 "
check_says "^epoch 2:  parzen -?[0-9.]+ \(real images -?[0-9.]+\) .* frechet [0-9.]+ \(real images"
check_not "stages are lines in a log" says '^measuring, '
check "what is measured does not stay" test ! -e whole/checkpoints/measured.safetensors
best=$(frechet whole/metrics.csv | awk 'NF == 2 && (low == "" || $2 < low) { low = $2; epoch = $1 } END { print epoch }')
run_expecting 0 inspect whole/checkpoints/best.safetensors
check_prints "epoch +$best\$"

# The same score by the command, from the best checkpoint.
run_expecting 0 eval whole/checkpoints/best.safetensors -n 300 --metrics frechet --json --quiet
by_command=$(sed -n 's/.*"frechet": \([0-9.]*\).*/\1/p' .stdout | cut -c 1-6)
check "eval says the same" grep -q "^$best $by_command" <(frechet whole/metrics.csv)

# Killed within an evaluation: the row, the checkpoint and the best one are those of a run that was not.
"$gantrain" "${settings[@]}" --out killed -q 2>/dev/null &
child=$!
for ((i = 0; i < 600; i++)); do
  [[ ! -e killed/checkpoints/measured.safetensors ]] || break
  sleep 0.02
done
kill -KILL $child
wait $child 2>/dev/null
run_expecting 0 "${settings[@]}" --out killed --resume -q
check "rows" cmp <(history whole) <(history killed)
check "weights" cmp <(tail -c 4000 whole/checkpoints/best.safetensors) <(tail -c 4000 killed/checkpoints/best.safetensors)

# Evaluations that fail, since their file cannot be written: --resume makes them from the checkpoints that are kept,
# and says of which epochs there is none. Rows, events and the best one are then those of a run that did not fail.
each=(--config c.ini --set data.test_images=builtin:digits --set metrics.every=1 --set train.epochs=4 --set train.seed=3 -q)
events=events.out.tfevents.gantrain
run "${each[@]}" --set output.tensorboard=yes -n
((status != 0)) || each+=(--set output.tensorboard=yes)
run_expecting 0 "${each[@]}" --out e/run --set output.keep=4
mv e kept
mkdir -p e/run/checkpoints/measured.safetensors
run_expecting 1 "${each[@]}" --out e/run --set output.keep=4 --resume
check_says "^warning: .*; training continues without these scores; --resume measures the epoch again if its checkpoint is kept$"
check "four failures" test "$(grep -c 'without these scores' .stderr)" = 4
check_not "scores of a failure" cmp -s <(history kept/run) <(history e/run)
rmdir e/run/checkpoints/measured.safetensors
cp -r e/run some
run_expecting 0 "${each[@]}" --out e/run --set output.keep=4 --resume
check "rows that were measured later" cmp <(history kept/run) <(history e/run)
check "the best that was measured later" cmp {kept,e}/run/checkpoints/best.safetensors
check "one best" test -z "$(ls e/run/checkpoints | grep old)"
[[ ! -e kept/run/$events ]] || check "events that were measured later" test "$(size_of kept/run/$events)" = "$(size_of e/run/$events)"
run_expecting 0 "${each[@]}" --out e/run --set output.keep=4 --resume
check "a resume after it changes rows" cmp <(history kept/run) <(history e/run)
check "or the best" cmp {kept,e}/run/checkpoints/best.safetensors

# One whose checkpoint is gone.
rm -r e && mkdir e && mv some e/run
rm e/run/checkpoints/epoch-0002.safetensors
run_expecting 0 "${each[@]}" --out e/run --set output.keep=4 --resume
check "rows of what is kept" cmp <(history kept/run | grep -v ^2,) <(history e/run | grep -v ^2,)
check "says what is lost" grep -q "metrics.csv has no scores of 1 epoch, 2, whose checkpoint is no longer there" e/run/log.txt

# A branch that begins at an earlier checkpoint: a best one of the branch that was left is not its best.
epoch_of() { "$gantrain" inspect "$1" 2>/dev/null | awk '$1 == "epoch" { print $2 }'; }
low_epoch() { frechet "$1" | awk 'NF == 2 && (low == "" || $2 < low) { low = $2; epoch = $1 } END { print epoch }'; }
run_expecting 0 "${settings[@]}" --out branch -q --set output.keep=10
run_expecting 0 "${settings[@]}" --out branch --resume=branch/checkpoints/epoch-0001.safetensors --set train.epochs=4 \
  --set generator.lr=0.02 -q
check "the best is of this branch" test "$(epoch_of branch/checkpoints/best.safetensors)" = "$(low_epoch branch/metrics.csv)"

# With another score in metrics.best, the best checkpoint is chosen from the start again.
run_expecting 0 "${settings[@]}" --out whole --resume --set train.epochs=8 --set metrics.best=coverage
check_says "the best checkpoint so far is not of this branch or not by coverage"
check "the new best" test "$(epoch_of whole/checkpoints/best.safetensors)" = 8

# A run that goes on from the best checkpoint has a listed one at once.
run_expecting 0 "${settings[@]}" --out again -q
from=$(epoch_of again/checkpoints/best.safetensors)
"$gantrain" "${settings[@]}" --out again --resume=again/checkpoints/best.safetensors --set train.epochs=1000 -q 2>/dev/null &
child=$!
wait_until test -e "again/checkpoints/epoch-000$from.safetensors"
kill -KILL $child
wait $child 2>/dev/null
run_expecting 0 "${settings[@]}" --out again --resume --set train.epochs=10
check_says "^resuming from again/checkpoints/epoch-"

# Patience: a run whose rates are next to nothing gets no better; what it stops after is a whole epoch, and a
# resumed run counts on from the rows.
still=(--config c.ini --set data.test_images=builtin:digits --set metrics.every=1 --set train.epochs=9 --set train.seed=3
  --set generator.lr=1e-30 --set discriminator.lr=1e-30)
run_expecting 0 "${still[@]}" --out patient --set train.patience=2 --set output.checkpoint_every=100
check_says "^stopped after epoch 3: 2 evaluations without a better frechet; for more, raise train.patience$"
check_says "^done: "
check "the last epoch has a checkpoint" test "$(epoch_of patient/checkpoints/latest.safetensors)" = 3
check "the last epoch has a picture" test -s patient/samples/epoch-0003.png
run_expecting 0 "${still[@]}" --out patient --resume --set train.patience=2
check_says "^nothing to do: 3 of 9 epochs are done$"
run_expecting 0 "${still[@]}" --out patient --resume --set train.patience=3
check_says "^stopped after epoch 4: 3 evaluations"
run_expecting 0 "${settings[@]}" --out untiring -q --set train.patience=3
check "a patient run is another run" cmp <(history again | head -n 7) <(history untiring)

# Errors come before anything is trained, or made.
expect_error 2 "\[train\] patience = 3: there are no evaluations to wait for: set metrics.every" \
  --config c.ini --set metrics.every=0 --set train.patience=3 --out early -q
run_expecting 1 --config c.ini --set data.test_images=none.gz --out early
check_says "\[metrics\] every = 2: .*none.gz: "
check "no run directory was made" test ! -e early
run_expecting 2 --config c.ini --set metrics.best=frecket --out early
check_says "did you mean 'frechet'"
run_expecting 0 sample whole/checkpoints/latest.safetensors -n 600 -o images.idx
run_expecting 2 --config c.ini --set data.images=images.idx --set data.range= --set data.test_images=images.idx --out early
check_says "metrics.best = frechet: it takes labels .*set data.labels, or choose another score"

finish
