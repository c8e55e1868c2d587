# Bad checkpoints through `inspect`, `sample` and --resume=FILE: each must be refused with one line that
# says what is wrong with it, write nothing, and leave the run it was offered to as it was. Some are
# damaged; others are whole, with a right checksum, and still not to be used.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
run_expecting 0 --config c.ini -q --out run
good=good.safetensors
cp run/checkpoints/epoch-0002.safetensors $good

# A copy of the good one with the first match in its header replaced by a text of the same length.
changed() { # FILE, PATTERN, TEXT
  LC_ALL=C sed "1s/$2/$3/" $good >"$1"
  check "$1 has another size" test "$(size_of "$1")" = "$(size_of $good)"
  check_not "$1 is unchanged" cmp -s "$1" $good
}

changed_again() { # FILE, PATTERN, TEXT
  changed "$@"
  renew_checksum "$1"
}

# A safetensors file of that header, with zero bytes behind it.
safetensors() { # HEADER, BYTES
  local length=${#1}
  # shellcheck disable=SC2059
  printf "$(printf '\\%03o\\%03o\\0\\0\\0\\0\\0\\0' $((length & 255)) $((length >> 8)))"
  printf %s "$1"
  head -c "$2" /dev/zero
}

run_files() {
  fingerprint run | timeless
}
run_before=$(run_files)

resume_refused() { # STATUS, REGEX, FILE
  run_expecting "$1" --config c.ini -q --out fresh --set train.epochs=5 "--resume=$3"
  # What differs from another config (status 2) is a line each.
  (($1 == 2)) || check "$3: resume says more than a line" test "$(wc -l <.stderr)" = 1
  check_says "^gantrain: .*$2"
  check "$3: a run was begun" test ! -e fresh/config.ini
  check "$3: the run is as it was" test "$run_before" = "$(run_files)"
}

sample_refused() { # REGEX, FILE
  expect_error 1 "$1" sample "$2" -o picture.png
  check_not "$2: a picture was made" test -e picture.png
}

inspect_refused() { # REGEX, FILE
  run_expecting 1 inspect "$2"
  check "$2: inspect says more than a line" test "$(wc -l <.stderr)" = 1
  check_says "^gantrain: .*$1"
}

refused() { # REGEX, FILE
  inspect_refused "$2: .*$1" "$2"
  sample_refused "$2: .*$1" "$2"
  resume_refused 1 "$2: .*$1" "$2"
}

# --- Not a checkpoint at all ---

mkdir folder
: >empty
head -c 7 $good >seven-bytes
echo "this is a text, not a checkpoint, whatever its name" >text
refused "No such file" missing
refused "is a directory: name a file in it" folder
refused "is not a file" /dev/zero
refused "0 bytes are too few" empty
refused "7 bytes are too few" seven-bytes
refused "not a safetensors file" text
refused "not a safetensors file" run/samples/real.png

# --- Damaged ---

size=$(size_of $good)
for length in 8 9 100 4000 $((size / 2)) $((size - 1)); do
  head -c "$length" $good >"cut-$length"
  refused "" "cut-$length"
done
cp $good header-long && printf '\377\377\377\377\377\377\377\177' | dd of=header-long conv=notrunc status=none
refused "it claims a header of 9223372036854775807 bytes" header-long
cp $good no-json && printf '[' | dd of=no-json bs=1 seek=8 conv=notrunc status=none
refused "not a JSON object" no-json
cp $good flipped && flip_byte flipped $((size - 1000))
refused "damaged: its checksum does not match" flipped
check_not "the copy is good" cmp -s flipped $good
# What moves a terminal's cursor stays in the file.
LC_ALL=C sed '1s/\[data\]/\\u001b/' $good >escapes
check_not "nothing was planted" cmp -s escapes $good
run inspect escapes
check_prints "^\?$"
check_not "an escape is printed" grep -q $'\e' .stdout

run inspect flipped
check_prints "DOES NOT MATCH"
(cat $good && echo more) >longer
refused "5 bytes after the last tensor" longer
changed renamed 'generator\.0\.weight' 'generator.1.weight'
refused "checksum does not match" renamed
changed no-checksum '"crc32"' '"crc23"'
refused "its checksum is missing" no-checksum

# --- Whole, but not to be used ---

cp $good same && renew_checksum same
check "the checksum is that of gzip" cmp same $good
safetensors '{}' 0 >foreign-empty
refused "not a checkpoint of gantrain" foreign-empty
safetensors '{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}' 8 >foreign
refused "not a checkpoint of gantrain" foreign
safetensors '{"__metadata__":7}' 0 >metadata-number
refused "" metadata-number
safetensors '{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}' 8 >outside
refused "outside of the file" outside
six='"dtype":"U8","shape":[6],"data_offsets":'
safetensors "{\"a\":{$six[0,6]},\"b\":{$six[2,8]}}" 8 >overlap
refused "overlaps another one" overlap
changed_again newer '"gantrain_format":"1"' '"gantrain_format":"2"'
refused "format version 2 is newer than this program.*use a newer gantrain" newer
changed_again config-key 'batch_size = 20' 'batsh_size = 20'
refused "config.*did you mean 'batch_size'" config-key
changed_again networks 'layers = dense 32, leaky_relu 0.2' 'layers = dense 32, channel_max 64'
sample_refused "networks: damaged: .*layers: layer 2: 'channel_max': PIECES 64 does not divide" networks
changed_again config-value 'batch_size = 20' 'batch_size = -0'
refused "config.*batch_size = -0: needs a whole number, 1 to 65536" config-value
changed_again height '"image_height":"28"' '"image_height":"00"'
refused "images of 0 x 28 x 1" height
changed_again sums 'trainer\.epoch_sums' 'trainer.epoch_bums'
refused "'trainer.epoch_sums' is missing" sums

# Those that only the networks show to be wrong: inspect cannot know.
changed_again name 'generator\.0\.weight' 'generator.1.weight'
sample_refused "name: .*'generator.0.weight' is missing" name
resume_refused 1 "name: .*'generator.0.weight' is missing" name
changed_again dtype '"dtype":"F32"' '"dtype":"I32"'
sample_refused "dtype: .*is I32, needs F32" dtype
resume_refused 1 "dtype: .*is I32, needs F32" dtype
changed_again shape '\[32,16\]' '[16,32]'
sample_refused "shape: .*another shape than \(32, 16\)" shape
resume_refused 1 "shape: .*another shape than \(32, 16\)" shape
changed_again side '"image_height":"28"' '"image_height":"27"'
sample_refused "side: .*another shape" side
resume_refused 2 "side: " side
changed_again data '"data_crc32":"[0-9]' '"data_crc32":"0'
resume_refused 2 "data: " data

# Places that no run can be at must not send training around in circles.
changed_again step-late '"step":"60"' '"step":"99"'
resume_refused 1 "step-late: " step-late
changed_again step-early '"step":"60"' '"step":"10"'
resume_refused 1 "step-early: " step-early
changed_again epoch-late '"epoch":"2"' '"epoch":"9"'
resume_refused 1 "epoch-late: " epoch-late

# --- And the good one is good ---

run_expecting 0 inspect $good
check_prints "^checksum +matches"
check_prints "^generator.0.weight +F32 +32 x 16 +512"
check_prints "^epoch +2$"
check_prints "^step +60$"
check_prints "^batch_size = 20$"
check "inspect says nothing on stderr" test ! -s .stderr

# A sound checkpoint of another run begins a run, but does not take the place of one.
run_expecting 0 --config c.ini -q --out other --set train.seed=7
expect_error 1 "run: already holds a run" --config c.ini -q --out run --set train.seed=7 \
  --resume=other/checkpoints/latest.safetensors
check "the run is as it was" test "$run_before" = "$(run_files)"
run_expecting 0 --config c.ini -q --out branch --set train.epochs=1 --set train.seed=7 \
  --resume=other/checkpoints/latest.safetensors
check "the branch has no checkpoint of its own" test -s branch/checkpoints/latest.safetensors

# One of a newer version is not passed over for an older one, which would then overwrite it.
mkdir -p later
cp -R run later/
cp newer "later/run/checkpoints/$(basename "$(readlink run/checkpoints/latest.safetensors)")"
newer_sum=$(cksum <newer)
expect_error 1 "use a newer gantrain" --config c.ini -q --out later/run --set train.epochs=5 --resume
check "the newer one is still there" test "$newer_sum" = \
  "$(cksum <"later/run/checkpoints/$(readlink run/checkpoints/latest.safetensors)")"

finish
