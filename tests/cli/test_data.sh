# gantrain data: the lines for a folder, an array and the built-in digits; the preview; conversion; the
# message for a source that cannot be opened.

# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export XDG_CACHE_HOME=$work/cache

png_size() { # FILE: WIDTHxHEIGHT
  echo "$(od -An -tu1 -j16 -N8 "$1" | awk '{ print $3 * 256 + $4 "x" $7 * 256 + $8 }')"
}

# The built-in digits have labels without names.
run_expecting 0 data builtin:digits --range 0:600 --preview digits.png
check_prints "^source +built-in digits$"
check_prints "^images +600 of 28x28$"
check_prints "^mean +[0-9.]+ of 255$"
check_prints "^classes +10$"
check_prints "^ +[0-9]+    9$"
check "the counts are of all images" test "$(awk '/^classes/ { on = 1; next } on { sum += $1 } END { print sum }' .stdout)" = 600
check "10 rows of 8" test "$(png_size digits.png)" = 231x289

# A folder with classes, a picture of another size, a bad one and a text.
write_config maker.ini
run_expecting 0 -c maker.ini --out maker --set train.epochs=1 -q
mkdir -p pets/cat pets/dog
for i in 1 2 3 4 5; do
  run_expecting 0 sample maker/checkpoints/latest.safetensors -n 1 --seed "$i" -o "pets/$( ((i > 3)) && echo dog || echo cat)/$i.png"
done
echo hello >pets/notes.txt
run_expecting 0 data pets -p pets.png -c 3
check_prints "^source +a folder of pictures"
check_prints "^images +5 of 28x28$"
check_prints "^pictures +5 grey, 0 in colour; 0 transparent$"
check_prints "^sizes +5 of 28 x 28$"
check_prints "^bad +0 "
check_prints "^other +1 "
check_prints "^classes +2$"
check_prints "^ +3    cat$"
check_prints "^ +2    dog$"
check_says "left out 1 files that are no pictures \(1 .txt\)"
check "2 rows of 3" test "$(png_size pets.png)" = 86x57
check "nothing else is written" test ! -e cache
run_expecting 0 data pets --quiet
check "quiet" test ! -s .stderr
run_expecting 0 data pets --size 20x10 --channels rgb
check_prints "^images +5 of 10x20x3$"

# The first row of the preview is of the first class: its last cell is blank if there are not enough.
rm -r pets/dog/5.png
run_expecting 0 data pets -p one.png -c 2
mv pets/dog/4.png 4.png && cp 4.png pets/dog/again.png && cp 4.png pets/dog/4.png
run_expecting 0 data pets -p two.png -c 2
check "a blank cell is not an image" test "$(cksum <one.png)" != "$(cksum <two.png)"

# What is found is printed also where the source cannot be opened.
run_expecting 0 sample maker/checkpoints/latest.safetensors -n 4 -c 2 -o pets/cat/wide.png
run_expecting 1 data pets
check_prints "^sizes +5 of 28 x 28$"
check_prints "^ +1 of 57 x 57$"
check_says "differ in width x height .*data.size"
printf x >pets/cat/bad.png
run_expecting 1 data pets
check_says "differ in width x height"
check_says "cat/bad.png: is neither a PNG nor a JPEG file"
run_expecting 1 data pets --size 28x28
check_prints "^bad +1 "
check_says "bad.png: is neither a PNG nor a JPEG file"
run_expecting 0 data pets --size 28x28 --set data.skip_bad=yes
check_prints "^images +6 of 28x28$"

# An array without labels; labels in another file; those of a config are not taken for another source.
run_expecting 0 sample maker/checkpoints/latest.safetensors -n 20 -o a.npy
run_expecting 0 data a.npy -p a.png
check_prints "^source +an NPY file$"
check_prints "^classes +none: there are no labels$"
check_not "no album" prints "^pictures"
check "20 images, 8 to a row" test "$(png_size a.png)" = 231x86
{ printf '\0\0\010\001' && word 20 && head -c 20 /dev/zero; } >labels.idx
run_expecting 0 data a.npy --labels labels.idx
check_prints "^ +20    0$"
printf '[data]\nimages = a.npy\nlabels = labels.idx\n' >c.ini
run_expecting 0 data --config c.ini
check_prints "^ +20    0$"
run_expecting 0 data pets/dog --config c.ini
check_prints "^images +2 of 28x28$"

