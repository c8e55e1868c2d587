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

# --- In the run directory ---

check "the run's plane is $(png_size gan/samples/plane.png)" test "$(png_size gan/samples/plane.png)" = 579x579
cp -r gan again
rm again/samples/plane.png
run_expecting 0 --config gan.ini --out again -q --resume
check "a plane that was missing is another one" cmp {gan,again}/samples/plane.png
run_expecting 0 --config gan.ini --out again -q --resume --set train.epochs=4
run_expecting 0 --config gan.ini --out whole -q --set train.epochs=4
check "a resumed run has another plane" cmp {whole,again}/samples/plane.png
check_not "the plane stands still" cmp -s {gan,whole}/samples/plane.png
run_expecting 0 --config gan.ini --out none -q --set output.report=no
check "a plane that was not asked for" test ! -e none/samples/plane.png
rm again/samples/plane.png
mkdir -p again/samples/plane.png/full
run_expecting 1 --config gan.ini --out again --resume --set train.epochs=5
check_says "^warning: again/samples/plane.png: .*; training continues without this picture"

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
check "the run's plane is of another size" test "$(png_size told/samples/plane.png)" = 579x579
expect_error 2 "--class: unknown class 'ten'" plane told/$latest --class ten

# --- No plane ---

idx 8 3 1200000 20 1 60000 >wide.idx
run_expecting 0 --config gan.ini --out wide --set data.images=wide.idx --set data.range=0:20 --set train.epochs=1 \
  --set output.grid=1x1
check "images that do not fit side by side have no plane" test ! -e wide/samples/plane.png -a -e wide/samples/nearest.png

run_expecting 0 --config gan.ini --out three -q --set generator.latent_dim=3 --set train.epochs=1
rm plane.png
expect_error 2 "latent_dim of 3, which makes no plane: train one with generator.latent_dim = 2" plane three/$latest
check "a plane was drawn" test ! -e plane.png -a ! -e three/samples/plane.png

finish
