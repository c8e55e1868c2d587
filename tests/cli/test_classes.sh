# Conditional models through the program: they train, go on as if they had not been stopped, draw the class
# that is asked for, and are measured class by class. What cannot be conditional is told what it lacks.

source "$(dirname "$0")/lib.sh" "$@"

write_config gan.ini
latest=checkpoints/latest.safetensors
told=(--set train.conditional=yes)
for model in autoencoder vae; do
  write_config $model.ini
  sed -i -e 's/^\[discriminator\]/[encoder]/' -e "s/^\[train\]/[train]\nmodel = $model/" $model.ini
done
sed -e '/^\[encoder\]/,/^\[train\]/{/^\[train\]/!d}' -e 's/^model = vae/model = codes/' vae.ini >codes.ini
cp gan.ini learned.ini

# The width of a PNG file in pixels.
width_of() { # FILE
  od -An -tu1 -j16 -N4 "$1" | awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4 }'
}

# Image INDEX of an NPY file of bytes, 28 x 28.
image() { # FILE, INDEX, COUNT
  tail -c $((784 * $3)) "$1" | tail -c +$((784 * $2 + 1)) | head -c 784
}

for model in gan autoencoder vae codes learned; do
  told=(--set train.conditional=yes)
  [[ $model == learned ]] && told+=(--set "train.condition=embedding 6 projection")
  [[ $model == codes ]] && told+=(--set "train.condition=embedding 6")
  run_expecting 0 --config $model.ini "${told[@]}" --out whole-$model -q
  (mkdir -p parts-$model && cd parts-$model && "$gantrain" --config ../$model.ini "${told[@]}" --out run --set train.epochs=1 -q &&
    "$gantrain" --config ../$model.ini "${told[@]}" --out run --resume -q) >/dev/null
  check "$model: a resumed run has another history" cmp <(history whole-$model) <(history parts-$model/run)
  check "$model: a resumed run has other pictures" \
    cmp whole-$model/samples/epoch-0002.png parts-$model/run/samples/epoch-0002.png
  check "$model: no column for each of ten classes" test "$(width_of whole-$model/samples/epoch-0002.png)" = 289
  check "$model: real images have no column for each class" test "$(width_of whole-$model/samples/real.png)" = 289
  run_expecting 0 sample whole-$model/$latest -n 100 -o whole.npy
  run_expecting 0 sample parts-$model/run/$latest -n 100 -o parts.npy
  check "$model: a resumed run has other weights" cmp whole.npy parts.npy

  run_expecting 0 sample whole-$model/$latest --class all -n 100 -o all.npy
  run_expecting 0 sample whole-$model/$latest --class 3 -n 100 -o three.npy
  check "$model: column 3 is not of class 3" cmp <(image all.npy 13 100) <(image three.npy 1 100)
  check_not "$model: the class changes nothing" cmp -s <(image all.npy 13 100) <(image all.npy 14 100)
  check_not "$model: one class is as good as any" cmp -s three.npy whole.npy
  run_expecting 0 sample whole-$model/$latest --class all -o all.png
  check_says "80 images"
  check "$model: --class all has no column for each" test "$(width_of all.png)" = 289
  run_expecting 0 interpolate whole-$model/$latest --class 1 --to-class 7 -o line.png
  run_expecting 0 interpolate whole-$model/$latest --class 1 -o within.png
  check_not "$model: --to-class changes nothing" cmp -s line.png within.png
  run_expecting 0 traverse whole-$model/$latest --class 4 -o traverse.png
  run_expecting 0 nearest whole-$model/$latest --class 4 -o nearest.png
done

told=(--set train.conditional=yes)

# --- Scores ---

run_expecting 0 eval whole-gan/$latest -n 200 -m within,taught --json
for score in class_accuracy class_accuracy_real frechet_within frechet_worst taught_accuracy; do
  checks=$((checks + 1))
  grep -q "\"$score\": [0-9]" .stdout || fail "no $score"
done
run_expecting 0 eval whole-vae/$latest -n 300 -m likelihood --draws 5
check_prints "evidence lower bound"
run_expecting 0 eval whole-gan/$latest -n 300 -m value --set data.test_images=builtin:digits
check_prints "V\(G, D\) on test images"
run_expecting 0 --config gan.ini "${told[@]}" --out judged -q --set metrics.every=1 --set metrics.samples=200 \
  --set train.epochs=1 --set metrics.best=class_accuracy
