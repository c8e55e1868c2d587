# The models autoencoder and vae through the program: they train, go on as if they had not been stopped, and
# every command takes their checkpoints. What belongs to another model is refused.

source "$(dirname "$0")/lib.sh" "$@"

write_model_config() { # MODEL, BINARIZE
  cat >"$1.ini" <<INI
[data]
range = 0:600
binarize = $2
[generator]
latent_dim = 8
layers = dense 48, relu
output = sigmoid
lr = 0.002
beta1 = 0.9
[encoder]
layers = dense 48, relu
lr = 0.002
beta1 = 0.9
[train]
model = $1
reconstruction = bernoulli
epochs = 6
batch_size = 20
threads = 1
[output]
grid = 4x4
INI
}

write_model_config autoencoder none
write_model_config vae sample
for model in autoencoder vae; do
  run_expecting 0 --config $model.ini --out whole-$model/run --quiet
  history=whole-$model/run/metrics.csv
  first=$(awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "loss") column = i } NR == 2 { print $column }' $history)
  last=$(last_value $history loss)
  check "$model: the loss falls from $first to only $last" awk "BEGIN { exit !($last < 0.8 * $first) }"

  (mkdir -p parts-$model && cd parts-$model && "$gantrain" --config ../$model.ini --out run --set train.epochs=3 -q &&
    "$gantrain" --config ../$model.ini --out run --resume -q) >/dev/null
  latest=checkpoints/latest.safetensors
  run_expecting 0 sample whole-$model/run/$latest -n 32 --seed 5 -o whole.npy
  run_expecting 0 sample parts-$model/run/$latest -n 32 --seed 5 -o parts.npy
  check "$model: a resumed run has other weights" cmp whole.npy parts.npy

  run_expecting 0 inspect whole-$model/run/$latest
  check_prints "encoder.0.weight"
  run_expecting 0 interpolate whole-$model/run/$latest -o line.png
  check "no picture" test -s line.png
  run_expecting 0 nearest whole-$model/run/$latest -o nearest.png
  check "no picture" test -s nearest.png
  run_expecting 0 eval whole-$model/run/$latest -n 200 -m parzen --set data.test_images=builtin:digits --set data.range=0:600
  check_prints "[Pp]arzen"
done

run_expecting 0 inspect whole-autoencoder/run/$latest
check_prints "codes.deviation"
run_expecting 2 --config vae.ini --out whole-autoencoder/run --resume
check_says "train.model: autoencoder -> vae"

run_expecting 2 --config vae.ini --set discriminator.lr=0.1 --dry-run
check_says "\[discriminator\] lr = 0.1: the model vae does not read it: leave it out, or set train.model = gan"
run_expecting 2 --config vae.ini --set generator.output=tanh --dry-run
check_says "bernoulli: needs pixels in \[0, 1\]"
run_expecting 2 --config vae.ini --set generator.prior=uniform --dry-run
check_says "the model vae draws codes to the standard normal: set prior = normal"
run_expecting 2 --config vae.ini --set train.d_steps=2 --dry-run
check_says "\[train\] d_steps = 2: the model vae does not read it: .* train.model = gan"
run_expecting 2 --config autoencoder.ini --set train.kl_weight=0 --dry-run
check_says "\[train\] kl_weight = 0: the model autoencoder .* train.model = vae"
write_config gan.ini
expect_error 2 "\[encoder\] lr = 0.1: the model gan .* train.model = autoencoder or vae" \
  --config gan.ini --set encoder.lr=0.1 --out gan
run_expecting 0 --config gan.ini --out gan --quiet
run_expecting 2 --config vae.ini --out gan --resume -q
check_says "^train.model: gan -> vae"

# --- Likelihood ---

run_expecting 0 eval whole-vae/run/$latest -m likelihood --draws 50 --json
cp .stdout scores.json
for score in elbo elbo_training log_likelihood bits_per_dimension active_components component_kl; do
  check "no $score" grep -q "\"$score\"" scores.json
done
score_of() { # SCORE
  sed -n "s/^ *\"$1\": \([-0-9.e]*\),*$/\1/p" scores.json
}
check "the bound is above the likelihood" awk "BEGIN { exit !($(score_of elbo) < $(score_of log_likelihood)) }"
check "eight components" test "$(sed -n '/component_kl/,/\]/p' scores.json | grep -c '^ *[0-9]')" = 8
run_expecting 0 eval whole-vae/run/$latest -m likelihood --draws 50 --json
check "another evaluation has other numbers" cmp <(grep -v seconds scores.json) <(grep -v seconds .stdout)
run_expecting 0 eval whole-vae/run/$latest -m elbo --draws 5
check_prints "evidence lower bound"
expect_error 2 "likelihood cannot be measured: the model autoencoder has no likelihood" \
  eval whole-autoencoder/run/$latest -m elbo -q
expect_error 2 "value cannot be measured: the model vae has no discriminator" \
  eval whole-vae/run/$latest -m value -q --set data.test_images=builtin:digits
expect_error 2 "--draws 0: needs a whole number" eval whole-vae/run/$latest --draws 0

run_expecting 0 --config vae.ini --out judged -q --set metrics.every=3 --set metrics.best=elbo --set metrics.samples=100
check "the best checkpoint by the bound" test -s judged/checkpoints/best.safetensors
check "a column for the bound" test "$(last_value judged/metrics.csv elbo)" != ""
check_not "a column for V" grep -q value_held_out judged/metrics.csv
expect_error 2 "metrics.best = elbo: the model gan has no likelihood of images" \
  --config gan.ini --out never -q --set metrics.every=1 --set metrics.best=elbo

check_not "config.ini has a section of another model" grep -q "discriminator" whole-vae/run/config.ini

finish
