# data.stack: a run on stacks of the built-in digits, its modes, exact resume, and what is refused.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
export XDG_CACHE_HOME=$PWD/cache
stacked=(--config c.ini --set data.stack=yes --set metrics.every=2 --set metrics.best=modes --set train.epochs=4)

run_expecting 0 "${stacked[@]}" --out run
check_says "^data: builtin:digits: 600 images of 28x28 RGB, .*, stacked$"
check_says "frechet is left out: stacked images have no classes of their own: use modes"
check_says "^epoch 2:  modes [0-9]+ \(real images [0-9]+\)  mode_divergence [0-9.]+ \(real images 0\.[0-9]+\)"
check "real images show nearly all" test "$(last_value run/metrics.csv modes_real)" -gt 950
check "samples of a new generator do not" test "$(last_value run/metrics.csv modes)" -lt 500
run_expecting 0 inspect run/checkpoints/best.safetensors

# The same by the command; and real stacks in the place of samples are what data show.
run_expecting 0 eval run/checkpoints/latest.safetensors --metrics modes --json -q
check_prints "\"modes\": $(last_value run/metrics.csv modes),"
run_expecting 0 sample run/checkpoints/latest.safetensors -n 200 -o samples.npy
run_expecting 0 eval --images samples.npy --config c.ini --set data.stack=yes --set data.channels=grey --metrics modes -q
check_prints "combinations of classes that stacked images show"

# Resume.
run_expecting 0 "${stacked[@]}" --out again -q --set train.epochs=2
run_expecting 0 "${stacked[@]}" --out again -q --resume
check "rows" cmp <(history run) <(history again)
check "weights" cmp <(tail -c 4000 run/checkpoints/epoch-0004.safetensors) <(tail -c 4000 again/checkpoints/epoch-0004.safetensors)

# What is refused.
expect_error 2 "builtin:digits has images in colour, and grey ones are stacked: set data.channels = grey" \
  "${stacked[@]}" --set data.channels=rgb --out refused -q
expect_error 2 "metrics.best = frechet: stacked images have no classes of their own: use modes, or choose another score" \
  "${stacked[@]}" --set metrics.best=frechet --out refused -q
expect_error 2 "metrics.best = modes: it takes stacked images: set data.stack = yes, or choose another score" \
  "${stacked[@]}" --set data.stack=no --out refused -q
run_expecting 0 --config c.ini --out plain -q
expect_error 2 "modes cannot be measured: it takes stacked images: set data.stack = yes" \
  eval plain/checkpoints/latest.safetensors -n 100 --metrics modes -q
check "something was written" test ! -e refused
check_not "a plain run has no modes" grep -q modes plain/metrics.csv

finish
