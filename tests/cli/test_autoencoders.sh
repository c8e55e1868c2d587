# The models autoencoder and vae through the program: they train, go on as if they had not been stopped, and
# every command takes their checkpoints. What belongs to another model is refused.

source "$(dirname "$0")/lib.sh" "$@"

write_model_config() { # MODEL
  cat >"$1.ini" <<INI
[data]
range = 0:600
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

for model in autoencoder vae; do
  write_model_config $model
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
check_not "config.ini has a section of another model" grep -q "discriminator" whole-vae/run/config.ini

finish