# Conversion: the same images and labels, by their checksum and counts, whatever the format.
rm pets/cat/bad.png
run_expecting 0 data pets --size 12x10 --channels rgb
grep checksum .stdout >before
run_expecting 0 data pets --size 12x10 --channels rgb -o pets.npz
check_says "^pets.npz: 6 images$"
run_expecting 0 data pets.npz -o pets-images.idx
check_says "^pets-images.idx: 6 images; their labels: pets-labels.idx$"
run_expecting 0 data pets-images.idx --labels pets-labels.idx -o pets.npy
check_says "^pets.npy: 6 images; NPY holds no labels: for these, write an NPZ or IDX file$"
run_expecting 0 data pets.npy --labels pets-labels.idx
check "the checksum is the same" test "$(grep checksum .stdout)" = "$(cat before)"
check_prints "^images +6 of 10x12x3$"
check_prints "^ +4    0$"
check_prints "^ +2    1$"
run_expecting 0 data builtin:digits --range 0:50 -o part.npz -q
check "quiet" test ! -s .stderr
check "no temporary file stays" test -z "$(find . -name '*.tmp*')"

# A file is written over only if that is asked for; nothing is read before.
cp part.npz old.npz
expect_error 1 "part.npz: is there already: name another, or add --force" data builtin:digits -o part.npz
check "it is as it was" cmp -s part.npz old.npz
run_expecting 0 data builtin:digits --range 50:60 -o part.npz --force
run_expecting 0 data part.npz
check_prints "^images +10 of 28x28$"
expect_error 1 "pets-labels.idx: is there already" data builtin:digits --range 0:9 -o pets.idx

# What is read is not written over, whatever it is called.
cp part.npz old.npz
cp pets-labels.idx own-labels.idx
ln -s part.npz link.npz
for source in part.npz ./part.npz link.npz part.npz:images "part.n*" "old.npz, part.npz"; do
  expect_error 2 "part.npz: is what is read: name another" data "$source" -o part.npz --force
done
expect_error 2 "part.npz: is what is read" data old.npz:images --labels part.npz:labels -o part.npz --force
expect_error 2 "own-labels.idx: is what is read" data pets-images.idx --labels own-labels.idx -o own.idx --force
check "it is as it was" cmp -s part.npz old.npz
run_expecting 0 data part.npz --range 0:5 -o link.npz --force
check "a link was followed" cmp -s part.npz old.npz
expect_error 2 "a.png: the name must end in .npz, .npy, .idx or -ubyte" data builtin:digits -o a.png
run_expecting 1 data builtin:digits --range 0:9 -o deep/a.npz
check_says "^gantrain: deep/a.npz: cannot be written: No such file or directory: make its directory first$"

expect_error 2 "data: needs SOURCE, or --config FILE" data
expect_error 1 "nowhere: .*No such file" data nowhere
expect_error 2 "the name must end in .png" data a.npy -p a.jpg
expect_error 2 "data.size" data a.npy --size big

# A preview among the pictures that it shows would be one of them.
mkdir -p beside
for path in pets/a.png pets/cats/a.png "$PWD/pets/a.png" beside/../pets/a.png; do
  mkdir -p "${path%/*}"
  expect_error 2 "would be one of the pictures of pets: name a file outside of that folder" data pets --size 28x28 --set data.skip_bad=yes -p "$path"
  check "$path: was written" test ! -e "$path"
done
(cd pets && run data . --size 28x28 --set data.skip_bad=yes -p a.png)
check_says "would be one of the pictures of "
run_expecting 0 data pets --size 28x28 --set data.skip_bad=yes -p pets.png

# What is built in is no file among others.
for source in a.npy,builtin:ring "builtin:digits, a.npy" builtin:ring,builtin:line; do
  expect_error 2 "builtin:.*: stands alone, and cannot be joined to files" data "$source"
  expect_error 2 "builtin:.*: stands alone, and cannot be joined to files" data --set "data.images=$source" --config /dev/null
done

# Keys that do nothing with this source.
run_expecting 0 data builtin:ring --range 0:50 --fit pad --set data.skip_bad=yes --set train.epochs=3
check_says "^data.fit = pad does nothing while data.size = \(none\)$"
check_says "^data.skip_bad = yes does nothing while data.images = builtin:ring"

# A line break in the name of a directory or of a file that a pattern finds: a line that names it.
mkdir $'a\nb' && cp a.npy $'a\nb/x.npy' && cp a.npy $'x\ny.npy'
(cd $'a\nb' && run data --config /dev/null --set data.images=x.npy)
check_says "^gantrain: --set data.images=x.npy: is /.*/a\?b/x.npy, and a \? there is a line break or another control character"
check "one line" test "$(wc -l <.stderr)" = 1
expect_error 1 "x\?y.npy: its name holds a line break" data "x?y.n*"
expect_error 2 "--columns 0: needs a whole number" data a.npy -c 0
run_expecting 1 data a.npy -p deep/none.png
check_says "^gantrain: deep/none.png: cannot be written: No such file or directory"

finish
