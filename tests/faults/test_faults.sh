# No fault costs anything: whatever kills the program or fails a system call at whatever point, the status tells the
# truth, and after --resume the run is the one that nobody disturbed, with nothing extra. A sample of all
# faults; scripts/faults tries each.
#
#   FAULTS_EVERY=1 bash tests/faults/test_faults.sh build/gantrain     all of them, which may take two hours

source_tree=$(realpath "$(dirname "$0")/../..")
source "$source_tree/tests/cli/lib.sh" "$@"
inject=$source_tree/tests/faults/inject
export XDG_CACHE_HOME=$work/cache
every=${FAULTS_EVERY:-37}
chains=${FAULTS_CHAINS:-2,10}
has_sanitizer() { ((slowness > 1)); }
! has_sanitizer || every=$((every * 3))
first=0 # each sweep takes other ones of the faults that are alike
few=$(((every + 11) / 12)) # the step of loops over fewer faults

strace -qq -o /dev/null true 2>/dev/null || {
  echo "skipped: strace is not here or may not trace (package strace; a container needs --cap-add SYS_PTRACE)"
  exit 77
}

sweep() { # WHAT, OPTION OF inject...
  local what=$1
  shift
  checks=$((checks + 1))
  first=$(((first + 3) % every))
  "$inject" --every "$every" --first "$first" "$@" >inject.txt 2>&1 || fail "$what" && tail -n 1 inject.txt | sed "s/^/$what: /"
  grep -A 12 OFFENCE inject.txt | head -60
}

mkdir start && cat >start/c.ini <<'INI'
[data]
range = 0:200
[generator]
latent_dim = 16
layers = dense 16
[discriminator]
layers = dense 16
[train]
epochs = 4
batch_size = 20
threads = 1
[output]
grid = 2x2
keep = 2
INI
train=("$gantrain" --config c.ini --out r -q --resume)

# --- Killed before any call that changes a file ---

sweep "a run, killed" --start start --kinds kill -- "${train[@]}"
cp -r start measured
sed -i 's/^range.*/&\ntest_images = builtin:digits/' measured/c.ini
printf '[metrics]\nevery = 1\nsamples = 100\n' >>measured/c.ini
renames=()
((every == 1)) || renames=(--only rename --every 2 --first 1)
sweep "a run with evaluations, killed" --start measured --kinds kill "${renames[@]}" -- "${train[@]}"

cp -r measured long
sed -i 's/^epochs.*/epochs = 30/' long/c.ini
sweep "a run with evaluations, killed again and again" --start long --chains "$chains,$RANDOM" -- "${train[@]}"

cp -r start board
echo 'tensorboard = yes' >>board/c.ini
(cd board && run -c c.ini -n)
((status == 2)) || # else it is built without protobuf-c
  sweep "a run with events for TensorBoard, killed, or a write fails" --start board --only write,fsync,ftruncate -- "${train[@]}"

# --- A call that fails ---

calls=getdents64,fcntl,symlink,mkdir,unlink,access
has_sanitizer || calls+=,mmap # without memory the sanitizer ends the process
sweep "a run, a call fails" --start start --kinds error --only $calls -- "${train[@]}"
cp -r start stopped
(cd stopped && run_expecting 0 "${train[@]:1}" --set train.epochs=2)
rm -f stopped/.std*
sweep "a run that goes on, a call fails" --start stopped --kinds error --only "$calls,read,pread64" -- "${train[@]}"

sweep "a run, a write fails" --start start --kinds error --only write,fsync,ftruncate,rename -- "${train[@]}"

sample=("$gantrain" sample r/checkpoints/latest.safetensors -n 3 --threads 1)
sweep "a folder of samples, a call fails" --start stopped --kinds error --only openat,write,fsync,rename,mkdir --again "test -e s/000002.png || ${sample[*]} -o s/" -- \
  "${sample[@]}" -o s/

# --- One of each kind that once cost something ---

# Runs the program with a fault.
disturbed() { # SYSTEM CALL:FAULT, ARGUMENT...
  (cd run && ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 timeout 120 strace -qq -o /dev/null -e trace="${1%%:*}" -e inject="$1" \
    "$gantrain" "${@:2}") >.stdout 2>.stderr </dev/null
  status=$?
}

copy() {
  rm -rf run && cp -r "$1" run
}

unchanged() {
  diff <(fingerprint "$1" | timeless) <(fingerprint run | timeless)
}

cp -r stopped done
(cd done && run_expecting 0 "${train[@]:1}" -q)
rm -f done/.std*

# A directory that cannot be listed was an empty one, and the run began with step 0.
for n in 1 2 3 4 5 6 7 8; do
  copy done
  disturbed "getdents64:error=EIO:when=$n" "${train[@]:1}"
  check "getdents64 $n: the finished run changed" unchanged done
  check "getdents64 $n: status $status" test "$status" -le 2
  check_not "getdents64 $n: starts over" says "beginning with step 0"
done

# A checkpoint that could not be opened for a moment was a damaged one, and moved aside.
for fault in openat:error=EMFILE openat:error=EIO pread64:error=EIO fstat:error=EIO newfstatat:error=EIO; do
  for n in $(cd done && "$inject" --start "$work/done" --kinds error --only "${fault%%:*}" --list -- "${train[@]}" |
    awk '{ print $2 }' | sort -nu | head -40 | awk -v few=$few 'NR % few == 0'); do
    copy done
    disturbed "$fault:when=$n" "${train[@]:1}"
    check "$fault $n: a good checkpoint is moved aside" test -z "$(find run -name '*.old-*')"
    check "$fault $n: status $status" test "$status" -le 2
  done
done

