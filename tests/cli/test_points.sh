# Points of known distributions as data: runs of all models that can, exact resume, samples as numbers and as a
# picture, and what asks for pixels is refused in one line.

source "$(dirname "$0")/lib.sh" "$@"
export XDG_CACHE_HOME=$work/cache
latest=checkpoints/latest.safetensors

write_config c.ini
sed -i 's/^range.*/images = builtin:ring\nrange = 0:600/; s/^latent_dim.*/latent_dim = 2\noutput = linear/' c.ini

# Every model that needs no pixels.
sed '/discriminator/,+1d' c.ini >plain.ini
run_expecting 0 --config c.ini --out gan
check_says "^data: builtin:ring: 600 points of 2 numbers: eight normal distributions on a circle$"
check_not "images of a run on points" says "images of"
run_expecting 0 --config plain.ini -q --out vae --set train.model=vae
run_expecting 0 --config plain.ini -q --out autoencoder --set train.model=autoencoder
run_expecting 0 --config plain.ini -q --out codes --set train.model=codes
printf '[data]\nimages = builtin:line\n[train]\nmodel = mixture\nepochs = 3\nthreads = 1\n[mixture]\ncomponents = 6\n' >m.ini
run_expecting 0 --config m.ini -q --out mixture
for model in gan vae autoencoder codes mixture; do
  run_expecting 0 sample $model/$latest -n 100 -o $model.npy
  check_says "^$model.npy: 100 points, seed 0, "
  check "the picture of $model" test -s $model/samples/epoch-0002.png
done

# Resume.
run_expecting 0 --config c.ini -q --out again --set train.epochs=1
run_expecting 0 --config c.ini -q --out again --resume
check "rows" cmp <(history gan) <(history again)
check "pictures" diff -r gan/samples again/samples

rm again/samples/epoch-0002.json
run_expecting 0 --config c.ini -q --out again --resume
check "a frame that was missing" diff -r gan/samples again/samples
check "the size of a frame" test "$(size_of gan/samples/epoch-0002.json)" -lt 13000

# Samples are float32 numbers, the same ones whatever the count; or a picture.
run_expecting 0 sample gan/$latest -n 70 -o some.npy
check "numbers" cmp <(tail -c 800 gan.npy | head -c 560) <(tail -c 560 some.npy)
check "the type of an array" grep -aq "'descr': '<f4', .*'shape': (100, 2)" gan.npy
run_expecting 0 sample gan/$latest -n 100 -o points.png
check "a PNG" test "$(head -c 4 points.png | tail -c 3)" = PNG
run_expecting 0 animate gan -o gan.gif
check_says "3 frames"

sed '/output = linear/d; s/builtin:ring/builtin:digits/' c.ini >digits.ini
run_expecting 0 --config digits.ini -q --out digits

# Scores: in the run, by eval, and what the model and the data have no place for.
scored=(--config c.ini --set data.test_images=builtin:ring --set metrics.every=1 --set metrics.best=jsd)
run_expecting 0 "${scored[@]}" --out scored
check_says "^epoch 2:  value_held_out .*  modes_found [0-8] \(real points 8\)  good_samples 0\.[0-9]+ \(real points 0\.9"
check_says "  jsd 0\.[0-9]+ \(real points 0\.0"
check_says "^metrics: scores of [0-9]+ points vary: compare"
check_not "scores of images" grep -q frechet scored/metrics.csv
check_not "scores of points" grep -q modes_found digits/metrics.csv
run_expecting 0 eval scored/$latest --json -q
for score in modes_found modes_found_real good_samples jsd jsd_real value jsd_lower_bound; do
  column=$score
  [[ $score == value ]] && column=value_held_out
  check_prints "\"$score\": *$(last_value scored/metrics.csv $column | sed 's/0*$//; s/\./\\./')"
done
run_expecting 0 eval mixture/$latest -n 1000 -q --set data.test_images=builtin:line
check_prints "^log-likelihood of an image"
check_prints "^modes with a sample within 3 deviations +[0-3] +3 +real points$"
run_expecting 0 "${scored[@]}" --out resumed -q --set train.epochs=1
run_expecting 0 "${scored[@]}" --out resumed -q --resume
check "rows with scores" cmp <(history scored) <(history resumed)
expect_error 2 "metrics.best = frechet: it takes images, and the data are points: use jsd, or choose another score$" \
  "${scored[@]}" --set metrics.best=frechet --out refused -q
expect_error 2 "frechet cannot be measured: it takes images" eval gan/$latest -m frechet -q
expect_error 2 "points cannot be measured: it takes points of a known distribution" eval digits/$latest -m points -q
expect_error 1 "some.npy: " eval --images some.npy --config c.ini -q
expect_error 1 "builtin:grid: cannot be compared with builtin:ring" \
  eval gan/$latest -q --set data.test_images=builtin:grid

# The data.
run_expecting 0 data builtin:grid --range 0:500 --preview grid.png
check_prints "^points +500 of 2 numbers$"
check_prints "^modes +25: weight, deviation, mean$"
check_prints "^  0\.0400    0\.1000   -1\.0000    2\.0000$"
check "a preview" test -s grid.png

# What is refused.
refused() { # REGEX, ARGUMENT...
  expect_error 2 "$@"
}
refused "output = tanh: cannot reach all points of builtin:ring: set generator.output = linear" \
  --config c.ini --set generator.output=tanh --out refused -q
refused "output_bias = marginals: is for pixels" --config c.ini --set generator.output_bias=marginals --out refused -q
printf '[data]\nimages = builtin:ring\n[train]\nmodel = ascent\n' >ascent.ini
refused "model = ascent: climbs among pixels" --config ascent.ini --out refused -q
refused "data. mirror: builtin:ring are points" --config c.ini --set data.mirror=yes --out refused -q
refused "data. binarize: builtin:ring are points" --config c.ini --set data.binarize=sample --out refused -q
refused "augment: changes pixels, and builtin:ring has points" --config c.ini --set discriminator.augment=cutout --out refused -q
refused "batch_size = 601: there are only 600 points in builtin:ring" --config c.ini --set train.batch_size=601 --out refused -q
refused "builtin:rings: needs one of: builtin:digits builtin:line .*; did you mean 'builtin:ring'" data builtin:rings
refused "builtin:ring: stands alone, and cannot be joined to files" --config c.ini --set data.images=builtin:ring,builtin:line --out refused -q
refused "conditional = yes: builtin:ring has no labels" --config c.ini --set train.conditional=yes --out refused -q
for command in "nearest" "interpolate" "traverse" "plane" "play" "animate --walk 3" "export -o g.c" "reconstruct"; do
  # shellcheck disable=SC2086 # the options are words
  refused "gives points of builtin:ring, which are no images" $command vae/$latest
done
refused "gives points of builtin:ring" compare gan/$latest vae/$latest -q
for output in a.idx folder/; do
  refused "name a .png for a picture of them, or a .npy" sample gan/$latest -o $output
done
check "something was written" test ! -e refused
check "files of what was refused" test ! -e g.c -a ! -e a.idx -a ! -e folder -a ! -e compare.png -a ! -e play.html

# A checkpoint of images that says it is of points.
cp digits/$latest lie.safetensors
sed -i 's/builtin:digits/builtin:ring  /' lie.safetensors
renew_checksum lie.safetensors
expect_error 1 "damaged: builtin:ring has points of 2 numbers, and not 784" sample lie.safetensors -o lie.png

finish
