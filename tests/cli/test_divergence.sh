# Training that runs into numbers that are none must stop with status 3, name the network and the step, and
# leave the last good checkpoint to go on from.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
# Eight layers without anything between them: a step too long in one is multiplied by all the others.
sed -i 's/^layers.*/layers = dense 32, dense 32, dense 32, dense 32, dense 32, dense 32, dense 32/' c.ini
wild=(--set generator.lr=100 --set discriminator.lr=100 --set train.epochs=50)
sgd=(--set generator.optimizer=sgd --set discriminator.optimizer=sgd)

diverges() { # ARGUMENT...
  run_expecting 3 --config c.ini "$@"
  check_says "^gantrain: .*(generator|discriminator).* at step [0-9]+ \(epoch [0-9]+\); "
  check "one line of error" test "$(grep -c '^gantrain: ' .stderr)" = 1
}

# From the start: there is no good checkpoint yet, or one of an early epoch.
diverges --out early "${sgd[@]}" "${wild[@]}"
check_says "the last good checkpoint is (not there yet|early/checkpoints/)"
check_says "try a lower learning rate"
check "the log has it too" grep -q "the last good checkpoint is" early/log.txt

# After a good beginning.
run_expecting 0 --config c.ini -q --out late "${sgd[@]}" --set train.epochs=2
good=$(cksum late/checkpoints/epoch-0002.safetensors)
diverges --out late "${sgd[@]}" "${wild[@]}" --resume --set output.keep=1000
last=$(sed -n 's/.*the last good checkpoint is \([^;]*\);.*/\1/p' .stderr)
check "no good checkpoint is named" test -n "$last"
check "the good checkpoint changed" test "$good" = "$(cksum late/checkpoints/epoch-0002.safetensors)"
check "latest is another one" cmp "$last" late/checkpoints/latest.safetensors
run_expecting 0 inspect "$last"
check_prints "^checksum +matches"
run_expecting 0 sample "$last" -o picture.png
for file in late/checkpoints/epoch*; do
  run_expecting 0 inspect "$file"
done
check_not "a row of metrics holds what is no number" grep -Eq 'nan|inf' late/metrics.csv
check "something unfinished is left" test -z "$(find late -name '*.tmp')"

# And on from there, with the lower rate that the message asks for.
epochs=$(($(wc -l <late/metrics.csv) + 2))
run_expecting 0 --config c.ini -q --out late "${sgd[@]}" "--resume=late/checkpoints/epoch-0002.safetensors" \
  --set train.epochs=$epochs
check "it does not go on" has_epoch late/metrics.csv $epochs

# Each network by its name: the images of a generator that diverged spoil the discriminator's loss first.
deep="dense 32$(printf ', dense 32%.0s' {1..30})"
run_expecting 3 --config c.ini -q --out g --set generator.lr=100 --set "generator.layers=$deep" \
  --set train.epochs=50
check_says "^gantrain: generator: diverged"
run_expecting 3 --config c.ini -q --out d "${sgd[@]}" --set generator.lr=1e-9 --set discriminator.lr=100 \
  --set train.epochs=50
check_says "^gantrain: discriminator: diverged"

# Quiet or not, with adam or not.
run_expecting 3 --config c.ini -q --out quiet "${sgd[@]}" "${wild[@]}"
check "one line" test "$(wc -l <.stderr)" = 1

finish
