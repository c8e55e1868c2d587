# The model ascent through the program: it trains, goes on as if it had not been stopped, its buffer included,
# and the commands take its checkpoints, but for those that need a latent vector. What it cannot be is refused.

source "$(dirname "$0")/lib.sh" "$@"

cat >ascent.ini <<'INI'
[data]
range = 0:200
[discriminator]
layers = dense 32, leaky_relu 0.2
[ascent]
steps = 5
buffer = 50
[train]
model = ascent
epochs = 4
batch_size = 20
threads = 1
[output]
grid = 4x4
INI
latest=checkpoints/latest.safetensors

# --- Training, and resume ---

for buffer in 0 50; do
  run_expecting 0 --config ascent.ini --set ascent.buffer=$buffer --out whole-$buffer --quiet
  (mkdir parts-$buffer && cd parts-$buffer &&
    "$gantrain" --config ../ascent.ini --set ascent.buffer=$buffer --out run --set train.epochs=2 -q &&
    "$gantrain" --config ../ascent.ini --set ascent.buffer=$buffer --out run --resume -q) >/dev/null
  check "buffer of $buffer: a resumed run has another history" diff <(history whole-$buffer) <(history parts-$buffer/run)
  run_expecting 0 sample whole-$buffer/$latest -n 32 --seed 5 -o whole.npy
  run_expecting 0 sample parts-$buffer/run/$latest -n 32 --seed 5 -o parts.npy
  check "buffer of $buffer: a resumed run has other samples" cmp whole.npy parts.npy
done
run_expecting 0 sample whole-50/$latest -n 8 --seed 5 -o few.npy
check "the number of samples changes them" cmp <(tail -c 6272 few.npy) <(tail -c 25088 whole.npy | head -c 6272)
run_expecting 0 --config ascent.ini --set train.epochs=1 --set train.threads=2 --set train.backend=native --out threads -q
run_expecting 0 --config ascent.ini --set train.epochs=1 --set train.backend=native --out thread -q
check "the number of threads changes the result" diff <(history threads) <(history thread)

# --- A stop while samples are drawn, which may take many more steps than those of training ---

begins_after=$slowness # seconds until samples are drawn, on most machines
stop_slow() { # ARGUMENT...
  "$gantrain" "$@" >.stdout 2>.stderr &
  sleep $begins_after
  local begin=$EPOCHREALTIME
  kill -TERM $!
  wait $!
  check "stopped: status $?: gantrain $*" test $? = 143
  check "stopped after a while: gantrain $*" awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { exit !(b - a < 20) }'
}
slow=(--config ascent.ini --out slow -q --resume)
run_expecting 0 "${slow[@]}" --set train.epochs=3
stop_slow "${slow[@]}" --set ascent.sample_steps=100000
# Step 40 where the machine is fast enough to draw by then.
check_says "stopped at step (3[0-9]|40) and saved slow/checkpoints/epoch-0003-step-00000[34][0-9].safetensors"
run_expecting 0 "${slow[@]}"
check "a run that was stopped while it drew has another history" diff <(history whole-50) <(history slow)
check "and another picture" cmp {whole-50,slow}/samples/epoch-0004.png
rm slow/samples/epoch-0004.png
stop_slow "${slow[@]}" --set ascent.sample_steps=100000
run_expecting 0 "${slow[@]}"
check "a picture that was cut short" cmp {whole-50,slow}/samples/epoch-0004.png

# A stop within a step, which may take as long: the step is given up, and made by --resume.
long=(--config ascent.ini -q --set ascent.steps=$((9000 / slowness)) --set ascent.sample_steps=1 --set data.range=0:20 --set train.epochs=2)
begin=$EPOCHREALTIME
run_expecting 0 "${long[@]}" --out long
eighth=$(awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { print (b - a) / 8 }') # of two steps: within the one that begins
for epoch in 0 1; do
  "$gantrain" "${long[@]}" --out cut --resume >.stdout 2>.stderr &
  wait_until test -e cut/samples/epoch-000$epoch.png
  wait_until test -e cut/report.html
  ((epoch == 0)) || wait_until test -e cut/checkpoints/epoch-0001.safetensors
  sleep "$eighth" # before its first step a signal just ends the program
  kill -TERM $!
  wait $!
  check "stopped within a step: status $?" test $? = 143
  check_says "stopped at step $epoch and saved "
done
run_expecting 0 "${long[@]}" --out cut --resume
check "a run that was stopped within its steps has another history" diff <(history long) <(history cut)
check "and other weights" cmp <(tail -c 4000 long/checkpoints/epoch-0002.safetensors) <(tail -c 4000 cut/checkpoints/epoch-0002.safetensors)

# A stop after the row of an epoch, before its picture: its events wait for both.
board=(--config ascent.ini --out board -q --set output.tensorboard=yes --set output.grid=40x40 --set train.epochs=1)
if "$gantrain" "${board[@]}" -n >.stdout 2>&1; then
  "$gantrain" "${board[@]}" --set ascent.sample_steps=100 2>.stderr &
  while kill -0 $! 2>/dev/null && ! grep -qs '^1,' board/metrics.csv; do sleep 0.02; done
  kill -TERM $!
  wait $!
  run_expecting 0 "${board[@]}" --resume
  check "events without a picture that was cut short" test "$(grep -ao IHDR board/events.out.tfevents.gantrain | wc -l)" = 2
fi

# --- Commands ---

run=whole-50
run_expecting 0 inspect $run/$latest
check_prints "^ascent.buffer +F32 +50 x 784 "
run_expecting 0 inspect whole-0/$latest
check_not "a buffer that was not asked for" prints "^ascent.buffer"
run_expecting 0 nearest $run/$latest -o nearest.png
check "no picture" test -s nearest.png
for command in interpolate traverse plane; do
  expect_error 2 "the model ascent has no latent vector to change" $command $run/$latest
done
expect_error 2 "a checkpoint of train.model = ascent has discriminator$" export $run/$latest -o x.c
run_expecting 0 eval $run/$latest -m value -n 100 -q --set data.test_images=builtin:digits
check_prints "V\(G, D\) on test images"
expect_error 2 "likelihood cannot be measured: the model ascent has no likelihood" eval $run/$latest -m likelihood -q

# --- Errors ---

expect_error 2 "ascent.steps=0: needs a whole number, 1 to" --config ascent.ini --set ascent.steps=0
expect_error 2 "ascent.rate=0: needs" --config ascent.ini --set ascent.rate=0
expect_error 2 "\[discriminator\] layers: the model ascent takes no dropout" \
  --config ascent.ini --set "discriminator.layers=dense 32, dropout 0.5" --out never
expect_error 2 "\[train\] d_steps = 2: the model ascent does not read it" --config ascent.ini --set train.d_steps=2 --out never
expect_error 2 "\[discriminator\] augment = cutout: the model ascent does not read it: .* train.model = gan" \
  --config ascent.ini --set discriminator.augment=cutout --out never
write_config gan.ini
expect_error 2 "\[ascent\] steps = 7: the model gan does not read it: .* train.model = ascent" \
  --config gan.ini --set ascent.steps=7 --out never
run_expecting 2 --config gan.ini --out $run --resume -q
check_says "^train.model: ascent -> gan"
run_expecting 2 --config ascent.ini --out $run --resume -q --set ascent.buffer=60
check_says "^ascent.buffer: 50 -> 60"

finish
