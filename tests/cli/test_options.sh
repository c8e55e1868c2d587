# What training may be asked for besides its defaults: `sample` draws with the average of the weights,
# or with --raw with the last ones; every option changes the run it is set in, and one that cannot be
# used is refused with its place and its reason.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini

# --- The average ---

sample() { # RUN, FILE, ARGUMENT...
  run_expecting 0 sample "$1/checkpoints/latest.safetensors" -n 16 -o "$2" "${@:3}"
}

run_expecting 0 --config c.ini -q --out averaged --set generator.ema=0.99
run_expecting 0 --config c.ini -q --out plain
sample averaged averaged.idx
sample averaged averaged-raw.idx --raw
sample plain plain.idx
sample plain plain-raw.idx --raw
check_not "--raw draws with the average" cmp -s averaged.idx averaged-raw.idx
check "--raw means something where there is no average" cmp plain.idx plain-raw.idx
check "an average changes what is learned" cmp averaged-raw.idx plain.idx
check "an average changes the history" diff <(history averaged) <(history plain)
check_not "the grids are not drawn with the average" \
  cmp -s averaged/samples/epoch-0002.png plain/samples/epoch-0002.png
check "before the first step the average is the weights" \
  cmp averaged/samples/epoch-0000.png plain/samples/epoch-0000.png
run_expecting 2 --config c.ini -q --out averaged --resume --set generator.ema=0.9
check_says "^generator.ema: 0.99 -> 0.9$"

# --- Every option has an effect ---

changes() { # WHAT SETS IT, ARGUMENT...: the run's history differs from those of the defaults
  run_expecting 0 --config c.ini -q --out "changed" --force "${@:2}"
  check_not "$1 changes nothing" diff -q <(history changed) <(history plain) >.diff
}
for option in generator.init="uniform 0.05" discriminator.init=he generator.output_bias=marginals \
  generator.lr_decay=0.9 discriminator.lr_decay=0.9 discriminator.label_smoothing=0.1 \
  discriminator.r1_gamma=1 discriminator.r2_gamma=1 discriminator.augment=translation \
  discriminator.augment=cutout discriminator.augment=colour; do
  changes "$option" --set "$option"
done
history_of() { # ARGUMENT...
  run_expecting 0 --config c.ini -q --out changed --force "$@"
  history changed
}
decayed=$(history_of --set generator.lr_decay=0.9)
check_not "lr_floor changes nothing" test "$decayed" = \
  "$(history_of --set generator.lr_decay=0.9 --set generator.lr_floor=0.0001)"
penalised=$(history_of --set discriminator.r1_gamma=1)
check_not "r1_final changes nothing" test "$penalised" = \
  "$(history_of --set discriminator.r1_gamma=1 --set discriminator.r1_final=0)"
both=$(history_of --set discriminator.r1_gamma=1 --set discriminator.r2_gamma=1)
check_not "r2_gamma next to r1_gamma changes nothing" test "$penalised" = "$both"
check_not "r2_final changes nothing" test "$both" = \
  "$(history_of --set discriminator.r1_gamma=1 --set discriminator.r2_gamma=1 --set discriminator.r2_final=0)"
check_not "r1_every changes nothing" test "$penalised" = \
  "$(history_of --set discriminator.r1_gamma=1 --set discriminator.r1_every=3)"
falling=$(history_of --set generator.lr_schedule=cosine)
check_not "lr_schedule changes nothing" test "$falling" = "$(history_of)"
check_not "lr_final changes nothing" test "$falling" = \
  "$(history_of --set generator.lr_schedule=cosine --set generator.lr_final=0.0001)"
check_not "schedule_epochs changes nothing" test "$falling" = \
  "$(history_of --set generator.lr_schedule=cosine --set train.schedule_epochs=1)"
check "a schedule to where it begins is none" test "$(history_of)" = \
  "$(history_of --set generator.lr_schedule=cosine --set generator.lr_final=0.0002)"
run_expecting 0 --config c.ini -q --out ramped --set generator.ema=0.99
run_expecting 0 --config c.ini -q --out changed --force --set generator.ema=0.99 --set generator.ema_ramp=0.5
check_not "ema_ramp changes nothing" cmp -s {ramped,changed}/samples/epoch-0002.png
sgd="--set discriminator.optimizer=sgd --set discriminator.lr=0.02"
# shellcheck disable=SC2086 # words
steady=$(history_of $sgd --set discriminator.momentum_end=0.9)
# shellcheck disable=SC2086
ramp=$(history_of $sgd --set discriminator.momentum_end=0.9 --set discriminator.momentum_epochs=2)
check "the first epoch has the momentum of the beginning" \
  test "$(sed -n 2p <<<"$steady")" = "$(sed -n 2p <<<"$ramp")"
