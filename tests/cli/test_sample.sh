# gantrain sample: a PNG grid, an IDX or an NPY array of the right size; image i of a seed is the same
# image whatever the count and the kind of file; wrong options are refused before anything is written.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
run_expecting 0 --config c.ini -q --out run
checkpoint=run/checkpoints/latest.safetensors

sample() { # ARGUMENT...
  run_expecting 0 sample $checkpoint "$@"
  check "sample says something on stdout" test ! -s .stdout
}

bytes() { # FILE, OFFSET, COUNT: in hexadecimal
  od -An -v -tx1 -j"$2" -N"$3" "$1" | tr -d ' \n'
}

check_bytes() { # FILE, OFFSET, EXPECTED
  check "$1: at $2 stands $(bytes "$1" "$2" $((${#3} / 2)))" test "$(bytes "$1" "$2" $((${#3} / 2)))" = "$3"
}

check_size() { # FILE, BYTES
  check "$1 has $(size_of "$1") bytes" test "$(size_of "$1")" = "$2"
}

check_prefix() { # SHORT, LONG, HEADER of short, HEADER of long: the elements of short begin those of long
  check "$1 does not begin $2" cmp <(tail -c +$(($3 + 1)) "$1") \
    <(tail -c +$(($4 + 1)) "$2" | head -c $(($(size_of "$1") - $3)))
}

png_size() { # FILE
  od -An --endian=big -tu4 -j16 -N8 "$1" | awk '{print $1 "x" $2}'
}

# --- Arrays ---

sample -n 200 -o many.idx
check_says "^many.idx: 200 images, seed 0, epoch 2, step 60$"
check_bytes many.idx 0 00000803000000c80000001c0000001c
check_size many.idx $((16 + 200 * 784))
for count in 1 63 64 65 128; do
  sample --count $count --output few.idx
  check_bytes few.idx 4 "$(printf %08x $count)"
  check_size few.idx $((16 + count * 784))
  check_prefix few.idx many.idx 16 16
done
sample -n 70 -o few.npy
check_bytes few.npy 0 934e554d5059010076
check "the shape" grep -aq "{'descr': '|u1', 'fortran_order': False, 'shape': (70, 28, 28), }" few.npy
check_size few.npy $((128 + 70 * 784))
check_prefix few.npy many.idx 128 16
sample -o default.idx
check_size default.idx $((16 + 64 * 784))

# --- Two of them into one file: one waits for nothing and says why, and the file is whole ---

"$gantrain" sample $checkpoint -n 100000000 -o both.idx 2>.stderr &
wait_until test -s both.idx.tmp
expect_error 1 "both.idx: another process is writing it: wait for that, or choose another name" sample $checkpoint -n 200 -o both.idx
check "the other's file is gone" test -s both.idx.tmp
kill -TERM $!
wait $!
check "the first ends with status $?" test $? = 143
check "something is left of it" test -z "$(find . -name 'both*')"
for ((i = 0; i < 10; i++)); do
  for ((process = 0; process < 4; process++)); do
    ("$gantrain" sample $checkpoint -n 200 -o both.idx 2>said-$process; echo $? >ended-$process) &
  done
  wait
  cmp -s both.idx many.idx && grep -qx 0 ended-? || fail "of several at once: $(cat ended-? said-?)"
  grep -hvx '[01]' ended-? && fail "of several at once: another status"
  grep -hv '^both.idx: 200 images, \|^gantrain: both.idx: another process is writing it' said-? && fail "of several at once: other words"
  check "something temporary is left" test -z "$(find . -name 'both*.tmp')"
done

# --- Threads ---

for threads in 0 1 2; do
  sample -n 2000 --threads $threads -o threads-$threads.idx
done
check "other images on another number of threads" cmp threads-1.idx threads-2.idx
check "other images on all processors" cmp threads-1.idx threads-0.idx
sample -n 1 --threads 1024 -o threads.idx
processors=$(env -u OMP_NUM_THREADS nproc)
((processors >= 1024)) || check_says "^note: 1024 threads were asked for; .* may use $processors processors?, there will be $processors$"
expect_error 2 "--threads 1.5: needs a whole number, 0 to 1024" sample $checkpoint --threads 1.5
expect_error 2 "--threads 1025: needs a whole number, 0 to 1024" sample $checkpoint --threads 1025

# --- Seeds and checkpoints ---

sample -n 200 -s 0 -o again.idx
check "seed 0 is not the default" cmp again.idx many.idx
sample -n 200 --seed 18446744073709551615 -o other.idx
check_says "seed 18446744073709551615"
check_not "another seed gives the same images" cmp -s other.idx many.idx
check_not "another seed gives the same first image" cmp -s <(head -c 800 other.idx) <(head -c 800 many.idx)
check_not "all images are the same" cmp -s <(tail -c +17 many.idx | head -c 784) <(tail -c +801 many.idx | head -c 784)
run_expecting 0 sample run/checkpoints/epoch-0001.safetensors -n 200 -o earlier.idx
check_not "another epoch gives the same images" cmp -s earlier.idx many.idx

# --- Pictures ---

