# Bad input through the program: for every kind of wrong data file, config, option or output directory it
# must say one clear line, end with the right status, and write nothing.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini

# The program must refuse these arguments and not make the run directory.
refuses() { # STATUS, REGEX, ARGUMENT...
  expect_error "$1" "$2" --config c.ini --out never "${@:3}"
  check_not "$2: something was written" test -e never
}

refuses_images() { # REGEX, FILE: made by the caller
  refuses 1 "$2: .*$1" --set "data.images=$2"
}

# --- Data files ---

idx 8 3 640 40 4 4 >good
run_expecting 0 --config c.ini --set data.images=good --set data.range=0:40 --out taken
idx 8 4 1920 40 4 4 3 | gzip >good.gz
run_expecting 0 --config c.ini --set data.images=good.gz --set data.range=0:40 --out taken-too
mkdir folder
: >empty
printf '\0\0\10' >short
echo "this is a text, not an image" >text
idx 13 3 640 40 4 4 >float
idx 7 3 640 40 4 4 >no-type
idx 8 0 0 >rank-0
idx 8 1 40 40 >labels
idx 8 2 160 40 4 >rank-2
idx 8 5 640 40 2 2 2 2 >rank-5
idx 8 4 640 10 4 4 4 >four-colours
idx 8 3 0 0 28 28 >no-images
idx 8 3 0 40 28 0 >no-width
idx 8 3 3 40 28 >header-cut
idx 8 3 639 40 4 4 >one-less
idx 8 3 641 40 4 4 >one-more
idx 8 3 64 2147483648 2147483648 4 >overflow
idx 8 3 64 4294967295 4294967295 4294967295 >overflow-too
idx 8 3 64 65536 1024 1024 >claimed
idx 8 3 65792 1 257 256 >large-image
gzip -c good >good.gz && head -c 100 good.gz >cut.gz
cp good.gz bad-crc.gz && flip_byte bad-crc.gz $(($(size_of bad-crc.gz) - 8))
(cat good.gz && echo more) >followed.gz
printf '\37\213' >two-bytes.gz

refuses_images "cannot be read: No such file" missing
refuses_images "this folder holds no PNG or JPEG files: it is empty" folder
refuses_images "is empty" empty
refuses_images "is not an IDX, NPY" short
refuses_images "is not an IDX, NPY" text
refuses_images "0x0d \(32-bit float\)" float
refuses_images "is not an IDX, NPY" no-type
refuses_images "rank 0" rank-0
refuses_images "is this the labels file" labels
refuses_images "rank-2" rank-2
refuses_images "rank 5" rank-5
refuses_images "must be 1 .* or 3" four-colours
refuses_images "holds nothing: .* 0 x 28 x 28" no-images
refuses_images "holds nothing" no-width
refuses_images "ends inside its header" header-cut
refuses_images "promises 640 bytes .* only 639 follow" one-less
refuses_images "promises 640 bytes .* 641 follow" one-more
refuses_images "more than can be read" overflow
refuses_images "more than can be read" overflow-too
refuses_images "only 64 follow" claimed
refuses_images "65792 bytes each" large-image
refuses_images "gzip data is cut short" cut.gz
refuses_images "gzip data is damaged" bad-crc.gz
refuses_images "followed by bytes" followed.gz
refuses_images "cut short" two-bytes.gz
refuses 1 "/dev/zero: is not a regular file" --set data.images=/dev/zero
mkfifo pipe # nobody writes to it: it must not make us wait
refuses 1 "pipe: is not a regular file" --set data.images=pipe
refuses 1 "/dev/null: is not a regular file" --set data.images=/dev/null

# --- Labels and range ---

of_good=(--set data.images=good --set data.range=0:40)
idx 8 1 39 39 >labels-39
refuses 1 "labels-39: has 39 labels, but .* has 40 images" "${of_good[@]}" --set data.labels=labels-39
refuses 1 "rank-3 .* is this an images file" "${of_good[@]}" --set data.labels=good
refuses 1 "missing: cannot be read" "${of_good[@]}" --set data.labels=missing
refuses 1 "have labels of their own" --set data.labels=labels
refuses 1 "has 40 images, and the range from 0 to 41" "${of_good[@]}" --set data.range=0:41
refuses 1 "has 40 images, and the range from 50 to 60" "${of_good[@]}" --set data.range=50:60
refuses 1 "the range .* is too large" --set data.range=0:99999999999
refuses 2 "needs FIRST:LAST" "${of_good[@]}" --set data.range=7:7
refuses 2 "batch_size = 41: there are only 40 images" "${of_good[@]}" --set train.batch_size=41
refuses 2 "batch_size = 20: there are only 19 images" "${of_good[@]}" --set data.range=1:20

# --- Configs ---

config_refused() { # REGEX, TEXT of the file (a format of printf)
  # shellcheck disable=SC2059
  printf "$2" >bad.ini
  expect_error 2 "$1" --config bad.ini --out never
  check_not "$1: something was written" test -e never
}