check_not "momentum stays in the second epoch" test "$(sed -n 3p <<<"$steady")" = "$(sed -n 3p <<<"$ramp")"

# Every loss trains a pair, and is reported under a name of its own where D gives no probability.
losses=$("$gantrain" help losses | sed -n 's/^  \([a-z_]*\)  .*/\1/p')
check "losses that are listed" test "$(wc -w <<<"$losses")" = 6
for loss in $losses; do
  run_expecting 0 --config c.ini -q --out "loss-$loss" --set train.loss="$loss"
  column=$loss
  [[ $loss != @(non_saturating|minimax) ]] || column=value
  check "$loss: the column $column" grep -q "^epoch,step,d_loss,g_loss,$column,d_real,d_fake," "loss-$loss/metrics.csv"
  for other in $losses; do
    [[ $other == "$loss" || ! -e loss-$other ]] ||
      check_not "$loss is as $other" cmp -s <(history "loss-$loss") <(history "loss-$other")
  done
done
run_expecting 0 --config c.ini --dry-run --set train.loss=relativistic --set discriminator.augment="colour cutout"
check_prints "relativistic loss, augmented by cutout colour"
check_prints "optimum: paired loss = log 2 = 0.6931"
expect_error 2 "value cannot be measured: by its train.loss, what the discriminator says is no probability" \
  eval loss-hinge/checkpoints/latest.safetensors -n 100 --metrics value --set data.test_images=builtin:digits -q
run_expecting 0 eval loss-minimax/checkpoints/latest.safetensors -n 100 --metrics value \
  --set data.test_images=builtin:digits -q

# The first grid of a run that begins at the marginals is not that of one that begins at grey.
run_expecting 0 --config c.ini -q --out marginals --set generator.output_bias=marginals \
  --set generator.init="uniform 1e-6" --set train.epochs=1
run_expecting 0 --config c.ini -q --out grey --set generator.init="uniform 1e-6" --set train.epochs=1
check_not "the first images are grey" cmp -s {marginals,grey}/samples/epoch-0000.png

# --- What is refused ---

refused() { # REGEX, ARGUMENT...
  expect_error 2 "$1" --config c.ini -q --out refused "${@:2}"
}
refused '\[discriminator\] layers: batchnorm couples the images.*leave it out, or set r1_gamma = 0 and r2_gamma = 0' \
  --set discriminator.layers="dense 8, batchnorm" --set discriminator.r1_gamma=1
refused '\[discriminator\] layers: batchnorm couples' \
  --set discriminator.layers=batchnorm --set discriminator.r2_gamma=1
refused '\[generator\] layers: minibatch_stddev makes an image depend' --set generator.layers=minibatch_stddev
refused '\[discriminator\] layers: minibatch_stddev couples the images.*leave it out, or set r1_gamma = 0' \
  --set discriminator.layers="dense 8, minibatch_stddev" --set discriminator.r1_gamma=1
refused '\[discriminator\] layers: batchnorm couples' --dry-run \
  --set discriminator.layers="batchnorm" --set discriminator.r1_gamma=1
for init in uniform "uniform 0" "uniform 11" "he 3" gloro; do
  refused "generator.init=$init: needs one of: auto, he, glorot, uniform R \(R 1e-06 to 10\)" \
    --set "generator.init=$init"
done
sed 's/^.discriminator.$/&\ninit = gloro/' c.ini >wrong.ini
expect_error 2 'wrong.ini:7: \[discriminator\] init = gloro: needs one of: auto, he' --config wrong.ini -q --out refused
refused "\[discriminator\] label_smoothing = 0.1: train.loss = hinge has no target to smooth: leave it out" \
  --set discriminator.label_smoothing=0.1 --set train.loss=hinge
refused "train.loss=wasserstien: needs one of: non_saturating.*relativistic; did you mean 'wasserstein'" \
  --set train.loss=wasserstien
refused "discriminator.augment=color: 'color': needs some of: translation cutout colour; did you mean 'colour'" \
  --set discriminator.augment=color
refused "generator.ema=1: needs a number 0 to 0.999999" --set generator.ema=1
refused "discriminator.label_smoothing=0.6: needs a number 0 to 0.5" --set discriminator.label_smoothing=0.6
refused "discriminator.r1_every=0: needs a whole number, 1 to" --set discriminator.r1_every=0
refused "discriminator.r1_gamma=-1: needs a number 0 to" --set discriminator.r1_gamma=-1
refused "generator.lr_decay=0: needs a number above 0 and up to 1" --set generator.lr_decay=0
refused "generator.lr_decay=1.1: needs a number above 0 and up to 1" --set generator.lr_decay=1.1
refused "generator.lr_schedule=cosin: needs one of: constant, cosine; did you mean 'cosine'\?" \
  --set generator.lr_schedule=cosin
