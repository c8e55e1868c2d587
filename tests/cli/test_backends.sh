# Every backend and precision that this build has on this machine: a run that was stopped and goes on ends as
# one that was not, byte for byte; what is not there is refused with a list of what is. Native products do not depend on
# the number of threads.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini

expect_error 2 "openblas, precision = bf16: this build on this machine has .*openblas fp32" \
  --config c.ini --out none --set train.backend=openblas --set train.precision=bf16
expect_error 2 "train.backend=abacus: needs one of: .*openblas" --config c.ini --out none --set train.backend=abacus
available=$(sed -n 's/.*this machine has //p' <<<"$("$gantrain" --config c.ini --out none --set train.backend=openblas \
  --set train.precision=bf16 2>&1)")
check "nothing is available" test -n "$available"

while read -r backend precision; do
  how=(--config c.ini -q --set "train.backend=$backend" --set "train.precision=$precision")
  for place in whole parts; do mkdir -p "$backend-$precision/$place"; done
  (cd "$backend-$precision/whole" && "$gantrain" "${how[@]/c.ini/../../c.ini}" --out run --set train.epochs=3)
  (cd "$backend-$precision/parts" && "$gantrain" "${how[@]/c.ini/../../c.ini}" --out run --set train.epochs=1 &&
    "$gantrain" "${how[@]/c.ini/../../c.ini}" --out run --set train.epochs=3 --resume)
  check "$backend $precision: another end" \
    cmp "$backend-$precision"/{whole,parts}/run/checkpoints/epoch-0003.safetensors
  check "$backend $precision: another picture" cmp "$backend-$precision"/{whole,parts}/run/samples/epoch-0003.png
done <<<"${available//, /$'\n'}"

# Native products have the same bytes on every number of threads, also when a run is resumed on another number. (Where
# there are fewer processors there are fewer threads: tests/nn has more threads than processors.)
native() { # DIRECTORY THREADS EPOCHS [--resume]
  mkdir -p "$1"
  (cd "$1" && "$gantrain" --config ../c.ini -q --out run --set train.backend=native --set train.precision=fp32 \
    --set "generator.layers=dense 200, leaky_relu 0.2" --set train.threads="$2" --set train.epochs="$3" "${@:4}")
}
native threads-1 1 2
for threads in 2 4; do
  native "threads-$threads" "$threads" 1
  native "threads-$threads" 1 2 --resume
  check "native: other weights on $threads threads" \
    cmp threads-{1,$threads}/run/checkpoints/epoch-0002.safetensors
done

# What auto measured at the start is kept: a run that is stopped and goes on makes products with the same
# backends, though it measures again.
measured() { # DIRECTORY EPOCHS [--resume]
  mkdir -p "$1"
  (cd "$1" && "$gantrain" --config ../c.ini --out run --set train.batch_size=64 --set train.backend=auto \
    --set train.precision=fp32 --set "generator.layers=dense 300, leaky_relu 0.2" --set train.epochs="$2" "${@:3}") 2>log
}
choices() { # CHECKPOINT
  "$gantrain" inspect "$1" | grep '^backend_choices '
}
measured begun 1
cp -r begun whole
cp -r begun parts
measured whole 3 --resume
measured parts 2 --resume
measured parts 3 --resume
check "auto: nothing was measured" choices begun/run/checkpoints/epoch-0001.safetensors
check "auto: other choices" test "$(choices begun/run/checkpoints/epoch-0001.safetensors)" = \
  "$(choices parts/run/checkpoints/epoch-0003.safetensors)"
check "auto: another end" cmp {whole,parts}/run/checkpoints/epoch-0003.safetensors

finish
