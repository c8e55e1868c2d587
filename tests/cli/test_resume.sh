# A run that was stopped, however and wherever, and goes on must end as if nothing had happened: the same
# checkpoints to the byte, the same history, the same pictures. What does not fit is refused; what is
# damaged is passed over.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
PATH=$(dirname "$gantrain"):$PATH
out="a run's directory" # the printed command must quote it

# The config of the runs that are stopped. An epoch should take about a fifth of a second, so that a
# signal lands inside one: how many images that takes is measured. The backend is named, since what auto
# measures at the start of two runs may differ.
write_slow_config() { # FILE
  run_expecting 0 --config c.ini -q --set train.epochs=3 --set generator.layers="dense 128, leaky_relu" --out pace
  local pace images
  pace=$(last_value pace/metrics.csv images_per_second | cut -d. -f1)
  images=$((pace / 5 / 20 * 20))
  ((images > 600)) || images=600
  ((images < 10000)) || images=10000
  write_config "$1"
  sed -i "s/0:600/0:$images/; s/^layers = dense 32.*/layers = dense 128, leaky_relu/; s/^epochs.*/epochs = 4\nbackend = native/" "$1"
}

# In a directory of its own, so that each has the same --out, which stands in the checkpoints' config.
in_directory() { # DIRECTORY, COMMAND...
  mkdir -p "$1"
  cd "$1" || exit 1
  shift
  "$@"
  cd "$work" || exit 1
}

train() { # STATUS, DIRECTORY, ARGUMENT...
  in_directory "$2" run_expecting "$1" --config ../c.ini --out "$out" "${@:3}"
}

same_history() {
  diff <(history "$1/$out") <(history "$2/$out")
}

check_same() { # DIRECTORY, DIRECTORY: two finished runs
  local first=$1/$out second=$2/$out file
  for file in config.ini checkpoints/epoch-0004.safetensors; do
    check "$2: another $file" cmp "$first/$file" "$second/$file"
  done
  check "$2: another history" same_history "$1" "$2"
  check "$2: other pictures" diff -r "$first/samples" "$second/samples"
  check "$2: latest is not the last" \
    test "$(readlink "$second/checkpoints/latest.safetensors")" = epoch-0004.safetensors
  check "$2: something unfinished is left" test -z "$(find "$second" -name '*.tmp')"
}

# Starts a run in the background, and sends it a signal at a random moment after its second epoch. If it
# was done before that moment came, does it again. Its status is left in `status`, its stderr in .stderr.
stop_within() { # DIRECTORY, SIGNAL
  local try
  for ((try = 0; try < 20; try++)); do
    rm -rf "${work:?}/$1"
    mkdir "$work/$1"
    (cd "$work/$1" && exec "$gantrain" --config ../slow.ini --out "$out" >"$work/.stdout" 2>"$work/.stderr") &
    wait_until has_epoch "$1/$out/metrics.csv" 2
    sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
    kill "-$2" $!
    wait $! 2>/dev/null
    status=$?
    ((status == 0)) || has_epoch "$1/$out/metrics.csv" 4 || return 0
  done
  fail "the run was always finished before $2 came"
}

# --- Stopped by signals ---

write_slow_config slow.ini
cp c.ini quick.ini && cp slow.ini c.ini
train 0 whole
check "four epochs" has_epoch "whole/$out/metrics.csv" 4

for number in 1 2; do
  stop_within "killed-$number" KILL
  check "killed" test "$status" = 137
  train 0 "killed-$number" --resume
  check_says "resuming from .*/epoch-000[123].safetensors"
  check_same whole "killed-$number"
done

# The command that is printed must be one that goes on.
for signal in INT:130 TERM:143; do
  name=stopped-${signal%:*}
  stop_within "$name" "${signal%:*}"
  check "$signal: status $status" test "$status" = "${signal#*:}"
  check_says "^gantrain: stopped at step [0-9]+ and saved .*/checkpoints/epoch-000[23]"
  command=$(sed -n 's/^to continue: //p' .stderr | sed 's|slow.ini|c.ini|')
  check "$signal: no command is printed" test -n "$command"
  in_directory "$name" eval "$command" >.stdout 2>.stderr
  check_says "resuming from .*/epoch-000[23].*safetensors"
  check_same whole "$name"
done

# A job that is killed and started again, always with the same command, at any moment of its life.
mkdir restless
for ((round = 0; round < 6; round++)); do
  (cd restless && exec "$gantrain" --config ../c.ini --out "$out" --resume -q 2>>../.stderr) &
  sleep "0.$((RANDOM % 8))$((RANDOM % 10))"
  kill -KILL $! 2>/dev/null
  wait $! 2>/dev/null
done
train 0 restless --resume
check_same whole restless

# --- With all that training may be asked for: every layer, penalty, average, decay, momentum on its way ---