refused "\[generator\] lr_schedule = cosine: lr_decay = 0.9 is a schedule too: leave one of them out" \
  --set generator.lr_schedule=cosine --set generator.lr_decay=0.9
refused "discriminator.r1_final=-1: needs a number 0 to" --set discriminator.r1_final=-1
refused "generator.momentum_epochs=2.5: needs a whole number, 0 to" --set generator.momentum_epochs=2.5
refused "generator.output_bias=mean: needs one of: zero, marginals" --set generator.output_bias=mean
refused "'dropout' needs P" --set generator.layers=dropout
refused "P of 'dropout' is '1'" --set generator.layers="dropout 1"
refused "'maxout' needs PIECES" --set generator.layers="maxout 3"
refused "'batchnorm' takes no '3'" --set generator.layers="batchnorm 3"
check "something was written" test ! -e refused

# --- Keys that do nothing because of another: a warning, since configs that have them must load ---

idle() { # KEY=VALUE, KEY=VALUE of the other
  run_expecting 0 --config c.ini -n --out refused --set "$1"
  check "$1: one warning" test "$(grep -c "^warning: ${1%%=*} = ${1#*=} does nothing while ${2%%=*} = ${2#*=}$" .stdout)" = 1 -a "$(grep -c "does nothing" .stdout)" = 1
}
idle generator.lr_floor=0.1 generator.lr_decay=1
idle discriminator.lr_final=0.1 discriminator.lr_schedule=constant
idle generator.momentum=0.9 generator.optimizer=adam
idle generator.ema_ramp=0.1 generator.ema=0
idle discriminator.r1_final=1 discriminator.r1_gamma=0
idle discriminator.r2_final=1 discriminator.r2_gamma=0
idle metrics.best=score metrics.every=0
idle metrics.samples=200 metrics.every=0
idle data.fit=pad "data.size=(none)"
# Several others: each that the model reads is named.
idle_while() { # KEY=VALUE, TEXT, ARGUMENT...
  run_expecting 0 --config c.ini -n --out refused --set "$1" "${@:3}"
  check "$1: one warning" test "$(grep -c "^warning: ${1%%=*} = ${1#*=} does nothing while $2$" .stdout)" = 1 -a "$(grep -c "does nothing" .stdout)" = 1
}
idle_while discriminator.r1_every=4 "discriminator.r1_gamma = 0, discriminator.r2_gamma = 0"
idle_while train.schedule_epochs=5 "generator.lr_schedule = constant, discriminator.lr_schedule = constant, discriminator.r1_final = (none), discriminator.r2_final = (none)"
idle_while train.schedule_epochs=5 "generator.lr_schedule = constant" --set train.model=codes \
  --set discriminator.layers="dense 512, leaky_relu 0.2, dense 256, leaky_relu 0.2" # the default, of which no word is said
idle_while data.skip_bad=yes "data.images = builtin:digits, data.test_images = (none)"
idle_while data.skip_bad=yes "data.images = builtin:digits, data.test_images = builtin:digits" --set data.test_images=builtin:digits
idle_while data.background=black "data.images = builtin:digits, data.test_images = (none), data.size = (none)"
idle_while data.background=black "data.images = builtin:digits, data.test_images = (none), data.fit = crop" --set data.size=20x16
run_expecting 0 --config c.ini -n --set generator.optimizer=sgd --set generator.beta2=0.9 --set generator.momentum=0.9 --set generator.momentum_end=0.8
check_prints "^warning: generator.beta2 = 0.9 does nothing while generator.optimizer = sgd$"
check_prints "^warning: generator.momentum_end = 0.8 does nothing while generator.momentum_epochs = 0$"
check "two warnings" test "$(grep -c "does nothing" .stdout)" = 2
run_expecting 0 --config c.ini -n --set generator.lr_schedule=cosine --set generator.lr_final=0.00001 --set generator.ema=0.9 --set generator.ema_ramp=0.1 \
  --set discriminator.optimizer=sgd --set discriminator.momentum=0.9 --set discriminator.r1_gamma=1 --set discriminator.r1_final=0.1 \
  --set discriminator.r1_every=4 --set train.schedule_epochs=5 --set data.size=20x16 --set data.fit=pad --set data.background=black
check_not "a warning of a key that does something" prints "does nothing"
run_expecting 0 --config c.ini -n --set discriminator.r2_gamma=1 --set discriminator.r1_every=4 \
  --set generator.lr_schedule=cosine --set train.schedule_epochs=5
check_not "a warning of a key that does something" prints "does nothing"

finish
