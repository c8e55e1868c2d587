# Images in colour from CIFAR-10's binary files to pictures: sample, single PNG files, nearest, eval. A folder
# of single files is as good as the array, for data and for eval.

# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export XDG_CACHE_HOME=$work/cache

for i in {0..59}; do
  printf "\\$(printf %03o $((i % 10)))"
  seq "$((i * 97 + 1))" 9999 | tr -d '\n' | head -c 3072
done >batch.bin

write_config c.ini
sed -i 's/^range.*/images = batch.bin\ntest_images = batch.bin/; s/^epochs.*/epochs = 1/; s/^batch_size.*/batch_size = 10/
        0,/^layers.*/s//layers = dense 512, relu, image 8x8x8, deconv 4 4 stride 2, relu, deconv 3 4 stride 2/
        s/^layers = dense 32.*/layers = conv 4 4 stride 2, leaky_relu 0.2/' c.ini
run_expecting 0 -c c.ini --out run -q
latest=run/checkpoints/latest.safetensors

colour_type() { # FILE.png: 0 grey, 2 colour
  od -An -tu1 -j25 -N1 "$1" | tr -d ' '
}

value() { # WORD: of the line that begins so, in the last run's output
  awk -v word="$1" '$1 == word { print $2 }' .stdout
}

run_expecting 0 sample "$latest" -n 12 -o grid.png
check "a grid in colour" test "$(colour_type grid.png)" = 2
run_expecting 0 sample "$latest" -n 12 -o single/
check "a file each" test "$(find single -name '*.png' | wc -l)" = 12
check "in colour" test "$(colour_type single/000011.png)" = 2
run_expecting 0 sample "$latest" -n 12 -o array.npy
run_expecting 0 data array.npy
checksum=$(value checksum)
run_expecting 0 data single
check_prints "^images +12 of 32x32x3$"
check_prints "^pictures +0 grey, 12 in colour"
check "the same pixels: $checksum" test "$(value checksum)" = "$checksum"

run_expecting 0 nearest "$latest" -n 2 -c 3 -o near.png
check "nearest in colour" test "$(colour_type near.png)" = 2
run_expecting 0 eval "$latest" -n 12 -m frechet,score,manifold,nearest,parzen
check_prints "^Frechet distance"
check_prints "^accuracy of the classifier"
grep -v '^\(seconds\|epoch\|step\)' .stdout >drawn
run_expecting 0 eval -i single -c c.ini -n 12 -m frechet,score,manifold,nearest,parzen
check "a folder has the scores of the samples" cmp -s drawn <(grep -v '^\(seconds\|epoch\|step\)' .stdout)

finish
