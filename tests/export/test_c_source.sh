# gantrain export -o FILE.c: C99 that gcc and clang take without a word; its program prints the pixels of
# `gantrain sample`, within one level, for every kind of model and layer.

source "$(dirname "$0")/../cli/lib.sh" "$@"
source "$2/tests/export/models.sh"

compilers=()
for compiler in gcc clang cc; do
  command -v $compiler >/dev/null && compilers+=("$compiler")
done
compile() { # COMPILER, ARGUMENT...: must say nothing
  "$1" -std=c99 -pedantic -Wall -Wextra -Wshadow -Wconversion -Werror -O2 "${@:2}" >.compiled 2>&1 || head -5 .compiled
  check "$* says something" test ! -s .compiled
}

# Images 0 to 2 of seed 7, by the program of FILE.c, without their headers.
draw_by_program() { # FILE.c [CLASS]
  local name image
  name=$(basename "$1" .c)
  compile "${compilers[0]}" "-D${name}_MAIN" "$1" -lm -o program
  for image in 0 1 2; do
    ./program 7 $image ${2:+"$2"} >one.pgm
    tail -n +4 one.pgm
  done
}

for name in images colours "${with_generator[@]}"; do
  run_expecting 0 export "$(checkpoint_of $name)" -o $name.c
  check_says "^$name.c: generator, epoch 2, step"
  for compiler in "${compilers[@]}"; do
    compile "$compiler" -c $name.c -o object.o
  done
  draw_by_program $name.c >drawn
  wanted="P5 28 28 255"
  [[ $name == colours ]] && wanted="P6 12 10 255"
  check "$name: a picture of another kind" test "$(head -3 one.pgm | tr -d "\0" | tr '\n' ' ')" = "$wanted "
  run_expecting 0 sample "$(checkpoint_of $name)" -n 3 -s 7 -o sampled.idx
  header=16
  [[ $name == colours ]] && header=20
  tail -c +$((header + 1)) sampled.idx >sampled
  check_close $name drawn sampled 1
  check_not "$name: all pixels are alike" test "$(od -An -v -tu1 -w1 sampled | sort -u | wc -l)" -lt 3

  run_expecting 0 export "$(checkpoint_of $name)" -o bytes.c --int8
  check "$name: bytes are not smaller" test "$(size_of bytes.c)" -lt "$(size_of $name.c)"
  draw_by_program bytes.c >drawn
  check_close "$name --int8" drawn sampled 40
  check_not "$name --int8: the same weights" cmp -s drawn sampled
done

# The last program takes nothing but two whole numbers that fit.
for arguments in "7x" "-1" "" "18446744073709551616" "1 4294967296" "1 1.5" "1 2 3"; do
  read -ra words <<<"$arguments"
  ((${#words[@]} > 0)) || words=("")
  ./program "${words[@]}" >.stdout 2>.stderr
  check "program '$arguments': status" test $? = 2
  check "program '$arguments': prints something" test ! -s .stdout
  check_says "^usage: ./program \[SEED \[INDEX\]\], whole numbers$"
done
check "the largest numbers" ./program 18446744073709551615 4294967295 >/dev/null

# A conditional one, of two classes; a class that is none.
run_expecting 0 export "$(checkpoint_of told)" -o told.c
for compiler in "${compilers[@]}"; do
  compile "$compiler" -c told.c -o object.o
done
for class in 3 9; do
  draw_by_program told.c $class >drawn-$class
  run_expecting 0 sample "$(checkpoint_of told)" -n 3 -s 7 --class $class -o sampled.idx
  tail -c +17 sampled.idx >sampled
  check_close "class $class" drawn-$class sampled 1
done
check_not "two classes are the same" cmp -s drawn-3 drawn-9
check_not "class 10 of ten" ./program 7 0 10 2>told.log
check "class 10 of ten" grep -q "LABEL: needs a whole number from 0 to 9" told.log
check "the header has no classes" grep -q "told_classes = 10 };" told.h
check_not "every header has classes" grep -qE "classes|label" gan.h

# The last weights in place of their moving average.
run_expecting 0 export "$(checkpoint_of images)" -o raw.c --raw
check_not "--raw gives the averages" cmp -s raw.c images.c

# The function in another program, in C++ too.
cat >caller.c <<'C'
#include "gan.h"
int main(void) {
    static unsigned char image[gan_height * gan_width * gan_channels];
    static float z[gan_latent];
    gan_generate(image, z);
    return 0;
}
C
compile "${compilers[0]}" caller.c gan.c -lm -o caller
check "a program that calls gan_generate" ./caller

# --- What is refused ---

checkpoint=$(checkpoint_of gan)
before=$(fingerprint . | grep -v " ./.std")
expect_error 2 "x.java: the name must end in .c" export "$checkpoint" -o x.java
expect_error 2 "the name must end in .c" export "$checkpoint" -o .c
expect_error 2 "needs --output FILE" export "$checkpoint"
for name in 7up a-b "a b" _a é; do
  expect_error 2 "'$name' is no C identifier: needs a letter" export "$checkpoint" -o "$name.c"
done
for options in --floats --rgb; do
  expect_error 2 "$options: .c files have no such option" export "$checkpoint" -o x.c "$options"
done
for kind in "${without_generator[@]}"; do
  expect_error 2 "no generator: a checkpoint of train.model = $kind has (no network|discriminator)$" \
    export "$(checkpoint_of "$kind")" -o x.c
done
if "$gantrain" help export | grep -q FILE.onnx; then
  expect_error 2 "the name must end in .c or .onnx" export "$checkpoint" -o x.java
  expect_error 2 "--int8: .onnx files have no such option" export "$checkpoint" -o x.onnx --int8
  expect_error 2 "--discriminator: .c files have no such option" export "$checkpoint" -o x.c --discriminator
  expect_error 2 "no encoder: a checkpoint of train.model = gan has generator and discriminator" \
    export "$checkpoint" -o x.onnx --encoder
  expect_error 2 "no discriminator: a checkpoint of train.model = vae has generator and encoder" \
    export "$(checkpoint_of vae)" -o x.onnx --discriminator
  expect_error 2 "--discriminator and --encoder: a file has one network" \
    export "$checkpoint" -o x.onnx --discriminator --encoder
  expect_error 2 "--rgb: it is the generator" export "$checkpoint" -o x.onnx --discriminator --rgb
  expect_error 1 "no/such/x.onnx: cannot be written" export "$checkpoint" -o no/such/x.onnx
fi
expect_error 1 "no/such/x.c: cannot be written" export "$checkpoint" -o no/such/x.c
expect_error 1 "missing: cannot be read" export missing -o x.c
check "something was written" test "$before" = "$(fingerprint . | grep -v " ./.std")"
mkdir x.h
expect_error 1 "x.h: cannot be written: it is a directory" export "$checkpoint" -o x.c
check "a source without its header" test ! -e x.c

finish
