# train.init_from: a run begins with the weights of another, where names and shapes agree, and says what it did
# not take; counters begin at zero, and what is resumed does not look at the file again.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
from=first/checkpoints/latest.safetensors

run_expecting 0 --config c.ini -q --out first --set generator.ema=0.9
tensor() { # FILE, NAME: its bytes, from its place in the header
  local header place
  header=$(od -An -tu8 -N8 "$1" | tr -d ' ')
  place=$(tail -c +9 "$1" | head -c "$header" | grep -o "\"$2\": *{[^}]*}" | grep -o '"data_offsets": *\[[^]]*\]' | tr -dc '0-9,')
  tail -c +$((8 + header + ${place%,*} + 1)) "$1" | head -c $((${place#*,} - ${place%,*}))
}

# The very weights: with a rate next to nothing they stay what they were.
still=(--set generator.lr=1e-30 --set discriminator.lr=1e-30 --set train.seed=5)
run_expecting 0 --config c.ini --out second --set train.init_from=$from "${still[@]}" --set train.epochs=1
check_says "^the first weights are those of .*/first/checkpoints/epoch-"
check_says "taken: 8 of 8 tensors"
check_not "something was not taken" says "not taken"
for name in generator.0.weight generator.2.bias discriminator.0.weight; do
  check "$name is read" test "$(tensor $from $name | wc -c)" -gt 100
  check "$name is not the other run's" cmp <(tensor $from $name) <(tensor second/checkpoints/latest.safetensors $name)
done
check "counters begin at zero" has_epoch second/metrics.csv 1
run_expecting 0 --config c.ini -q --out drawn "${still[@]}" --set train.epochs=1
check_not "seed 5 draws the same weights" cmp -s <(tensor $from generator.0.weight) \
  <(tensor drawn/checkpoints/latest.safetensors generator.0.weight)

# Another width: its tensors are drawn, and named.
run_expecting 0 --config c.ini --out wider --set train.init_from=$from --set discriminator.layers="dense 40, leaky_relu 0.2"
check_says "not taken: .*discriminator.0.weight"
check_says "taken: 5 of 8 tensors" # the bias of one logit, too
sed '/^\[discriminator\]/,/^layers/d' c.ini >other.ini
run_expecting 0 --config other.ini --out other --set train.init_from=$from --set train.model=autoencoder
check_says "not taken: tensor 'discriminator.0.weight': this model has none of that name"
check_says "not taken: .*encoder.0.weight"

# A run is resumed without the file; one that was killed before its first checkpoint begins with it.
mv first gone
run_expecting 0 --config c.ini -q --out second --set train.init_from=$from "${still[@]}" --resume --set train.epochs=2
mv gone first
rm second/checkpoints/* second/metrics.csv
run_expecting 0 --config c.ini -q --out second --set train.init_from=$from "${still[@]}" --resume --set train.epochs=1
check "begun again" cmp <(tensor $from generator.0.weight) <(tensor second/checkpoints/latest.safetensors generator.0.weight)

# Errors come before anything is made.
expect_error 1 "\[train\] init_from: .*/nothing.safetensors: " --config c.ini -q --out refused --set train.init_from=nothing.safetensors
expect_error 1 "\[train\] init_from: .*/c.ini: " --config c.ini --dry-run --set train.init_from=c.ini
expect_error 2 "\[train\] init_from = .*no tensor has the name and shape" --config c.ini -q --out refused \
  --set train.init_from=$from --set generator.layers="dense 9, relu, dense 7" --set data.size=9 \
  --set discriminator.layers="dense 5, tanh, dense 3, tanh"
check "something was written" test ! -e refused

# --force may move what it names: the weights are those of the run that was there.
cp -r first forced
run_expecting 0 --config c.ini --out forced --force "${still[@]}" --set train.epochs=1 \
  --set train.init_from=forced/checkpoints/latest.safetensors
check_says "^the old run is now in forced.old-1$"
check_says "taken: 8 of 8 tensors"
check "forced: other weights" cmp <(tensor $from generator.0.weight) <(tensor forced/checkpoints/latest.safetensors generator.0.weight)

# In a file it is relative to the file, and absolute in the config of the run.
mkdir below
sed 's#^\[train\]#[train]\ninit_from = ../'"$from"'#' c.ini >below/c.ini
run_expecting 0 --config below/c.ini -q --out below/run
check "config.ini names no absolute path" grep -q '^init_from = /' below/run/config.ini

finish
