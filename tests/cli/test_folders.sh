# A folder of pictures from its config to training, resuming, evaluation and nearest images; what is said
# of files that cannot be read and of those that are no pictures; a list of files in a config.

# shellcheck source=tests/cli/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
export XDG_CACHE_HOME=$work/cache

write_config maker.ini
run_expecting 0 -c maker.ini --out maker --set train.epochs=1
mkdir -p conf/pets/cat conf/pets/dog
for i in {1..30}; do
  kind=$( ((i % 3)) && echo cat || echo dog)
  run_expecting 0 sample maker/checkpoints/latest.safetensors -n 1 --seed "$i" -o "conf/pets/$kind/$i.png"
done
echo hello >conf/pets/notes.txt

write_config conf/pets.ini
sed -i 's/^range.*/images = pets\nsize = 14\nmirror = yes/; s/^epochs.*/epochs = 2/; s/^batch_size.*/batch_size = 10/' conf/pets.ini
run_expecting 0 -c conf/pets.ini --out run
check_says "data: $work/conf/pets: 30 images of 14x14, .* with labels, and reflected"
check_says "left out 1 files that are no pictures \(1 .txt\)"
check "an epoch is a pass of the images and their reflections" grep -q '^2,12,' run/metrics.csv
check "the log has the note" grep -q "left out 1 files" run/log.txt
check "the decoded set is kept" test -e cache/gantrain/decoded-*.bin

# A run that is resumed knows its pictures, also where they come from the cache.
run_expecting 0 -c conf/pets.ini --out run --resume --set train.epochs=3
run_expecting 0 -c conf/pets.ini --out whole --set train.epochs=3
check "resumed as in one go" cmp -s run/samples/epoch-0003.png whole/samples/epoch-0003.png
check "with the same history" test "$(history run)" = "$(history whole)"
run_expecting 0 nearest run/checkpoints/latest.safetensors -n 2 -o near.png
check_not "nearest knows its images" says "other images"
check_not "a median without test images" grep -q median .stdout

# Test images are a yardstick for copies, and these are copies.
printf '[data]\nimages = pets\nsize = 14\ntest_images = pets\n' >conf/judge.ini
run_expecting 0 nearest run/checkpoints/latest.safetensors -n 2 -o near.png --config conf/judge.ini
check_prints "^median: [1-9][0-9.]* of 16 samples, 0.0000 of 30 test images; far nearer samples are copies$"
sed -i 's/^test_images.*/test_images = gone/' conf/judge.ini
run_expecting 0 nearest run/checkpoints/latest.safetensors -n 2 -o near.png --config conf/judge.ini
check_says "note: there are no test images to compare with: .*gone: cannot be read"
run_expecting 0 eval run/checkpoints/latest.safetensors -n 20 -m score,frechet
rm conf/pets/cat/1.png
run -c conf/pets.ini --out run --resume --set train.epochs=4
check "another set of pictures is another data set" test "$status" = 2

# A folder of bad files: each with its reason, and nothing is begun.
printf 'x' >conf/pets/cat/bad.png
head -c 60 conf/pets/cat/2.png >conf/pets/cat/cut.png
run_expecting 1 -c conf/pets.ini --out bad
check_says "pets: 2 of 31 pictures cannot be read; mend or remove them, or set data.skip_bad = yes:"
check_says "^  cat/bad.png: is neither a PNG nor a JPEG file"
check_says "^  cat/cut.png: is cut short"
check_not "no run directory" test -e bad
run_expecting 0 -c conf/pets.ini --out skipped --set data.skip_bad=yes
check_says "left out 2 of 31 pictures"

# The classes of a folder of test images must be those of the training images.
rm conf/pets/cat/bad.png conf/pets/cat/cut.png
cp -r conf/pets conf/test
run_expecting 0 -c conf/pets.ini --out pets --set train.epochs=1
checkpoint=pets/checkpoints/latest.safetensors
pets=(eval "$checkpoint" -n 20 -m frechet --set data.test_images="$PWD/conf/test")
run_expecting 0 "${pets[@]}"
mv conf/test/dog conf/test/hound
run_expecting 1 "${pets[@]}"
check_says "conf/test: its classes are not those of .*pets: class 1 is hound here and dog there: give both"
mv conf/test/hound conf/test/dog
mkdir conf/test/emu && cp conf/test/dog/3.png conf/test/emu/
run_expecting 1 "${pets[@]}"
check_says "class 2 is emu here and missing there"
rm -r conf/test/emu conf/test/cat
cp -r conf/test/dog conf/test/bird
run_expecting 1 "${pets[@]}"
check_says "class 0 is bird here and cat there"
# Labels from a file take the place of those of the folders, and of their names.
count=$(find conf/test -name '*.png' | wc -l)
{ printf '\0\0\010\001' && word "$count" && head -c "$count" /dev/zero; } >labels.idx
run_expecting 0 "${pets[@]}" --set data.test_labels="$PWD/labels.idx"
run_expecting 0 data conf/test --labels labels.idx
check_prints "^ +$count    0$"
check_not "no names of folders" prints "bird"

# Several files, next to the config.
run_expecting 0 sample maker/checkpoints/latest.safetensors -n 25 -o conf/a.npy
run_expecting 0 sample maker/checkpoints/latest.safetensors -n 15 -o conf/b.idx
write_config conf/list.ini
sed -i 's/^range.*/images = a.npy, b.idx/' conf/list.ini
run_expecting 0 -c conf/list.ini --dry-run
check_prints "40 images of 28x28"
sed -i 's/^images.*/images = [ab].*/' conf/list.ini
run_expecting 0 -c conf/list.ini --dry-run
check_prints "40 images of 28x28"

finish