write_config_of_options() { # FILE, IMAGES
  cat >"$1" <<INI
[data]
range = 0:$2
[generator]
latent_dim = 16
layers = dense 48, batchnorm, leaky_relu, dropout 0.1, maxout 32 2
init = uniform 0.05
output_bias = marginals
lr_schedule = cosine
lr_final = 0.00005
ema = 0.99
ema_ramp = 0.2
[discriminator]
layers = dropout 0.2, maxout 24 3, dropout 0.5, dense 24, tanh
init = glorot
optimizer = sgd
lr = 0.02
lr_decay = 0.999
momentum = 0.3
momentum_end = 0.8
momentum_epochs = 3
label_smoothing = 0.1
r1_gamma = 0.5
r1_final = 0.05
r2_gamma = 0.2
r1_every = 3
augment = translation cutout colour
[train]
epochs = 4
batch_size = 20
d_steps = 2
threads = 1
backend = native
[output]
grid = 4x4
INI
}

write_config_of_options slow.ini "$(sed -n 's/^range = 0://p' slow.ini)"
cp slow.ini c.ini
train 0 options
stop_within killed-options KILL
train 0 killed-options --resume
check_says "resuming from .*/epoch-000[123].safetensors"
check_same options killed-options

# Likewise with one update of both networks, and a loss of pairs.
sed -i 's/^d_steps.*/&\nupdates = simultaneous\nloss = relativistic/; /^label_smoothing/d' slow.ini
cp slow.ini c.ini
train 0 simultaneous
stop_within stopped-simultaneous TERM
train 0 stopped-simultaneous --resume
check_same simultaneous stopped-simultaneous

# --- From here on nothing depends on a moment, so epochs may be short ---

sed 's/^epochs.*/epochs = 4/' quick.ini >c.ini
train 0 short

copy() { # DIRECTORY: of the finished run, to be spoilt
  rm -rf "$1"
  cp -r short "$1"
}

copy finished
before=$(fingerprint finished | timeless)
train 0 finished --resume
check_says "nothing to do: 4 of 4 epochs are done"
check "a finished run changed" test "$before" = "$(fingerprint finished | timeless)"
train 0 finished --resume --set train.epochs=3
check_says "nothing to do: 4 of 3 epochs"

train 0 fresh --resume
check_same short fresh
in_directory letter run_expecting 0 -c ../c.ini -o "$out" -r
check_same short letter
mkdir -p "bare/$out"
train 0 bare --resume
check_same short bare

copy damaged
flip_byte "damaged/$out/checkpoints/epoch-0004.safetensors" 100000
train 0 damaged --resume
check_says "warning: .*epoch-0004.safetensors: damaged: .*; taking the checkpoint before it"
check_says "resuming from .*epoch-0003.safetensors: epoch 3, step 90"
check_same short damaged

copy cut
for epoch in 3 4; do
  truncate -s 5000 "cut/$out/checkpoints/epoch-000$epoch.safetensors"
done
train 0 cut --resume
check_says "resuming from .*epoch-0002.safetensors"
check_same short cut

copy hopeless
for file in "hopeless/$out"/checkpoints/epoch*; do
  flip_byte "$file" 100000
done
before=$(fingerprint hopeless | timeless)
train 1 hopeless --resume
check_says "none of its 3 checkpoints can be read"
check "a run of damaged checkpoints changed" test "$before" = "$(fingerprint hopeless | timeless)"

# --- Another config ---

copy other
before=$(fingerprint other | timeless)
train 2 other --resume --set train.batch_size=25 --set train.d_steps=2
check_says "^train.batch_size: 20 -> 25$"
check_says "^train.d_steps: 1 -> 2$"
train 2 other --resume --set generator.layers="dense 33, leaky_relu 0.2"
check_says "^generator.layers: dense 32, leaky_relu 0.2 -> dense 33, leaky_relu 0.2$"
idx 8 3 470400 600 28 28 >other.idx
train 2 other --resume --set data.images=../other.idx
check_says "^data.images: .*checksum"
check "a refused run changed" test "$before" = "$(fingerprint other | timeless)"

copy longer
train 0 longer --resume --set train.epochs=6 --set generator.lr=0.001 --set output.keep=2 -q
check "six epochs" has_epoch "longer/$out/metrics.csv" 6
check "the first four epochs have another history" diff <(history "short/$out") <(history "longer/$out" | head -n 5)
check "two are kept" test "$(find "longer/$out/checkpoints" -type f | wc -l)" = 2

# --- From a checkpoint that is named ---

copy back
in_directory back run_expecting 0 --config ../c.ini --out "$out" "--resume=$out/checkpoints/epoch-0002.safetensors"
check_says "resuming from .*epoch-0002.safetensors"
check_says "moved 2 newer checkpoints aside"
check "the third is kept" \
  cmp "back/$out/checkpoints/epoch-0003.safetensors.old-1" "short/$out/checkpoints/epoch-0003.safetensors"
check "the fourth is kept" test -e "back/$out/checkpoints/epoch-0004.safetensors.old-1"
check_same short back

in_directory elsewhere run_expecting 0 --config ../c.ini --out "$out" \
  "--resume=../short/$out/checkpoints/epoch-0002.safetensors"
check "resumed elsewhere, another end" cmp {short,elsewhere}/"$out"/checkpoints/epoch-0004.safetensors
in_directory nowhere expect_error 1 "missing: .*No such file" --config ../c.ini -q --out "$out" --resume=missing
train 0 nowhere # what failed to begin must not stand in the way of what begins now
check_same short nowhere

finish
