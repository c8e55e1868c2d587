# gantrain import: a checkpoint from weights of another program under the names of checkpoints: it draws what the
# weights draw and can be trained on; what is missing or left over is said; other files are refused.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
run_expecting 0 --config c.ini -q --out run --set generator.ema=0.9
checkpoint=run/checkpoints/latest.safetensors

# A file of one tensor of four bytes.
safetensors() { # FILE, NAME, DTYPE, SHAPE, BYTES for printf
  local header="{\"$2\":{\"dtype\":\"$3\",\"shape\":[$4],\"data_offsets\":[0,4]}}"
  while ((${#header} % 8 != 0)); do
    header+=" "
  done
  # shellcheck disable=SC2059 # the format is the bytes
  { printf "$(printf '\\%03o\\000\\000\\000\\000\\000\\000\\000' ${#header})%s" "$header"; printf "$5"; } >"$1"
}

# --- All weights: those of a checkpoint, which is such a file ---

run_expecting 0 import $checkpoint --config c.ini -o taken --set generator.ema=0.9
check_says "^taken/checkpoints/latest.safetensors: 12 tensors of $checkpoint$"
check_says "^left over: trainer.epoch_sums$"
check_says "^optimizers begin at 0: their state is left over, too$"
check "something is missing" test "$(grep -c missing .stderr)" = 0
for raw in "" --raw; do
  run_expecting 0 sample $checkpoint -n 3 -o before.idx $raw
  run_expecting 0 sample taken/checkpoints/latest.safetensors -n 3 -o after.idx $raw
  check "other images $raw" cmp before.idx after.idx
done
run_expecting 0 --config c.ini --out taken --resume --set generator.ema=0.9
check_says "^resuming from taken/checkpoints/epoch-0000.safetensors: epoch 0, step 0$"
check "two epochs" has_epoch taken/metrics.csv 2

# Without averages in the file, they begin with the weights.
run_expecting 0 --config c.ini -q --out plain
run_expecting 0 import plain/checkpoints/latest.safetensors --config c.ini -o averaged --set generator.ema=0.9
check_says "^missing, and initialised: generator.ema.0.weight, "
run_expecting 0 sample plain/checkpoints/latest.safetensors -n 3 -o before.idx
run_expecting 0 sample averaged/checkpoints/latest.safetensors -n 3 -o after.idx
check "the average is not the weights" cmp before.idx after.idx

# With a part of them, the others begin with the weights.
cp averaged/checkpoints/latest.safetensors part.safetensors
LC_ALL=C sed -i '1s/generator\.ema\.\([0-9]\)\.bias/generator.ema.\1.xxxx/g' part.safetensors
run_expecting 0 import part.safetensors --config c.ini -o partly --set generator.ema=0.9
check_says "^missing, and initialised: generator.ema.0.bias, generator.ema.2.bias$"
run_expecting 0 sample partly/checkpoints/latest.safetensors -n 3 -o after.idx
check "averages that are missing do not begin with the weights" cmp before.idx after.idx

# --- One weight ---

safetensors one.safetensors discriminator.2.bias F32 1 '\000\000\200\077'
run_expecting 0 import one.safetensors --config c.ini -o one
check_says "^one/checkpoints/latest.safetensors: 1 tensor of one.safetensors$"
check_says "^missing, and initialised: generator.0.weight, .*discriminator.2.weight$"
check "something is left over" test "$(grep -c "left over" .stderr)" = 0
run_expecting 0 inspect one/checkpoints/latest.safetensors
check_prints "^epoch +0$"

# --- What is refused ---

refused() { # STATUS, REGEX, ARGUMENT...
  expect_error "$1" "$2" import "${@:3}"
  check "$2: a run is left" test ! -e new
}
safetensors foreign.safetensors bert.pooler.weight F32 1 abcd
refused 1 "foreign.safetensors: none of its 1 tensors \(bert.pooler.weight, ...\) has a name of this model: generator.0.weight, " \
  foreign.safetensors --config c.ini -o new
safetensors shape.safetensors discriminator.2.bias F32 '1,1' abcd
refused 1 "shape.safetensors: tensor 'discriminator.2.bias' has another shape than \(1\)" shape.safetensors --config c.ini -o new
safetensors type.safetensors discriminator.2.bias I32 1 abcd
refused 1 "type.safetensors: tensor 'discriminator.2.bias' is I32, needs F32" type.safetensors --config c.ini -o new
safetensors nan.safetensors discriminator.2.bias F32 1 '\000\000\300\177'
refused 1 "nan.safetensors: tensor 'discriminator.2.bias' holds a number that is not finite" nan.safetensors --config c.ini -o new
refused 1 "c.ini: .*safetensors" c.ini --config c.ini -o new
refused 1 "missing: cannot be read" missing --config c.ini -o new
refused 2 "import: needs --config FILE" one.safetensors -o new
refused 2 "import: needs --out DIR" one.safetensors --config c.ini
refused 2 "train.epochs=x: needs" one.safetensors --config c.ini -o new --set train.epochs=x
expect_error 1 "one.safetensors: a safetensors file, but not a checkpoint of gantrain: gantrain import makes one" \
  --config c.ini --out new --resume=one.safetensors
expect_error 1 "run: already holds a run" import one.safetensors --config c.ini -o run
run_expecting 0 import one.safetensors --config c.ini -o run --force
check_says "^the old run is now in run.old-1$"
check "the old run is gone" test -e run.old-1/checkpoints/latest.safetensors

finish
