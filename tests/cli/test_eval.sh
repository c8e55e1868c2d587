# gantrain eval: every score is there, the same each time, and the same for a checkpoint as for the images
# that gantrain sample draws from it; what lacks labels or test images is left out, and said; the classifier
# is kept, and a damaged or unwritable cache is no error; bad requests are refused in a line.

source "$(dirname "$0")/lib.sh" "$@"
export XDG_CACHE_HOME=$work/cache
write_config c.ini
sed -i 's/^range.*/&\ntest_images = builtin:digits/' c.ini
run_expecting 0 --config c.ini -q --out run --set train.epochs=1
checkpoint=run/checkpoints/latest.safetensors

keys() { # of the last run's JSON object
  sed -n 's/^  "\([a-z_]*\)": .*/\1/p' .stdout | sort
}

scores() { # all but the time, which no two runs have in common
  grep -v '"seconds"' .stdout
}

number() { # KEY
  sed -n "s/^  \"$1\": \([^,]*\),\{0,1\}/\1/p" .stdout
}

holds() { # CONDITION on numbers of the last run, as awk has it
  checks=$((checks + 1))
  awk "BEGIN { exit !($1) }" || fail "not so: $1"
}

# --- All of them ---

run_expecting 0 eval $checkpoint -n 300 --json
check_says "training a classifier"
all="class_divergence class_divergence_real classes classes_real classifier_accuracy classifier_checksum coverage
  coverage_real density density_real epoch frechet frechet_real held_out_images jsd_lower_bound missing_classes
  missing_classes_real nearest_samples nearest_test parzen parzen_real parzen_real_se parzen_real_sigma parzen_se
  parzen_sigma precision precision_real real_images recall recall_real samples score score_real seconds step
  value value_at_optimum"
check "not all keys: $(keys)" test "$(keys)" = "$(printf '%s\n' $all)"
holds "$(number samples) == 300 && $(number real_images) == 300 && $(number held_out_images) == 600"
holds "$(number epoch) == 1 && $(number step) == 30"
# After one epoch the samples are worse than the digits, but for their precision: all may be like one digit.
holds "$(number classifier_accuracy) > 0.9"
holds "$(number frechet) > 3 * $(number frechet_real) && $(number frechet_real) >= 0"
holds "$(number parzen) < $(number parzen_real) && $(number parzen_se) > 0 && $(number parzen_sigma) >= 0.1"
holds "$(number score) >= 1 && $(number score) < $(number score_real) && $(number score_real) <= 10"
holds "$(number recall) < $(number recall_real) && $(number coverage) < $(number coverage_real)"
holds "$(number nearest_samples) > 0 && $(number nearest_test) > 0"
holds "$(number value) < 0 && (($(number value) + log(4)) / 2 - $(number jsd_lower_bound)) ^ 2 < 1e-12"
check "10 classes" test "$(sed -n '/"classes": \[/,/\]/p' .stdout | grep -c '^    ')" = 10
scores >first

run_expecting 0 eval $checkpoint -n 300 --json
check_says "features of a classifier"
check "twice is not the same" cmp first <(scores)
run_expecting 0 eval $checkpoint -n 300 --json -s 7
check_not "another seed changes nothing" cmp -s first <(scores)

# --- The text, and a few only ---

run_expecting 0 eval $checkpoint -n 300
check_prints "^Frechet distance .* [0-9.]+ +[0-9.]+  real images$"
check_prints "^V\(G, D\) on test images +-[0-9.]+ +-1.3863  -log 4$"
check_prints "^  real images( 0\.[0-9]+){10}$"
run_expecting 0 eval $checkpoint -n 300 -m "recall, value" --json -q
check "quiet says something" test ! -s .stderr
check_prints '"precision"'
check_not "more than was asked for" prints '"(parzen|frechet|score)'
helps=$("$gantrain" help metrics)
for metric in parzen frechet score manifold nearest value; do
  check "$metric is not in the help" grep -q "^$metric: " <<<"$helps"
done
for key in $all; do
  check "key $key is not in the help" grep -qw "$key" <<<"$helps"
done

# --- The averaged weights, and the last ones ---

