# What version 0.1.0 wrote still loads: its config trains, its checkpoint is sampled to the same images, its run
# directory is resumed to the same numbers. The files in tests/fixtures/0.1.0 were written by that version, by
# `gantrain --config tiny.ini --out run`, `gantrain sample run/checkpoints/latest.safetensors -n 16 -o samples.idx` and
# `gantrain --config tiny.ini --out run --set train.epochs=4 --resume`, those in its folder batchnorm by the same
# commands with batchnorm.ini and `--set data.images=images.idx`. Another processor may round otherwise, so numbers are
# compared to a part in a thousand, and pixels to one level.

# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
old=$2/tests/fixtures/0.1.0
export XDG_CACHE_HOME=$work/cache

# Whether no two bytes at the same place differ by more than one.
within_one_level() { # FILE, FILE
  [[ $(size_of "$1") == "$(size_of "$2")" ]] || return 1
  cmp -l "$1" "$2" | awk '
    function number(octal) { return int(octal / 100) * 64 + int(octal / 10) % 10 * 8 + octal % 10 }
    { d = number($2) - number($3); if (d > 1 || d < -1) exit 1 }'
}

# Whether the columns that both histories have hold the same numbers, but for timings, the diversity (that is
# measured on other images today), and what a classifier sees (its training makes rounding large).
same_numbers() { # METRICS.CSV OF OLD, METRICS.CSV
  awk -F, '
    FNR == 1 { file++; for (i = 1; i <= NF; i++) name[file, i] = $i; next }
    { for (i = 1; i <= NF; i++) value[file, name[file, i], $1] = $i; rows[file]++; columns[file] = NF }
    END {
      if (rows[1] != rows[2]) { print "rows: " rows[1] " and " rows[2]; exit 1 }
      for (i = 1; i <= columns[1]; i++) {
        column = name[1, i]
        if (column ~ /^(seconds|images_per_second|diversity)$|frechet|score|class|precision|recall|density|coverage/) continue
        for (epoch = 1; epoch <= rows[1]; epoch++) {
          a = value[1, column, epoch]; b = value[2, column, epoch]
          size = a < 0 ? -a : a; d = a - b; if (d < 0) d = -d
          if ((a == "") != (b == "") || d > 1e-3 * (size > 1 ? size : 1)) { print column, epoch, a, b; bad = 1 }
        }
      }
      exit bad
    }' "$1" "$2"
}

cp -r "$old/run" run
ln -s epoch-0002.safetensors run/checkpoints/latest.safetensors

run_expecting 0 inspect run/checkpoints/latest.safetensors
check_prints "^generator.ema.0.weight"
check_prints "checksum +matches"
run_expecting 0 sample run/checkpoints/latest.safetensors -n 16 -o samples.idx
check "the samples differ" within_one_level "$old/samples.idx" samples.idx

# A debug build may round a digit's pixel otherwise; a run is resumed on the images that it was trained on.
digits=$("$gantrain" data builtin:digits --range 0:120 | awk '$1 == "checksum" { print $2 }')
check "gantrain data says no checksum" test -n "$digits"
if [[ $digits == 2648f655 ]]; then
  run_expecting 0 --config "$old/tiny.ini" --out run --set train.epochs=4 --resume --quiet
  check "the resumed run differs" same_numbers "$old/metrics-4-epochs.csv" run/metrics.csv

  run_expecting 0 --config run/config.ini --out again --set train.epochs=4 --quiet
  check "a run begun again differs" same_numbers "$old/metrics-4-epochs.csv" again/metrics.csv
  check_not "the check of numbers sees nothing" same_numbers <(sed 's/0\.65121/0.66121/' "$old/metrics-4-epochs.csv") again/metrics.csv
else
  echo "the digits of this build are not those of the run: it is not resumed"
fi

# batchnorm on an image had weights for each pixel: the checkpoint's shapes tell.
old=$old/batchnorm
cp -r "$old/run" flat
run_expecting 0 sample flat/checkpoints/epoch-0002.safetensors -n 16 -o flat.idx
check "the samples differ" within_one_level "$old/samples.idx" flat.idx
for resume in --resume --resume=flat/checkpoints/epoch-0002.safetensors; do
  rm -rf flat
  cp -r "$old/run" flat
  run_expecting 0 --config "$old/batchnorm.ini" --set data.images="$old/images.idx" --out flat --set train.epochs=4 "$resume" --quiet
  check "the resumed run differs" same_numbers "$old/metrics-4-epochs.csv" flat/metrics.csv
done
run_expecting 0 --config "$old/batchnorm.ini" --set data.images="$old/images.idx" --out flat --set train.epochs=5 --resume --quiet
run_expecting 0 eval flat/checkpoints/latest.safetensors --set data.images="$old/images.idx" --set data.test_images="$old/images.idx" -n 20 -m nearest,value --quiet
check_prints "V"
run_expecting 0 import "$old/run/checkpoints/epoch-0002.safetensors" --config "$old/batchnorm.ini" --set data.images="$old/images.idx" -o imported
run_expecting 0 sample imported/checkpoints/latest.safetensors -n 16 -o imported.idx
check "the samples of the imported weights differ" within_one_level "$old/samples.idx" imported.idx
run_expecting 0 --config "$old/batchnorm.ini" --set data.images="$old/images.idx" --out imported --set train.epochs=1 --resume --quiet

finish
