# gantrain plane: the images of a latent space of two components, by every kind of model that has one, and a line
# for those that have none.

source "$(dirname "$0")/lib.sh" "$@"
latest=checkpoints/latest.safetensors

png_size() { # FILE
  od -An --endian=big -tu4 -j16 -N8 "$1" | awk '{print $1 "x" $2}'
}

write_model_config() { # MODEL
  cat >"$1.ini" <<INI
[data]
range = 0:600
[generator]
latent_dim = 2
layers = dense 16, relu
[train]
model = $1
epochs = 2
batch_size = 20
threads = 1
[output]
grid = 4x4
sample_every = 0
INI
}

for model in gan vae autoencoder codes; do
  write_model_config $model
  case $model in
    gan) printf '[discriminator]\nlayers = dense 16, relu\n' >>$model.ini ;;
    vae | autoencoder) printf '[encoder]\nlayers = dense 16, relu\n' >>$model.ini ;;
  esac
  run_expecting 0 --config $model.ini --out $model -q
  run_expecting 0 plane $model/$latest
  check_says "^plane.png: 400 images, epoch 2, step 60$"
  check "$model: the plane is $(png_size plane.png)" test "$(png_size plane.png)" = 579x579
  run_expecting 0 plane $model/$latest -o again.png --threads 2
  check "$model: not the same picture twice" cmp plane.png again.png
  run_expecting 0 plane $model/checkpoints/epoch-0001.safetensors -o again.png
  check_not "$model: another epoch gives the same plane" cmp -s plane.png again.png
done

# --- Options ---

run_expecting 0 plane gan/$latest -n 5 -o square.png
check "as many columns as rows" test "$(png_size square.png)" = 144x144
run_expecting 0 plane gan/$latest -n 2 --columns 3 -o few.png
check "3 columns, 2 rows" test "$(png_size few.png)" = 86x57
run_expecting 0 plane gan/$latest -n 1 -o middle.png
check "a picture of one place" test "$(png_size middle.png)" = 28x28
expect_error 2 "--rows 0: needs a whole number, 1 to 10000" plane gan/$latest -n 0
expect_error 2 "--output x.jpg: the name must end in .png" plane gan/$latest -o x.jpg
expect_error 2 "unknown option --seed" plane gan/$latest --seed 1
expect_error 2 "--class 1: gan/.* is of a model that is not told classes" plane gan/$latest --class 1
expect_error 1 "too many for one picture" plane gan/$latest -n 10000
expect_error 1 "no/x.png: cannot be written" plane gan/$latest -o no/x.png
expect_error 2 "needs CHECKPOINT" plane

run_expecting 0 --config gan.ini --out averaged -q --set generator.ema=0.9
run_expecting 0 plane averaged/$latest -o average.png
run_expecting 0 plane averaged/$latest -o raw.png --raw
check_not "--raw changes nothing" cmp -s average.png raw.png

# --- Classes ---

run_expecting 0 --config vae.ini --out told -q --set train.conditional=yes
run_expecting 0 plane told/$latest
run_expecting 0 plane told/$latest --class 0 -o zero.png
run_expecting 0 plane told/$latest --class 7 -o seven.png
check "class 0 is the default" cmp plane.png zero.png
check_not "the class changes nothing" cmp -s zero.png seven.png
expect_error 2 "--class: unknown class 'ten'" plane told/$latest --class ten

# --- No plane ---

run_expecting 0 --config gan.ini --out three -q --set generator.latent_dim=3 --set train.epochs=1
rm plane.png
expect_error 2 "latent_dim of 3, which makes no plane: train one with generator.latent_dim = 2" plane three/$latest
check "a plane was drawn" test ! -e plane.png

finish
