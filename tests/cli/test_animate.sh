# gantrain animate: GIFs of a run and of a checkpoint, of the size that was asked for; what is not there or
# cannot be meant is refused before anything is written. tests/files and tests/report decode the frames.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
run_expecting 0 --config c.ini -q --out run
checkpoint=run/checkpoints/latest.safetensors
run animate run
if says "built without giflib"; then
  check "there is a GIF" test ! -e animation.gif
  echo "skipped: giflib is not here (package libgif-dev)"
  exit 77
fi

gif_size() { od -An --endian=little -tu2 -j6 -N4 "$1" | awk '{print $1 "x" $2}'; }

check_says "^animation.gif: 3 frames$"
check "a GIF" test "$(head -c 6 animation.gif)" = GIF89a
check "a grid of 115 pixels, 4 times" test "$(gif_size animation.gif)" = 460x460
run_expecting 0 animate run -o one.gif --scale 1 --delay 50 --loop 1
check "its own size" test "$(gif_size one.gif)" = 115x115
check "played once" test "$(grep -c NETSCAPE one.gif)" = 0
run_expecting 0 animate $checkpoint --walk 3 --steps 4 -o walk.gif
check_says "^walk.gif: 12 images, seed 0, epoch 2, step 60$"
check "28 pixels, 18 times" test "$(gif_size walk.gif)" = 504x504
run_expecting 0 animate $checkpoint --walk 3 --steps 4 -o again.gif
check "not the same GIF twice" cmp walk.gif again.gif
run_expecting 0 animate $checkpoint --walk 3 --steps 4 -o again.gif --seed 1
check_not "another seed gives the same GIF" cmp -s walk.gif again.gif
for option in --steps=3 --seed=1 --raw; do
  expect_error 2 "${option%=*}: is for a walk of a checkpoint: add --walk N" animate run $option -o refused.gif
done

sed '/^\[generator\]/,/^\[train\]/{/^\[train\]/!d}' c.ini >mixture.ini
run_expecting 0 --config mixture.ini -q --out mixture --set train.model=mixture
run_expecting 0 animate mixture -o mixture.gif
expect_error 2 "no latent vector" animate mixture/checkpoints/latest.safetensors --walk 2 -o x.gif

run_expecting 0 --config c.ini -q --out colour --set data.channels=rgb
run_expecting 0 animate colour -o colour.gif
check_says "^colour.gif: 3 frames$"

expect_error 2 "is a file: name a run directory, or add --walk N" animate $checkpoint -o x.gif
expect_error 2 "--output x.png: the name must end in .gif" animate run -o x.png
expect_error 2 "--walk 1: needs a whole number, 2 to" animate $checkpoint --walk 1 -o x.gif
expect_error 2 "--scale 0: needs" animate run --scale 0 -o x.gif
expect_error 2 "--delay 5: needs" animate run --delay 5 -o x.gif
expect_error 1 "missing" animate missing -o x.gif
expect_error 1 "missing: cannot be read" animate missing --walk 2 -o x.gif
expect_error 1 "no/x.gif: cannot be written" animate run -o no/x.gif
check "something was written" test ! -e x.gif

finish
