# `gantrain play` in a real browser: for every kind of layer, model and prior the page draws the images of
# `gantrain sample`, within one level in every pixel, and its controls do what they say.

source "$(dirname "$0")/../cli/lib.sh" "$@"
here_tests=$(realpath "$2")/tests/report

skip() { echo "skipped: $*"; exit 77; }
command -v node >/dev/null || skip "node is not here (package nodejs)"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
  skip "no browser is here (package chromium)"

write_config c.ini
idx 8 4 14400 100 8 6 3 >colour.idx
sed '/^\[discriminator\]/,/^layers/d' c.ini >encoder.ini
while IFS='|' read -r name options layers; do
  [[ $options == *train.model* ]] && config=encoder.ini || config=c.ini
  # shellcheck disable=SC2086 # options are words
  run_expecting 0 --config $config -q --out $name --set train.epochs=1 --set generator.ema=0.9 $options \
    --set "generator.layers=$layers"
  checkpoint=$name/checkpoints/latest.safetensors
  run_expecting 0 play $checkpoint -o $name.html
  run_expecting 0 sample $checkpoint -n 72 --seed 18446744073709551615 -o $name.npy
  run_expecting 0 sample $checkpoint -n 72 --seed 18446744073709551615 --raw -o $name-raw.npy
done <<'RUNS'
gan|--set generator.lr=0.01|dense 32, batchnorm, tanh, dropout 0.2, maxout 24 3, leaky_relu 0.1
uniform|--set generator.prior=uniform --set generator.output=sigmoid|dense 392, image 8x7x7, batchnorm, relu, deconv 6 4 stride 2, leaky_relu, upsample 4, conv 8 3, channel_max 2, pool 2 max, conv 1 5 pad 2
deconv||image 16x1x1, deconv 4 6 stride 3 pad 0 spectral_norm, sigmoid, conv 6 3 stride 2 spectral_norm, pool 2, flatten, dense 36 spectral_norm, image 4x3x3, global_pool
colour|--set data.images=colour.idx --set data.range=0:100|dense 72, image 6x4x3, relu, deconv 3 4 stride 2
autoencoder|--set train.model=autoencoder --set generator.output=sigmoid|dense 32, relu
vae|--set train.model=vae --set generator.output=sigmoid|dense 32, relu
codes|--set train.model=codes --set generator.output=sigmoid|dense 32, relu
RUNS

# A conditional generator, its class next to z or to an image; each class has a name, or its number.
told=(--config c.ini -q --set train.conditional=yes --set train.epochs=1 --set generator.ema=0.9 --set generator.lr=0.01)
run_expecting 0 "${told[@]}" --out told --set "generator.layers=dense 392, image 8x7x7, one_hot 10, relu, conv 4 3, upsample 4, conv 1 3"
run_expecting 0 sample told/checkpoints/latest.safetensors --class 1 -n 40 -o "folder/one & all/"
run_expecting 0 sample told/checkpoints/latest.safetensors --class 7 -n 40 -o folder/seven/
run_expecting 0 "${told[@]}" --out named --set data.images=folder --set data.range= --set "generator.layers=dense 24, relu"
run_expecting 0 "${told[@]}" --out learned --set "train.condition=embedding 3 projection" --set discriminator.lr=0.01 \
  --set "generator.layers=dense 49, image 1x7x7, embedding 10 2, relu, upsample 4, conv 1 3"
for name in told named learned; do
  checkpoint=$name/checkpoints/latest.safetensors
  run_expecting 0 play $checkpoint -o $name.html
  run_expecting 0 sample $checkpoint -n 72 --seed 18446744073709551615 --class 0 -o $name.npy
  run_expecting 0 sample $checkpoint -n 72 --seed 18446744073709551615 --class 0 --raw -o $name-raw.npy
  run_expecting 0 sample $checkpoint -n 72 --seed 18446744073709551615 --class 1 -o $name-class.npy
done

# No row of the tables is left out.
layers=$(grep -h '^layers' {gan,uniform,deconv,told,learned}/config.ini)
run_expecting 0 help layers
for kind in $(sed -n 's/^  \([a-z_]*\).*/\1/p' .stdout | sort -u); do
  [[ $kind == minibatch_stddev ]] && continue # of a minibatch, which the page has not
  [[ $kind == projection ]] && continue       # the last of the discriminator of "learned"
  check "no generator here has a layer $kind" grep -qE "[=,] *$kind\b" <<<"$layers"
  ! grep -q "^  $kind .*\[spectral_norm\]" .stdout ||
    check "no generator here has spectral_norm in a layer $kind" grep -qE "[=,] *$kind [^,]*spectral_norm" <<<"$layers"
done

# A model whose z is the noise of one sample has no page, and says so.
sed '/^\[generator\]/,/^\[train\]/{/^\[train\]/!d}' c.ini >plain.ini
for model in mixture ascent; do
  run_expecting 0 --config plain.ini -q --out $model --set train.epochs=1 --set train.model=$model
  expect_error 2 "the model $model has no latent vector" play $model/checkpoints/latest.safetensors -o x.html
done
run_expecting 0 help models
for model in $(sed -n 's/^  \([a-z_]*\)  .*/\1/p' .stdout); do
  check "no test of the model $model" test -e "$model"
done

# What a page must not take for its own.
name='<script>alert(1)<!--&"'"'"'<:title>'
cp -r gan "$name"
run_expecting 0 play "./$name/checkpoints/latest.safetensors" -o name.html -n 2

expect_error 2 "--output x.png: the name must end in .html" play gan/checkpoints/latest.safetensors -o x.png
expect_error 1 "missing: cannot be read" play missing
expect_error 1 "no/x.html: cannot be written" play gan/checkpoints/latest.safetensors -o no/x.html

checks=$((checks + 1))
if ! timeout 300 node "$here_tests/play.mjs" "$browser" "$work"; then
  fail "pages in a browser"
fi
finish