run_expecting 0 --config c.ini -q --out averaged --set train.epochs=1 --set generator.ema=0.98
averaged=averaged/checkpoints/latest.safetensors
for raw in "" --raw; do
  run_expecting 0 sample $averaged -n 300 $raw -o by"$raw".npy
  run_expecting 0 eval --images by"$raw".npy --config c.ini --json -q -m parzen
  from_file=$(number parzen)
  run_expecting 0 eval $averaged -n 300 $raw --json -q -m parzen
  check "eval '$raw' measures other samples than sample '$raw' draws" test "$(number parzen)" = "$from_file"
done
check_not "--raw changes nothing" cmp -s by.npy by--raw.npy

# --- Images from elsewhere ---

for kind in npy idx; do
  run_expecting 0 sample $checkpoint -n 300 -o samples.$kind
  run_expecting 0 eval --images samples.$kind --config c.ini --json
  check_says "^value is left out: it takes a checkpoint"
  check "$kind: other scores than for the checkpoint" \
    cmp <(grep -Ev '"(seconds|epoch|step|value.*|jsd.*)"' first | tr -d ,) <(scores | tr -d ,)
done
run_expecting 0 eval --images samples.npy --config c.ini --json -n 200 -m score
holds "$(number samples) == 200"

# --- Several sets ---

run_expecting 0 eval $checkpoint -n 100 --sets 3 -m frechet --json -q
holds "$(number real_sets) == 3 && $(number samples) == 100 && $(number frechet_real) > 0"
mean=$(number frechet)
spread=$(sed -n 's/^    "frechet": \([0-9.]*\).*/\1/p' .stdout)
each=()
for seed in 0 1 2; do
  run_expecting 0 eval $checkpoint -n 100 -m frechet --json -q -s $seed
  each+=("$(number frechet)")
  check "one set has no spread" test "$(grep -Ec 'spread|real_sets' .stdout)" = 0
done
holds "(${each[0]} + ${each[1]} + ${each[2]} - 3 * $mean) ^ 2 < 1e-9"
holds "((${each[0]} - $mean) ^ 2 + (${each[1]} - $mean) ^ 2 + (${each[2]} - $mean) ^ 2 - 2 * $spread ^ 2) ^ 2 < 1e-9"
run_expecting 0 eval $checkpoint -n 200 --sets 2 -m frechet -q
check_prints "^Frechet distance .* [0-9.]+ \+- [0-9.]+ +[0-9.]+ \+- [0-9.]+  real images$"
run_expecting 0 eval --images samples.npy --config c.ini -n 100 --sets 3 -m frechet --json -q
holds "$(number real_sets) == 3"
expect_error 2 "samples.npy: has 300 images, and 4 sets of 100 take 400: give fewer sets" \
  eval --images samples.npy --config c.ini -n 100 --sets 4 -m frechet -q

# --- What is not there is left out, and said ---

tail -c +17 samples.idx >pixels
{ idx 8 3 0 300 28 28 && cat pixels; } >plain.idx
run_expecting 0 eval --images samples.npy --config c.ini --set data.images="$work/plain.idx" --set data.range=0:200 --json
check_says "^frechet is left out: it takes labels of the training images: set data.labels$"
check_says "^manifold is left out"
check "keys without labels: $(keys)" test "$(keys | tr '\n' ' ')" = "held_out_images nearest_samples nearest_test \
parzen parzen_real parzen_real_se parzen_real_sigma parzen_se parzen_sigma real_images samples seconds "
holds "$(number nearest_samples) == 0" # 200 of these 300 are the training images
run_expecting 0 eval $checkpoint -n 300 --set data.test_images= --set data.test_labels=none.idx --json
check_says "^data.test_labels is not used: data.test_images is not set$"
check_says "^parzen is left out: it takes test images: set data.test_images$"
check_says "compared with validation images$"
check_prints '"frechet"'
run_expecting 0 eval $checkpoint -n 5 --json
check_says "^manifold is left out: it takes 6 samples or more$"

# --- Few images, and equal ones ---