config_refused "bad.ini:2: .*did you mean 'batch_size'" '[train]\nbatchsize = 5\n'
config_refused "bad.ini:3: .*already set in line 2" '[train]\nepochs = 5\nepochs = 5\n'
config_refused "bad.ini:2: .*epochs = : needs a value" '[train]\nepochs =\n'
config_refused "bad.ini:2: .*epochs = ten: needs a whole number, 1 to" '[train]\nepochs = ten\n'
config_refused "bad.ini:2: .*batch_size = 0: needs a whole number, 1 to 65536" '[train]\nbatch_size = 0\n'
config_refused "bad.ini:1: .*unknown section \[trian\]; did you mean 'train'" '[trian]\n'
config_refused "bad.ini:3: .*over-long" "[output]\n; fine\ndir = $(printf 'x%.0s' {1..3000})\n"
config_refused "bad.ini:2: .*form .key = value." '[train]\nepochs\n'
config_refused "bad.ini:1: .*form \[section\]" '[train\n'
config_refused "bad.ini:1: .*before the first section" 'epochs = 5\n'
config_refused "bad.ini:2: .*layer 2: 'rellu' is not known \(known: dense, .*did you mean 'relu'" \
  '[generator]\nlayers = dense 8, rellu\n'
config_refused "bad.ini: .*zero byte" '[train]\n\0\n'
expect_error 2 "missing.ini: cannot be read: No such file" --config missing.ini
expect_error 2 "folder: .*directory" --config folder
expect_error 2 "/dev/zero: .*larger than" --config /dev/zero
expect_error 2 "good.gz" --config good.gz --out never

printf '[train]\nbatch_size = 0\nepoch = 1\n[x]\n' >bad.ini
run_expecting 2 --config bad.ini --set train.seed=-1 --out never
check "four errors in one go" test "$(wc -l <.stderr)" = 4
check_says "^gantrain: bad.ini:2: .*batch_size"
check_says "bad.ini:3: .*did you mean 'epochs'"
check_says "bad.ini:4: unknown section \[x\]"
check_says "--set train.seed=-1: needs a whole number, 0 to"

# What other systems' editors make is taken.
printf '\357\273\277' >crlf.ini
sed 's/$/ ; a comment\r/' c.ini >>crlf.ini
run_expecting 0 --config crlf.ini --dry-run

# --- Options ---

wrong() { # REGEX, ARGUMENT...
  expect_error 2 "$@"
}

wrong "needs a config, .* or a command"
wrong "unknown command 'trian'; did you mean 'train'" trian
wrong "unknown command" ""
wrong "'c...': holds a line break: give the file another name" $'c\nc.ini'
wrong "'a...': holds a line break" --config c.ini --out $'a\nb'
wrong "needs --config" train
wrong "needs --config" --out x
wrong "needs --config" --
wrong "--config: needs an argument" --config
wrong "-c: needs an argument" -c
wrong "unknown option --confg; did you mean '--config'" --confg c.ini
wrong "unknown option -x" -x
wrong "unknown option -x" --config c.ini -x
wrong "'more' is one word too many" --config c.ini more
wrong "choose one" --config c.ini --resume --force
wrong "--out: needs a directory" --config c.ini --out ""
wrong "--set x: needs the form" --config c.ini --set x
wrong "unknown key 'train.batchsise'; did you mean 'train.batch_size'" --config c.ini --set train.batchsise=5
wrong "--set train.batch_size=: needs a value" --config c.ini --set train.batch_size=
wrong "'generator.layers|layer 1" --config c.ini --set generator.layers=dens
wrong "needs CHECKPOINT" sample
wrong "needs CHECKPOINT" inspect
wrong "'b' is one word too many" inspect a b
wrong "no help on 'confg'; did you mean 'config'" help confg
wrong "one word too many" help config layers
many=()
for ((i = 0; i < 300; i++)); do
  many+=(--set train.seed=1)
done
wrong "more than 256 options" --config c.ini "${many[@]}"
check_not "a wrong option made a directory" test -e runs
run --version >/dev/full
run_expecting 0 --version
"$gantrain" help >/dev/full 2>.stderr
check "a full standard output is a failure" test $? = 1

# --- Output directories ---

cannot_use() { # REGEX, DIRECTORY
  expect_error 1 "$1" --config c.ini -q --out "$2"
}

: >file
cannot_use "file: cannot be made: there is a file of that name" file
cannot_use "file: cannot be made: there is a file of that name" file/below
cannot_use "/dev/null" /dev/null/run
cannot_use "File name too long" "$(printf 'x%.0s' {1..300})"
wrong "over-long" --config c.ini --out "$(printf 'x/%.0s' {1..3000})"
check "the file in the way is still there" test -f file

run_expecting 0 --config c.ini -q --out run
before=$(fingerprint run)
cannot_use "run: already holds a run; .*--resume.*--force.*--out" run
cannot_use "already holds a run" run/
check "the run that was there is as it was" test "$before" = "$(fingerprint run)"

finish