sample
check_says "^samples.png: 64 images"
check_bytes samples.png 0 89504e470d0a1a0a
check "8 x 8" test "$(png_size samples.png)" = 231x231
for grid in "16 4 115x115" "17 4 115x144" "6 3 86x57" "5 5 144x28" "3 1 28x86"; do
  read -r count columns wanted <<<"$grid"
  sample -n "$count" -c "$columns" -o grid.png
  check "$count in $columns columns are $(png_size grid.png)" test "$(png_size grid.png)" = "$wanted"
done
sample -n 16 -c 4 -o grid.png
sample -n 16 -c 4 -o again.png
check "the same picture twice" cmp grid.png again.png
sample -n 2 -c 100 -o wide.png # more columns than images
mkdir deep
sample -n 1 -o deep/one.png
check "in a directory" test -s deep/one.png
sample -n 1 -o "a name with 'quotes' and spaces.idx"
sample -n 1 -o few.idx # over what was there
check_size few.idx 800

# Noise of another kind, pixels of another range, RGB images.
idx 8 4 3600 20 6 10 3 >colours.idx
run_expecting 0 --config c.ini -q --out colours --set data.images=colours.idx --set data.range=0:20 \
  --set generator.prior=uniform --set generator.output=sigmoid
run_expecting 0 sample colours/checkpoints/latest.safetensors -n 5 -o colours.idx
check_bytes colours.idx 0 0000080400000005000000060000000a00000003
check_size colours.idx $((20 + 5 * 180))
run_expecting 0 sample colours/checkpoints/latest.safetensors -n 6 -c 3 -o colours.png
check "3 x 2 of 10 x 6" test "$(png_size colours.png)" = 32x13
check_bytes colours.png 24 0802

# --- A folder of single pictures ---

sample -n 70 -o singles/
check_says "^singles/: 70 images, seed 0, epoch 2, step 60$"
check "70 files" test "$(ls singles | wc -l)" = 70
check "named by number" test "$(ls singles | head -1) $(ls singles | tail -1)" = "000000.png 000069.png"
check "each of the size of an image" test "$(png_size singles/000069.png)" = 28x28
# Read back in the order of their names, they are the same images as those of the array.
sample -n 70 -o few.npy
run_expecting 0 data singles
checksum=$(awk '/^checksum/ { print $2 }' .stdout)
run_expecting 0 data few.npy
check_prints "^checksum +$checksum$"
run_expecting 0 sample colours/checkpoints/latest.safetensors -n 2 -o a/new/folder/
check "a picture in colour" test "$(png_size a/new/folder/000001.png)" = 10x6
check_bytes a/new/folder/000001.png 24 0802
mkdir empty
sample -n 1 -o empty/
check "into an empty folder" test -s empty/000000.png

# A stop leaves nothing, so that the same command can be typed again.
"$gantrain" sample $checkpoint -n 1000000 -o stopped/ 2>.stderr &
wait_until test -e stopped/000100.png
kill -TERM $!
wait $!
check "a folder, stopped: status" test $? = 143
check "a folder, stopped: what is left" test -z "$(ls stopped)"
sample -n 3 -o stopped/
check "and then made" test "$(ls stopped | wc -l)" = 3

# --- What is refused ---

files() {
  fingerprint . | grep -v " ./.std"
}
before=$(files)
refused() { # STATUS, REGEX, ARGUMENT...
  expect_error "$1" "$2" sample "${@:3}"
}
for count in 0 -1 ten 1.5 4294967296 99999999999999999999 ""; do
  refused 2 "--count $count: needs a whole number, 1 to" $checkpoint -o x.idx "--count=$count"
done
refused 2 "--columns 0: needs a whole number, 1 to" $checkpoint -o x.png -c 0
refused 2 "--columns x: needs a whole number, 1 to" $checkpoint -o x.png -c x
refused 2 "--seed -1: needs a whole number, 0 to 18446744073709551615" $checkpoint -o x.png -s -1
refused 2 "--seed 18446744073709551616: needs" $checkpoint -o x.png -s 18446744073709551616
for name in x.jpg x .png x.PNG / ""; do
  refused 2 "must end in .png, .idx or .npy" $checkpoint -o "$name"
done
refused 1 "singles/: the folder is not empty .*name another" $checkpoint -n 1 -o singles/
refused 1 "samples.png.*there is a file of that name" $checkpoint -n 1 -o samples.png/
refused 2 "-o: needs an argument" $checkpoint -o
refused 2 "--outptu.*did you mean '--output'" $checkpoint --outptu=x.png
refused 2 "one word too many" $checkpoint more
refused 1 "no/such/x.png: cannot be written: .*make its directory first" $checkpoint -o no/such/x.png
refused 1 "samples.png/x.idx: cannot be written: Not a directory" $checkpoint -o samples.png/x.idx
refused 1 "too many for one picture: at 1 columns 36157 fit" $checkpoint -n 36158 -c 1 -o x.png
refused 1 "missing: cannot be read" missing -o x.png
check "something was written" test "$before" = "$(files)"
mkdir folder.png
refused 1 "folder.png: cannot be written: it is a directory" $checkpoint -o folder.png
refused 1 "/dev/full: is not a file" /dev/full -o x.png

finish
