# What the tests of the program share: a directory that is there for the time of a test, a small config,
# runs of the program with what they print, and checks that count what went wrong. Source it with the
# test's own arguments, of which the first is the program; end a test with `finish`.

set -u
gantrain=$(realpath "$1")
work=$(mktemp -d)
here=$BASHPID
checks=0 failures=0
status=0
# A build with sanitizers takes so many times as long, at most.
slowness=1
! grep -q __asan_init "$gantrain" || slowness=15
# Small runs: a second team of threads would only get in the way of tests that run at the same time.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 LC_ALL=C
# What a sanitizer finds must not look like one of the program's own statuses.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}exitcode=99
export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}exitcode=99

clean_up() {
  [[ $BASHPID == "$here" ]] || return 0
  local child
  for child in $(jobs -p); do
    kill -KILL "$child" 2>/dev/null
  done
  cd / && rm -rf "$work"
}
trap clean_up EXIT
cd "$work" || exit 1

# A config that trains in milliseconds. --set adds to it.
write_config() { # FILE
  cat >"$1" <<'INI'
[data]
range = 0:600
[generator]
latent_dim = 16
layers = dense 32, leaky_relu 0.2
[discriminator]
layers = dense 32, leaky_relu 0.2
[train]
epochs = 2
batch_size = 20
threads = 1
[output]
grid = 4x4
INI
}

fail() {
  failures=$((failures + 1))
  local what=$*
  echo "FAILED: ${what:0:400}"
}

# Says what the last run printed; for the reader of a failure.
show_run() {
  sed 's/^/  stdout: /' "$work/.stdout" | head -20 | cut -c 1-400
  sed 's/^/  stderr: /' "$work/.stderr" | head -20 | cut -c 1-400
}

check() { # WHAT, COMMAND...: the command must succeed
  local what=$1
  shift
  checks=$((checks + 1))
  "$@" || fail "$what"
}

check_not() { # WHAT, COMMAND...
  local what=$1
  shift
  checks=$((checks + 1))
  ! "$@" || fail "$what"
}

# Runs the program, for two minutes at most, or ten with sanitizers; leaves its exit status in `status`, and what it
# printed in .stdout and .stderr.
run() { # ARGUMENT...
  timeout $((slowness > 1 ? 600 : 120)) "$gantrain" "$@" >"$work/.stdout" 2>"$work/.stderr" </dev/null
  status=$?
  if ((status == 99)) || grep -Eq 'Sanitizer|runtime error:' "$work/.stderr"; then
    fail "a sanitizer speaks: gantrain $*"
    show_run
  fi
}

run_expecting() { # STATUS, ARGUMENT...
  local wanted=$1
  shift
  checks=$((checks + 1))
  run "$@"
  if ((status != wanted)); then
    fail "status $status instead of $wanted: gantrain $*"
    show_run
    return 1
  fi
}

# The program must say one line on stderr, "gantrain: ..." with a match of the extended regular
# expression, nothing on stdout, and end with the status.
expect_error() { # STATUS, REGEX, ARGUMENT...
  local wanted=$1 regex=$2
  shift 2
  run_expecting "$wanted" "$@" || return
  checks=$((checks + 1))
  if (($(wc -l <"$work/.stderr") != 1)) || ! grep -Eq "^gantrain: .*($regex)" "$work/.stderr" ||
    [[ -s $work/.stdout ]]; then
    fail "not one line with '$regex': gantrain $*"
    show_run
  fi
}

says() { # REGEX: on stderr, in the last run
  grep -Eq -- "$1" "$work/.stderr"
}

prints() { # REGEX: on stdout, in the last run
  grep -Eq -- "$1" "$work/.stdout"
}

check_says() { # REGEX
  checks=$((checks + 1))
  says "$1" && return
  fail "stderr has no '$1'"
  show_run
}

check_prints() { # REGEX
  checks=$((checks + 1))
  prints "$1" && return
  fail "stdout has no '$1'"
  show_run
}

# All files below a directory with their checksums, to see whether anything changed.
fingerprint() { # DIRECTORY
  (cd "$1" && find . \( -type f -o -type l \) -print0 | sort -z | xargs -0 -r cksum)
}

# The lines of a fingerprint but those of files that tell the time.
timeless() {
  grep -Ev '(log\.txt|events\.jsonl|report\.html)$'
}

# All columns of metrics.csv but those of time.
history() { # DIRECTORY
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) time[i] = $i == "seconds" || $i == "images_per_second" }
           { for (i = 1; i <= NF; i++) printf "%s,", time[i] ? "" : $i; print "" }' "$1/metrics.csv"
}

# The last row's value in a column of metrics.csv.
last_value() { # METRICS.CSV, COLUMN
  awk -F, -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i } END { print $column }' "$1"
}

# Waits, however long the machine takes, until a command succeeds; gives up after five minutes.
wait_until() { # COMMAND...
  local try
  for ((try = 0; try < 15000; try++)); do
    "$@" 2>/dev/null && return
    sleep 0.02
  done
  fail "five minutes have passed: $*"
  return 1
}

has_epoch() { # METRICS.CSV, EPOCH: its row is written
  [[ -e $1 ]] && awk -F, -v epoch="$2" 'NR == 1 { columns = NF } NF == columns && $1 == epoch { found = 1 } END { exit !found }' "$1"
}

# The bytes of a big-endian 32-bit number.
word() { # NUMBER
  # shellcheck disable=SC2059 # the format is the bytes
  printf "$(printf '\\%03o\\%03o\\%03o\\%03o' $(($1 >> 24 & 255)) $(($1 >> 16 & 255)) $(($1 >> 8 & 255)) $(($1 & 255)))"
}

# An IDX file: type and rank byte as they come, sizes, and that many bytes of data.
idx() { # TYPE, RANK, DATA BYTES, SIZE...
  local type=$1 rank=$2 bytes=$3 size
  shift 3
  # shellcheck disable=SC2059
  printf "$(printf '\\000\\000\\%03o\\%03o' "$type" "$rank")"
  for size; do
    word "$size"
  done
  ((bytes == 0)) || seq 1 "$bytes" | head -c "$bytes"
}

# Changes one byte of a file.
flip_byte() { # FILE, OFFSET
  local byte
  byte=$(od -An -tu1 -j"$2" -N1 "$1")
  # shellcheck disable=SC2059
  printf "$(printf '\\%03o' $((byte ^ 255)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# Writes bytes, as printf's escapes, over those of a safetensors file's first tensor, with a right checksum.
replace_numbers() { # FILE, BYTES
  # shellcheck disable=SC2059
  printf "$2" | dd of="$1" bs=1 seek=$((8 + $(od -An -tu8 -N8 "$1"))) conv=notrunc status=none
  renew_checksum "$1"
}

# Gives a file the checksum that its bytes should have. gzip writes a CRC-32 after its data.
renew_checksum() { # FILE
  local crc
  LC_ALL=C sed -i '1s/"crc32":"[0-9a-f]\{8\}"/"crc32":"00000000"/' "$1"
  crc=$(gzip -c "$1" | tail -c 8 | od -An --endian=little -tx4 -N4 | tr -d ' ')
  LC_ALL=C sed -i "1s/\"crc32\":\"00000000\"/\"crc32\":\"$crc\"/" "$1"
}

size_of() { # FILE
  stat -c %s "$1"
}

finish() {
  if ((failures > 0)); then
    echo "$failures of $checks checks failed"
    exit 1
  fi
  echo "$checks checks passed"
  exit 0
}
