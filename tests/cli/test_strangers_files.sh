# Files that a stranger made: a run directory with links in it, a checkpoint that names other files or whose weights
# are not numbers, a cache of classifiers. None is believed without a word, and none shows or changes other files.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
export XDG_CACHE_HOME=$work/cache

# --- A run directory with links ---

for name in log.txt events.jsonl events.out.tfevents.gantrain; do
  mkdir -p "link-$name"
  echo "somebody else's" >other.txt
  before=$(cksum other.txt)
  ln -s ../other.txt "link-$name/$name"
  run_expecting 0 --config c.ini --out "link-$name" -q
  check_says "^warning: link-$name/$name: was a link, .*: the link is now link-$name/$name.old-1"
  check "$name: written through a link" test "$before" = "$(cksum other.txt)"
  check "$name: is a link" test ! -L "link-$name/$name"
  [[ $name == *tfevents* ]] || check "$name: is not there" test -s "link-$name/$name"
  check "$name: the link is gone" test -L "link-$name/$name.old-1"
done
mkdir pipe && mkfifo pipe/log.txt
expect_error 1 "pipe/log.txt: cannot be written: .*: move it away" --config c.ini --out pipe -q

# --- A cache of classifiers ---

run_expecting 0 --config c.ini -q --out run
checkpoint=run/checkpoints/latest.safetensors
scores() {
  run_expecting 0 eval $checkpoint -n 300 --json -m score
  grep -v '"seconds"' .stdout
}
scores >first
cached=$(find cache/gantrain -name 'classifier-*.safetensors')
check_not "a sound one is not taken" says "not taken"
cp "$cached" sound
replace_numbers "$cached" '\0\0\300\177'
scores >again
check_says "^$work/$cached: tensor 'features.0.weight' holds a number that is not finite: .* trained$"
check "NaN: other scores" cmp first again
check "NaN: it is not mended" cmp sound "$cached"
header=$((8 + $(od -An -tu8 -N8 sound)))
{ head -c $header sound && head -c $(($(size_of sound) - header)) /dev/zero; } >"$cached"
renew_checksum "$cached"
scores >again
check_says "^$work/$cached: tensor 'features.0.weight' holds nothing but zeros: .* trained$"
check "zeros: other scores" cmp first again
truncate -s 1000 "$cached"
scores >again
check_says "^$work/$cached: .*(cut short|lie outside of the file).* trained$"
check "cut: other scores" cmp first again

# What a killed process left of other data goes with the next classifier that is kept.
: >cache/gantrain/classifier-of-other-data.safetensors.tmp
rm "$cached"
scores >again
check "a temporary file stays" test -z "$(find cache -name '*.tmp')"

# --- Weights that are not numbers ---

for number in '\0\0\300\177' '\0\0\200\377'; do # NaN, minus infinity
  cp $checkpoint wrong.safetensors
  replace_numbers wrong.safetensors "$number"
  for command in sample traverse interpolate nearest eval; do
    run_expecting 1 $command wrong.safetensors
    check_says "^gantrain: wrong.safetensors: tensor 'generator.0.weight' holds a number that is not finite"
    check "$command: a picture is left" test -z "$(ls ./*.png 2>/dev/null)"
  done
  run_expecting 1 --config c.ini -q --out resumed --resume=wrong.safetensors
  check_says "^gantrain: wrong.safetensors: tensor 'generator.0.weight' holds a number that is not finite"
done

# --- A checkpoint that names another file of the user's as its images ---

idx 8 3 470400 600 28 28 >images.idx
idx 8 1 600 600 >labels.idx
named=("--set" data.images=images.idx "--set" data.labels=labels.idx "--set" data.test_images=images.idx)
run_expecting 0 --config c.ini -q --out named "${named[@]}"
checkpoint=named/checkpoints/latest.safetensors
mkdir kept && mv images.idx labels.idx kept/
mkdir folder && echo "hunter2" >folder/hunter2.png

# One of what it names becomes something else.
shows_nothing() { # FILE that is replaced
  local file=$1 command
  for command in "eval $checkpoint" "nearest $checkpoint"; do
    # shellcheck disable=SC2086 # two words
    run $command
    [[ $command == nearest* && $file == labels.idx ]] || {
      check "$command: status $status" test "$status" = 1
      check_says "^gantrain: $work/images.idx: cannot be used as the images that $checkpoint names: "
      check_says "can be named by .*--config FILE"
    }
    check_not "$command: shows what is in it" says "hunter2|68 75 6e|letmein|begins with|pixels a line"
  done
}
for content in "hunter2 letmein" "hunter2,letmein,3" '{"hunter2": 1}' "folder"; do
  for file in images.idx labels.idx; do
    rm -rf images.idx labels.idx && cp kept/* .
    if [[ $content == folder ]]; then rm $file && cp -R folder $file; else echo "$content" >$file; fi
    shows_nothing $file
  done
done
rm -rf images.idx labels.idx && cp kept/labels.idx .
shows_nothing images.idx
check_says "names: No such file or directory; "
# A file that the user names is explained.
echo hunter2 >images.idx
run_expecting 1 nearest $checkpoint --images images.idx
check_says "^gantrain: images.idx: is not an IDX, .*begins with"
cp kept/images.idx .
run_expecting 0 eval $checkpoint -n 100 -m nearest
run_expecting 0 nearest $checkpoint

finish