# As many samples as real images: with more, samples would look better than the real images that stand next to them.
few=(--config c.ini --set data.range=0:150)
run_expecting 0 sample $checkpoint -n 10000 -o many.idx
run_expecting 0 eval --images many.idx "${few[@]}" --json
check_says "^150 samples are measured, not 10000: there are no more real images to measure next to them$"
check_says "^scores of 150 images vary, and Frechet distances of so few are larger"
holds "$(number samples) == 150 && $(number real_images) == 150"
run_expecting 0 eval --images many.idx --config c.ini -n 300 --json
check_not "nothing limits 300 samples" says "samples are measured, not"
# Images of one kind: no figure of the classes says that all are there.
{ idx 8 3 0 600 28 28 && head -c $((600 * 784)) /dev/zero; } >black.idx
run_expecting 0 eval --images black.idx --config c.ini --json -q
holds "$(number missing_classes) == 9 && $(number class_divergence) > 1.5 && $(number score) < 1.001"
holds "$(number class_divergence_real) < 0.1 && $(number missing_classes_real) == 0"

# --- The cache ---

rm -r cache
run_expecting 0 eval $checkpoint -n 300 --json
cached=$(find cache/gantrain -type f)
check "the cache holds $cached" test -s "$cached"
flip_byte "$cached" 2000
run_expecting 0 eval $checkpoint -n 300 --json
check "a damaged cache gives other scores" cmp first <(scores)
run_expecting 0 eval $checkpoint -n 300 --json
check "a mended cache gives other scores" cmp first <(scores)
rm -r cache && echo >cache
run_expecting 0 eval $checkpoint -n 300 --json -m score
check "a file where the cache should be" test -f cache
rm cache

# --- What is refused ---

refused() { # STATUS, REGEX, ARGUMENT...
  expect_error "$1" "$2" eval "${@:3}" -q
}
refused 2 "needs CHECKPOINT, or --images FILE"
refused 2 "not both" $checkpoint --images samples.npy
refused 2 "needs --config FILE" --images samples.npy
refused 2 "--raw: says how samples are drawn .*leave it out" --images samples.npy --config c.ini --raw
refused 2 "--seed: says how samples are drawn" --images samples.npy --config c.ini --seed 3
refused 1 "run: is a directory: .*checkpoints/latest.safetensors" run
gzip -c samples.npy >samples.npy.gz
run_expecting 0 eval --images samples.npy.gz --config c.ini --json -q -n 200 -m score
refused 2 "unknown metric 'parsen'; did you mean 'parzen'" $checkpoint -m parsen
refused 2 "unknown metric ''" $checkpoint -m frechet,
refused 2 "--samples 1: needs a whole number, 2 to 100000" $checkpoint -n 1
refused 2 "--samples x: needs" $checkpoint -n x
refused 2 "manifold cannot be measured: it takes 6 samples or more" $checkpoint -n 5 -m precision
refused 2 "parzen cannot be measured: it takes test images: set data.test_images" $checkpoint -m parzen \
  --set data.test_images=
refused 2 "value cannot be measured: it takes a checkpoint" --images samples.npy --config c.ini -m value
refused 2 "unknown key 'data.test_image'; did you mean" $checkpoint --set data.test_image=x
refused 1 "missing: cannot be read" missing
refused 1 "was trained on other images .*--config FILE" $checkpoint --set data.range=0:500
refused 1 "missing.npy: cannot be read" --images missing.npy --config c.ini
refused 1 "no-test: cannot be read" $checkpoint --set data.test_images=no-test
idx 8 3 240 4 6 10 >other.idx
refused 1 "other.idx: its images are 6x10, those of builtin:digits are 28x28" --images other.idx --config c.ini
refused 1 "other.idx: its images are 6x10" $checkpoint --set data.test_images=other.idx
printf '\x93NUMPY\x01\x00\x3c\x00%s' "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 2, 3)}" >floats.npy
refused 1 "floats.npy: its elements are '<f2'.*uint8" --images floats.npy --config c.ini
head -c 5000 samples.npy >cut.npy
refused 1 "cut.npy: its header promises 235200 bytes, but 4872 follow" --images cut.npy --config c.ini

finish