# An evaluation that fails for a moment is made again, and the best checkpoint is put in its place.
cp -r measured whole-measured
(cd whole-measured && run_expecting 0 "${train[@]:1}")
figures() { # DIRECTORY
  history "$1/r"
  (cd "$1/r/checkpoints" && cksum best.safetensors)
}
for fault in rename:error=EIO pread64:error=EIO write:error=EIO; do
  copy measured
  (cd run && ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 timeout 120 strace -qq -o /dev/null \
    -P r/checkpoints/measured.safetensors -P r/checkpoints/best.safetensors -e inject="$fault:when=1" \
    "${train[@]}") >.stdout 2>.stderr </dev/null
  check "$fault of an evaluation: status" test $? = 0
  check "$fault of an evaluation: other figures" diff <(figures whole-measured) <(figures run)
done

# A config that cannot be read for a moment is not a wrong one.
for fault in openat:error=EIO read:error=EIO read:error=EISDIR; do
  copy start
  (cd run && ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 timeout 120 strace -qq -o /dev/null -P c.ini -e inject="$fault" \
    "${train[@]}") >.stdout 2>.stderr </dev/null
  check "$fault of the config: status" test $? = 1
  check_says "^gantrain: c.ini: cannot be read: "
done

# Rows that could not be written were gone. They travel in the checkpoints.
copy stopped
(cd run && ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 timeout 120 strace -qq -o /dev/null -P r/metrics.csv \
  -e inject=fsync:error=EIO "${train[@]}") >.stdout 2>.stderr </dev/null
status=$?
check "rows: status $status" test "$status" = 1
check_says "^gantrain: r: trained to the end, but not all could be written"
check_not "rows: written" has_epoch run/r/metrics.csv 3
(cd run && run_expecting 0 "${train[@]:1}")
check "rows: another history" diff <(history done/r) <(history run/r)

# One that is cut while it is read ended the program by SIGBUS; it is one that is damaged.
copy stopped
(cd run && ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 timeout 120 strace -qq -o /dev/null -P r/checkpoints/epoch-0002.safetensors \
  -e inject=pread64:retval=0:when=4 "${train[@]}") >.stdout 2>.stderr </dev/null
status=$?
check "cut while it is read: status $status" test "$status" = 0
check_says "epoch-0002.safetensors: became shorter while it was read; taking the checkpoint before it"

# --- What a file system may lack ---

preload=$work/preload.so
if has_sanitizer || ! cc -shared -fPIC -o "$preload" "$source_tree/tests/faults/preload.c" -ldl; then
  echo "skipped: what takes a preloaded library (not with the address sanitizer)"
  finish
fi

# Runs the program without something.
without() { # VARIABLE=VALUE, ARGUMENT...
  (cd run && env LD_PRELOAD="$preload" "$1" timeout 120 "$gantrain" "${@:2}" >../.stdout 2>../.stderr </dev/null
    echo $? >../.status) 2>/dev/null
  status=$(<.status)
}

for lack in NO_LOCK=37 NO_LOCK=38 NO_LOCK=95 NO_FSYNC=22 NO_FSYNC=95 NO_SYMLINK=1 NO_SYMLINK=95 NO_SYMLINK=38; do
  copy start
  without $lack --config c.ini --out r
  check "$lack: status $status" test "$status" = 0
  check "$lack: one warning" test "$(grep -c "^warning: .*this file system" .stderr)" = 1
  check "$lack: another end" cmp {done,run}/r/checkpoints/epoch-0004.safetensors
  check "$lack: another history" diff <(history done/r) <(history run/r)
  check "$lack: latest" cmp run/r/checkpoints/{latest,epoch-0004}.safetensors
  check "$lack: two are kept" test "$(find run/r/checkpoints -name 'epoch-*' | wc -l)" = 2
done
check "latest is a copy" test ! -L run/r/checkpoints/latest.safetensors
(cd run && run_expecting 0 "${train[@]:1}")
check "latest is a link again" test "$(readlink run/r/checkpoints/latest.safetensors)" = epoch-0004.safetensors

# --- No memory ---

# Runs the program without its n-th allocation. Libraries may end the process for want of memory (libstdc++, which
# oneDNN is built on, and libgomp), but not without words of the program's own about what to set.
without_memory() { # STEP, ARGUMENT...
  local count n
  without COUNT_MEMORY=1 "${@:2}"
  count=$(sed -n 's/ allocations$//p' .stderr)
  for ((n = 1; n <= count; n += $1)); do
    copy start
    without NO_MEMORY=$n "${@:2}"
    check "allocation $n: status $status: gantrain ${*:2}" test "$status" -le 2 -o "$status" = 134
    ((status == 0)) || check_says "^gantrain: "
    ! says "libgomp|bad_alloc" || check_says "^gantrain: a library ended the program, .*: set train.backend = native"
  done
}

# Before main, where OpenBLAS starts threads of its own.
export OPENBLAS_NUM_THREADS=2
copy start
without COUNT_MEMORY=1 --version
for ((n = 1, count = $(sed -n 's/ allocations$//p' .stderr); n <= count; n += 3)); do
  without NO_MEMORY=$n --version
  check "allocation $n: status $status: gantrain --version" test "$status" -le 1 -o "$status" = 134
  ((status == 0)) || check_says "^gantrain: a library ended the program before it began, .*: free some memory"
done

export OPENBLAS_NUM_THREADS=1
copy start
for backend in native openblas onednn; do
  ! "$gantrain" --config start/c.ini -n --set train.backend=$backend >/dev/null 2>&1 ||
    without_memory $few --config c.ini -n --set train.backend=$backend
done
without_memory "$every" --config c.ini --out r -q

finish
