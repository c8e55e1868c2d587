# gantrain reconstruct: test images above their reconstructions by every model that can, a picture that depends on
# checkpoint and images alone, and one line for what cannot be reconstructed.

source "$(dirname "$0")/lib.sh" "$@"

write_model_config() { # MODEL
  cat >"$1.ini" <<INI
[data]
range = 0:600
test_images = builtin:digits
[generator]
latent_dim = 8
layers = dense 48, relu
output = sigmoid
lr = 0.01
beta1 = 0.9
[train]
model = $1
epochs = 20
batch_size = 10
threads = 1
[output]
grid = 4x4
report = no
keep = 20
INI
  [[ $1 == codes ]] || printf '[encoder]\nlayers = dense 48, relu\nlr = 0.002\nbeta1 = 0.9\n' >>"$1.ini"
}

png_size() { # FILE
  od -An --endian=big -tu4 -j16 -N8 "$1" | awk '{print $1 "x" $2}'
}

error_of() { # of the last run
  sed -n 's/^squared error of an image .* \([0-9.]*\)$/\1/p' .stdout
}

latest=checkpoints/latest.safetensors
idx 8 3 31360 40 28 28 >grey.idx
for model in autoencoder vae codes; do
  write_model_config $model
  run_expecting 0 --config $model.ini --out $model -q
  run_expecting 0 reconstruct $model/$latest
  check_says "^reconstruct.png: 80 images, seed 0, epoch 20, step 1200$"
  check_prints "^images +40$"
  check "$model: the picture is $(png_size reconstruct.png)" test "$(png_size reconstruct.png)" = 289x231
  # A mean image for all has an error of 52.
  check "$model: the error is $(error_of)" awk "BEGIN { exit !($(error_of) < 40) }"
  cp .stdout first
  run_expecting 0 reconstruct $model/$latest -o again.png -t 2
  check "$model: not the same picture twice" cmp reconstruct.png again.png
  check "$model: not the same numbers twice" cmp first .stdout
  last=$(error_of)
  run_expecting 0 reconstruct $model/checkpoints/epoch-0001.safetensors -o early.png
  check "$model: the error of epoch 1 is $(error_of), and then $last" awk "BEGIN { exit !($(error_of) > 1.3 * $last) }"
  run_expecting 0 reconstruct $model/$latest -o grey.png --images grey.idx -n 5 -c 20
  check_prints "^images +40$"
  check "$model: the picture is $(png_size grey.png)" test "$(png_size grey.png)" = 579x115
done
run_expecting 0 reconstruct vae/$latest -n 1 -c 200 -o few.png --images grey.idx
check "fewer images than columns: $(png_size few.png)" test "$(png_size few.png)" = 1159x57
run_expecting 0 reconstruct vae/$latest -n 2 -c 30 -o part.png --images grey.idx
check "a last row that is not full: $(png_size part.png)" test "$(png_size part.png)" = 869x115

# --- What is refused ---

write_config gan.ini
run_expecting 0 --config gan.ini --out gan -q --set output.report=no
before=$(fingerprint . | grep -v '\./\.std')
expect_error 2 "gan/$latest: the model gan finds no codes for images.*: autoencoder, vae, codes do" reconstruct gan/$latest
expect_error 2 "gan.ini: names no test images: name some by --images FILE" \
  reconstruct vae/$latest --config gan.ini
expect_error 1 "missing.idx: cannot be read" reconstruct vae/$latest --images missing.idx
expect_error 2 "--output x.jpg: the name must end in .png" reconstruct vae/$latest -o x.jpg
expect_error 2 "--rows 0: needs a whole number" reconstruct vae/$latest -n 0
expect_error 2 "needs CHECKPOINT" reconstruct
expect_error 1 "no/x.png: cannot be written" reconstruct vae/$latest -o no/x.png
check "a refused command wrote something" test "$before" = "$(fingerprint . | grep -v '\./\.std')"
idx 8 3 3600 6 20 30 >large.idx
expect_error 1 "the images are 20x30 and the model's 28x28" reconstruct vae/$latest --images large.idx

run_expecting 0 --config codes.ini --out fixed -q --set train.codes=fixed --set train.epochs=1
expect_error 1 "\[train\] codes = fixed: .* no code to find" reconstruct fixed/$latest
for layer in "dropout 0.1" batchnorm; do
  run_expecting 0 --config codes.ini --out "${layer% *}" -q --set train.epochs=1 --set generator.layers="dense 48, $layer, relu"
  expect_error 1 "\[generator\] layers: no codes can be fitted through ${layer% *}" reconstruct "${layer% *}/$latest"
done

finish
