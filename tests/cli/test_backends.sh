# Every backend and precision that this build has on this machine: a run that was stopped and goes on ends as
# one that was not, byte for byte; what is not there is refused with a list of what is.

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

finish
