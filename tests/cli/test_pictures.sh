# gantrain nearest, interpolate and traverse: PNGs of the right size that depend on checkpoint and seed
# alone; training images are found where they are named; wrong options are refused before anything is
# written.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
idx 8 3 470400 600 28 28 >data.idx
run_expecting 0 --config c.ini -q --out run --set data.images=data.idx --set data.range=100:600 \
  --set generator.ema=0.9
checkpoint=run/checkpoints/latest.safetensors

png_size() { # FILE
  od -An --endian=big -tu4 -j16 -N8 "$1" | awk '{print $1 "x" $2}'
}

check_size() { # FILE, SIZE
  check "$1 is $(png_size "$1")" test "$(png_size "$1")" = "$2"
}

# --- What every picture has in common ---

while read -r command size few_size; do
  run_expecting 0 $command $checkpoint
  check_says "^$command.png: [0-9]+ images, seed 0, epoch 2, step 50$"
  check_size $command.png "$size"
  run_expecting 0 $command $checkpoint -o again.png --seed 0
  check "$command: not the same picture twice" cmp $command.png again.png
  run_expecting 0 $command $checkpoint -o again.png --seed 1
  check_not "$command: another seed gives the same picture" cmp -s $command.png again.png
  run_expecting 0 $command $checkpoint -o again.png --raw
  check_not "$command: --raw changes nothing" cmp -s $command.png again.png
  run_expecting 0 $command run/checkpoints/epoch-0001.safetensors -o again.png
  check_not "$command: another epoch gives the same picture" cmp -s $command.png again.png
  run_expecting 0 $command $checkpoint --rows 2 --columns 3 --output few.png
  check_size few.png "$few_size"
  before=$(fingerprint .)
  expect_error 2 "--rows 0: needs a whole number, 1 to 10000" $command $checkpoint -n 0
  expect_error 2 "--columns x: needs" $command $checkpoint -c x
  expect_error 2 "--seed -1: needs" $command $checkpoint -s -1
  expect_error 2 "--output x.jpg: the name must end in .png" $command $checkpoint -o x.jpg
  expect_error 2 "needs CHECKPOINT" $command
  expect_error 1 "missing: cannot be read" $command missing
  expect_error 1 "no/x.png: cannot be written" $command $checkpoint -o no/x.png
  check "$command wrote something" test "$(grep -v '\./\.std' <<<"$before")" = "$(fingerprint . | grep -v '\./\.std')"
done <<'PICTURES'
nearest 264x231 119x57
interpolate 289x231 86x57
traverse 260x231 86x57
PICTURES
expect_error 2 "--columns 1: needs a whole number, 2 to" interpolate $checkpoint -c 1
expect_error 2 "--columns 1: needs a whole number, 2 to" traverse $checkpoint -c 1
expect_error 1 "too many for one picture" interpolate $checkpoint -n 10000 -c 10000

# --- Paths ---

for path in line circle; do
  run_expecting 0 interpolate $checkpoint --path $path -o $path.png
done
check_not "a line is a circle" cmp -s line.png circle.png
check "the normal prior goes in circles" cmp circle.png interpolate.png
expect_error 2 "--path circel: needs line or circle; did you mean 'circle'" interpolate $checkpoint --path circel
run_expecting 0 --config c.ini -q --out uniform --set generator.prior=uniform
for path in "" "--path=line"; do
  # shellcheck disable=SC2086
  run_expecting 0 interpolate uniform/checkpoints/latest.safetensors $path -o uniform$path.png
done
check "the uniform prior goes straight" cmp uniform.png uniform--path=line.png

# --- Directions and components ---

strongest() { awk 'NR == 2 {print $3}' .stdout; }
for kind in directions components; do
  run_expecting 0 traverse $checkpoint -n 16 --$kind -o $kind.png
  check_prints "^ +row +${kind%s} +change$"
  check "17 lines" test "$(wc -l <.stdout)" = 17
  check "every one once" test "$(awk 'NR > 1 {print $2}' .stdout | sort -n | xargs)" = "$(seq 0 15 | xargs)"
  check "the strongest first" test "$(awk 'NR > 1 {print $3}' .stdout)" = "$(awk 'NR > 1 {print $3}' .stdout | sort -gr)"
  [[ $kind == components ]] || direction=$(strongest)
done
check "no direction changes more than a component" awk "BEGIN {exit !($direction > $(strongest))}"
check_not "components are directions" cmp -s directions.png components.png
run_expecting 0 traverse $checkpoint -n 16
check "directions are the default" cmp directions.png traverse.png
expect_error 2 "17 rows are too many: the generator has a latent_dim of 16; give --rows 16 or fewer" traverse $checkpoint -n 17
expect_error 2 "give one of them" traverse $checkpoint --directions --components

# A transposed convolution of one pixel, and maxout, take z as a vector too; a convolution does not.
while read -r name layers; do
  run_expecting 0 --config c.ini -q --out $name --set train.epochs=1 --set "generator.layers=$layers"
  [[ $name == other ]] || run_expecting 0 traverse $name/checkpoints/latest.safetensors -n 16
done <<'LAYERS'
deconv image 16x1x1, deconv 8 7, relu, flatten
maxout maxout 8 2
other image 4x2x2, conv 4 2, flatten
LAYERS
expect_error 2 "'image', does not take z as a vector: give --components" traverse other/checkpoints/latest.safetensors
run_expecting 0 traverse other/checkpoints/latest.safetensors --components

# --- Training images ---

run_expecting 0 nearest $checkpoint -n 3 -c 4 -o here.png
check_prints "^ +row +sample +image +distance$"
check "samples 3, 7 and 11" test "$(awk 'NR > 1 {print $2}' .stdout | xargs)" = "3 7 11"
check "images of the range" awk 'NR > 1 && ($3 < 100 || $3 >= 600) {bad = 1} END {exit bad}' .stdout
check_not "a note about other images" says "note:"
cp .stdout neighbours
mv data.idx moved.idx
expect_error 1 "data.idx: .*--images FILE" nearest $checkpoint
run_expecting 0 nearest $checkpoint -n 3 -c 4 -o there.png --images moved.idx
check "the same images elsewhere" cmp here.png there.png
check "the same neighbours elsewhere" cmp .stdout neighbours
check_not "a note about other images" says "note:"
printf '[data]\nimages = moved.idx\nrange = 0:300\n' >moved.ini
run_expecting 0 nearest $checkpoint -n 3 -c 4 -o there.png --config moved.ini
check_says "note: .*moved.idx holds other images than those of the training"
run_expecting 0 nearest $checkpoint --images builtin:digits -o there.png
idx 8 3 3600 6 20 30 >large.idx
printf '[data]\nimages = large.idx\n' >large.ini
expect_error 1 "images are 20x30 and the generator's 28x28" nearest $checkpoint --config large.ini
expect_error 2 "nonsense.ini" nearest $checkpoint --config nonsense.ini

# The built-in digits need no file.
run_expecting 0 nearest uniform/checkpoints/latest.safetensors -o digits.png
check_not "a note about other images" says "note:"

finish