check "no column class_accuracy" test "$(last_value judged/metrics.csv class_accuracy)" != ""
check_not "an unconditional run has the column" grep -q class_accuracy <("$gantrain" --config gan.ini --out plain -q && cat plain/metrics.csv)
expect_error 2 "within cannot be measured: it takes a model that is told classes: set train.conditional = yes" \
  eval plain/$latest -m within -q
expect_error 2 "metrics.best = taught_accuracy: it takes a model that is told classes" \
  --config gan.ini --out never -q --set metrics.every=1 --set metrics.best=taught_accuracy

run_expecting 0 reconstruct whole-codes/$latest -o reconstructed.png --images builtin:digits
run_expecting 2 --config learned.ini "${told[@]}" --out whole-learned --resume -q
check_says "train.condition: embedding 6 projection -> one_hot"

# --- What is refused ---

expect_error 2 "--class: unknown class '10' \(classes: 0 to 9\)" sample whole-gan/$latest --class 10
expect_error 2 "--class: unknown class 'all'" interpolate whole-gan/$latest --class all
sed '/^\[generator\]/,/^layers/d' gan.ini >ascent.ini
run_expecting 0 --config ascent.ini -q --out ascent --set train.model=ascent
expect_error 2 "--class 3: the model ascent cannot be told classes$" sample ascent/$latest --class 3
expect_error 2 "'one_hot 10' takes classes: the model ascent is not told any: take it out$" --config ascent.ini -n \
  --set train.model=ascent --set "discriminator.layers=dense 8, one_hot 10"
expect_error 2 "--class 3: plain/.* is of a model that is not told classes: train one with" sample plain/$latest --class 3
run_expecting 0 sample plain/$latest -n 600 -o plain.npy
expect_error 2 "\[train\] conditional = yes: .*plain.npy has no labels: set data.labels, or give a folder" \
  --config gan.ini "${told[@]}" --set data.images="$PWD/plain.npy" --out never -q
run_expecting 2 --config gan.ini --out whole-gan --resume -q
check_says "train.conditional: yes -> no"
# The logit is the last layer of a discriminator, once.
expect_error 2 "'dense 1 spectral_norm' is the logit, .*: leave it out" --config gan.ini -n --set train.conditional=yes \
  --set train.condition=projection --set "discriminator.layers=dense 32, dense 1 spectral_norm"
for way in one_hot projection; do
  run_expecting 0 --config gan.ini -n --set train.conditional=yes --set train.condition=$way \
    --set "discriminator.layers=dense 32, projection 10"
  check "$way: a layer follows the logit" test "$(grep -c ' -> 1  ' .stdout)" = 1
done
expect_error 2 "\[discriminator\] layers: 'one_hot 10' takes classes: set train.conditional = yes" \
  --config gan.ini --set "discriminator.layers=dense 32, one_hot 10, tanh" --out never -q

run_expecting 0 play whole-gan/$latest -o page.html

# --- Names: a folder with a sub-folder for each class ---

run_expecting 0 sample whole-gan/$latest --class 1 -n 30 -o folder/one/
run_expecting 0 sample whole-gan/$latest --class 7 -n 50 -o folder/seven/
run_expecting 0 --config gan.ini "${told[@]}" --set data.images="$PWD/folder" --set data.range= --out named -q
run_expecting 0 sample named/$latest --class seven -n 20 -o seven.npy
run_expecting 0 sample named/$latest --class 1 -n 20 -o second.npy
check "class 1 is not the second folder" cmp seven.npy second.npy
expect_error 2 "unknown class 'sevn'; did you mean 'seven'\? \(classes: 0 to 1: one, seven\)" sample named/$latest --class sevn
run_expecting 0 inspect named/$latest
check_prints "classes +30 one"
mv folder/one/000000.png folder/seven/000099.png
run_expecting 2 --config gan.ini "${told[@]}" --set data.images="$PWD/folder" --set data.range= --out named --resume -q
check_says "data.labels: other classes"

finish
