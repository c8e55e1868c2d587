# A data file that has grown since a run began: --resume goes on with the images that the run had, and ends in the
# numbers of a run whose file never changed. A file that has changed otherwise is refused.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
sed -i 's/^range.*/images = images.idx\ntest_images = builtin:digits/; s/^epochs.*/epochs = 4/' c.ini
printf '[metrics]\nevery = 2\nsamples = 100\nbest = parzen\n' >>c.ini
export XDG_CACHE_HOME=$work/cache
idx 8 3 0 500 28 28 >header-500
idx 8 3 0 400 28 28 >header-400
seq 1 200000 | head -c $((500 * 784)) >pixels
images() { # COUNT
  { cat "header-$1" && head -c $(($1 * 784)) pixels; } >images.idx
}

images 400
run_expecting 0 --config c.ini -q --out run
cp -R run whole
rm -rf run
run_expecting 0 --config c.ini -q --out run --set train.epochs=1
images 500
run_expecting 0 --config c.ini --out run --resume --set train.epochs=3
check_says "500 images now: the run continues with the first 400, which it had"
run_expecting 0 --config c.ini --out run --resume
check_says "500 images now: the run continues with the first 400, which it had"
check "another history" diff <(history whole) <(history run)
check "another picture" cmp {whole,run}/samples/epoch-0004.png
check "the range is kept" grep -q "^range = 0:400$" run/config.ini
run_expecting 0 eval run/checkpoints/latest.safetensors -n 100 -m nearest

# New images do not become validation images, even where they are enough for it.
idx 8 3 0 400 8 8 >header-400
idx 8 3 0 10500 8 8 >header-10500
small() { # COUNT, with labels of two classes
  { cat "header-$1" && head -c $(($1 * 64)) <(cat pixels pixels); } >small.idx
  { idx 8 1 0 "$1" && head -c "$1" <(yes | tr 'y\n' '\0\1'); } >labels.idx
}
sed '/^test_images/d; /^best/d; s/^images.*/images = small.idx\nlabels = labels.idx/; s/^every.*/every = 1/' c.ini >small.ini
small 400
run_expecting 0 --config small.ini -q --out small --set train.epochs=2
mv small small-whole
run_expecting 0 --config small.ini -q --out small --set train.epochs=1
small 10500
run_expecting 0 --config small.ini --out small --resume --set train.epochs=2
check_says "10500 images now: the run continues with the first 400, which it had"
check "measured against other images" diff <(history small-whole) <(history small)

# Bytes that changed are other images.
{ cat header-500 && tr 1 2 <pixels; } >images.idx
run_expecting 2 --config c.ini -q --out run --resume --set train.epochs=5
check_says "^data.images: .*checksum"

finish
