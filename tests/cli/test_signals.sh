# A signal at a random moment, again and again: the program saves and ends with 128 + the signal, and after
# --resume the run ends in the bytes of one that nobody disturbed. Every backend on 1 and 2 threads, with
# several networks: a handler that ran on a thread that computes would write over other memory in each.
#
#   SIGNAL_STOPS=20 bash tests/cli/test_signals.sh build/gantrain    20 stops of each combination, not 1;
#                                                                    0 leaves these out, as with sanitizers

source "$(dirname "$0")/lib.sh" "$@"
unset OMP_NUM_THREADS OPENBLAS_NUM_THREADS # OpenBLAS starts its own threads before main
export XDG_CACHE_HOME=$work/cache
stops=${SIGNAL_STOPS:-1}
declare -A number=([INT]=2 [TERM]=15 [HUP]=1 [USR1]=10 [XCPU]=24)

# Where this script was itself started with SIGHUP ignored, so is every program it starts.
signals=(INT TERM HUP)
[[ -z $(bash -c 'kill -HUP $$; echo ignored' 2>/dev/null) ]] || signals=(INT TERM)

write_config plain.ini
cat >layers.ini <<'INI'
[generator]
latent_dim = 16
layers = dense 48, batchnorm, leaky_relu, dropout 0.1, maxout 32 2
ema = 0.99
[discriminator]
layers = dropout 0.2, maxout 24 3, dense 24, tanh
r1_gamma = 0.5
r1_every = 3
[train]
epochs = 2
batch_size = 20
[output]
grid = 4x4
INI
cat >wide.ini <<'INI'
[generator]
latent_dim = 100
layers = dense 256, leaky_relu 0.2, dense 512, leaky_relu 0.2, dense 1024, leaky_relu 0.2
ema = 0.999
[discriminator]
layers = dense 512, leaky_relu 0.2, dense 256, leaky_relu 0.2
r1_gamma = 1
r1_every = 8
[train]
epochs = 2
batch_size = 64
[output]
grid = 4x4
INI

# Starts the program in the background in a directory of its own, so that all have the same --out, which
# stands in the checkpoints' config.
start() { # DIRECTORY, ARGUMENT...
  mkdir -p "$1"
  : >"$work/.stderr"
  (cd "$1" && exec "$gantrain" "${@:2}" >"$work/.stdout" 2>"$work/.stderr" </dev/null) &
}

# Waits for the program that was started last; leaves its status in `status`.
wait_for_end() {
  wait $! 2>/dev/null
  status=$?
}

at_once=$slowness # the seconds within which the program must end

seconds_since() { # START, from $EPOCHREALTIME
  awk -v start="$1" -v end="$EPOCHREALTIME" 'BEGIN { printf "%.3f", end - start }'
}

at_most() { # NUMBER, NUMBER
  awk -v a="$1" -v b="$2" 'BEGIN { exit !(a <= b) }'
}

# What a run of two epochs leaves, timings aside.
end_of() { # DIRECTORY
  history "$1/r"
  (cd "$1/r" && cksum samples/* checkpoints/epoch-0002.safetensors)
}

same_end() { # DIRECTORY, DIRECTORY
  [[ $(end_of "$1" | wc -l) -ge 5 ]] && diff <(end_of "$1") <(end_of "$2") >/dev/null
}

# --- A run, stopped at any moment ---

stopped=0 early=0

stop_at_random() { # SECONDS that the run takes, DIRECTORY of the whole run, SIGNAL, ARGUMENT...
  local takes=$1 whole=$2 signal=$3
  shift 3
  rm -rf stopped
  start stopped "$@"
  sleep "$(awk -v takes="$takes" -v random=$RANDOM 'BEGIN { print takes * (0.1 + 0.9 * random / 32768) }')"
  kill "-$signal" $! 2>/dev/null
  wait_for_end
  if ((status == 128 + ${number[$signal]})); then
    stopped=$((stopped + 1))
    says "saved" || early=$((early + 1))
  elif ((status != 0)); then
    fail "SIG$signal: status $status: gantrain $*"
  fi
  cd stopped || exit 1
  run_expecting 0 "$@" --resume
  cd "$work" || exit 1
  check "SIG$signal: another end: gantrain $*" same_end "$whole" stopped
}

backends=()
for backend in native openblas onednn; do
  "$gantrain" --config plain.ini --out none -n --set "train.backend=$backend" >/dev/null 2>&1 || continue
  backends+=("$backend")
  # Its kernels for AVX2 and those for AVX-512 treat the stack differently.
  [[ $backend != onednn ]] || backends+=("$backend,AVX2")
done
combination=0
for backend in "${backends[@]}"; do
  ((stops > 0)) || break
  export ONEDNN_MAX_CPU_ISA=DEFAULT
  [[ $backend != *,* ]] || ONEDNN_MAX_CPU_ISA=${backend#*,}
  for threads in 1 2; do
    for config in plain layers wide; do
      how=(--config "../$config.ini" --out r -q --set "train.backend=${backend%,*}" --set "train.threads=$threads"
        --set data.range=0:3200)
      [[ $config != wide ]] || how+=(--set data.range=0:1600)
      rm -rf whole
      begin=$EPOCHREALTIME
      start whole "${how[@]}"
      wait_for_end
      check "the undisturbed run" test "$status" = 0
      takes=$(seconds_since "$begin")
      for ((i = 0; i < stops; i++)); do
        stop_at_random "$takes" whole "${signals[combination++ % ${#signals[@]}]}" "${how[@]}"
      done
    done
  done
done
echo "$combination signals: $stopped stopped a run, $early of these before there was anything to save"
check "most signals came too late" test $((3 * stopped)) -ge "$combination"

# Why it is so: no thread that computes lets a signal in. (Fields 14 and 15 of stat: the time a thread has had.)
times_of_open_threads() { # PID
  local thread blocked
  for thread in "/proc/$1/task"/*; do
    blocked=$((16#$(sed -n 's/^SigBlk:\t//p' "$thread/status")))
    ((blocked >> 1 & blocked >> 14 & 1)) || awk '{ print $1, $14 + $15 }' "$thread/stat"
  done
}

endless=(--config ../plain.ini --out r -q --set train.epochs=1000000 --set output.sample_every=0)
if [[ -r /proc/$$/task/$$/status ]]; then
  for backend in "${backends[@]}"; do
    [[ $backend != *,* ]] || continue
    start "threads-$backend" "${endless[@]}" --set "train.backend=$backend" --set train.threads=3
    wait_until has_epoch "threads-$backend/r/metrics.csv" 5
    sleep 0.2 # OpenBLAS's own threads spin for a while before they sleep
    before=$(times_of_open_threads $!)
    sleep 0.3
    check "$backend: a thread that computes takes signals" test "$before" = "$(times_of_open_threads $!)"
    kill -KILL $!
    wait_for_end
  done
fi

# What batch systems send, and what nohup has the program ignore.
for signal in USR1 XCPU; do
  start "$signal" "${endless[@]}"
  wait_until has_epoch "$signal/r/metrics.csv" 1
  kill "-$signal" $!
  wait_for_end
  check "SIG$signal: status $status" test "$status" = $((128 + ${number[$signal]}))
  check_says "^gantrain: stopped at step [0-9]+ and saved"
done
mkdir nohup
(trap '' HUP && cd nohup && exec "$gantrain" "${endless[@]}" 2>"$work/.stderr") &
wait_until has_epoch nohup/r/metrics.csv 1
kill -HUP $!
epoch=$(last_value nohup/r/metrics.csv epoch)
wait_until has_epoch nohup/r/metrics.csv $((epoch + 2))
kill -TERM $!
wait_for_end
check "under nohup: status $status" test "$status" = 143

# Two at once are one, as when a terminal closes.
start twice "${endless[@]}"
wait_until has_epoch twice/r/metrics.csv 1
kill -TERM $!
kill -TERM $!
wait_for_end
check "two signals at once: status $status" test "$status" = 143
check_says "^gantrain: stopped at step [0-9]+ and saved"

# --- An evaluation within a run: given up at once, and made again after --resume ---

cat plain.ini - >measured.ini <<'INI'
[metrics]
every = 1
samples = 1500
INI
how=(--config ../measured.ini --out r -q --set data.test_images=builtin:digits --set data.range=0:1000)

measured_end() { # DIRECTORY
  end_of "$1"
  cksum <"$1/r/checkpoints/best.safetensors"
}

start whole-measured "${how[@]}"
wait_until test -e whole-measured/r/checkpoints/measured.safetensors
begin=$EPOCHREALTIME
wait_for_end
takes=$(seconds_since "$begin")
check "the undisturbed run with evaluations" test "$status" = 0
given_up=0
for ((i = 0; i < 2 + stops; i++)); do
  signal=${signals[i % ${#signals[@]}]}
  rm -rf stopped "$XDG_CACHE_HOME" # the classifier is trained in it, too
  start stopped "${how[@]}"
  wait_until test -e stopped/r/checkpoints/measured.safetensors
  sleep "$(awk -v takes="$takes" -v random=$((i > 0 ? RANDOM : 0)) 'BEGIN { print takes * 0.4 * random / 32768 }')"
  begin=$EPOCHREALTIME
  kill "-$signal" $!
  wait_for_end
  took=$(seconds_since "$begin")
  check "SIG$signal in an evaluation: status $status" test "$status" = $((128 + ${number[$signal]}))
  check "SIG$signal in an evaluation: it took $took s" at_most "$took" $((2 * at_once))
  check_says "^gantrain: stopped at step [0-9]+ and saved"
  ! grep -q "stopped measuring" stopped/r/log.txt || given_up=$((given_up + 1))
  check "SIG$signal in an evaluation: something is left" test -z "$(find stopped "$XDG_CACHE_HOME" -name '*.tmp' -o -name 'measured*' 2>/dev/null)"
  cd stopped || exit 1
  run_expecting 0 "${how[@]}" --resume
  cd "$work" || exit 1
  check "SIG$signal in an evaluation: another end" diff <(measured_end whole-measured) <(measured_end stopped)
done

check "no evaluation was given up" test "$given_up" -ge 1

# --- What saves nothing ends at once ---

# Sends SIGTERM (a shell that has not become the program yet ignores SIGINT) to a command that would take
# minutes, at some moment after a command of the test's succeeds.
stop_command() { # READY, ARGUMENT...
  local ready=$1 took i
  shift
  for ((i = 0; i < 1 + stops; i++)); do
    start commands "$@"
    eval "wait_until $ready"
    sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
    begin=$EPOCHREALTIME
    kill -TERM $!
    wait_for_end
    took=$(seconds_since "$begin")
    check "stopped: status $status: gantrain $*" test "$status" = 143
    check "stopped after $took s: gantrain $*" at_most "$took" "$at_once"
    check "something is left: gantrain $*" test -z "$(find commands "$XDG_CACHE_HOME" ! -name '*.safetensors' -type f)"
  done
}

checkpoint=../whole-measured/r/checkpoints/latest.safetensors
mkdir commands
stop_command 'test -s commands/images.npy.tmp' sample $checkpoint -n 100000000 -o images.npy
check_says "^gantrain: stopped by signal 15"
# As many samples are measured as there are real images: a command of seconds needs many of them.
"$gantrain" --config plain.ini --out many -q --set data.images=builtin:digits --set data.test_images=builtin:digits \
  --set data.range=0:30000 --set train.batch_size=1000 --set train.epochs=1 2>.stderr
stop_command 'grep -q parzen .stderr' eval ../many/checkpoints/latest.safetensors -n 100000 -m parzen
stop_command 'true' nearest ../many/checkpoints/latest.safetensors -n 10000 -c 1
stop_command 'true' bench --config ../plain.ini -i 1000000

# A large picture is compressed for many times as long as its images are drawn.
"$gantrain" --config plain.ini --out tiny -q --set generator.latent_dim=1 --set 'generator.layers=dense 1' \
  --set train.epochs=1 2>.stderr
tiny=tiny/checkpoints/latest.safetensors
begin=$EPOCHREALTIME
run_expecting 0 sample $tiny -n 200000 -o drawn.npy
drawn=$(seconds_since "$begin")
rm drawn.npy
start commands sample ../$tiny -n 200000 -c 400 -o large.png
sleep "$drawn"
begin=$EPOCHREALTIME
kill -TERM $!
wait_for_end
took=$(seconds_since "$begin")
check "while it compresses: status $status" test "$status" = 143
check "while it compresses: stopped after $took s" at_most "$took" "$at_once"
check "while it compresses: something is left" test -z "$(find commands -name 'large*')"

# A file that never comes is no reason not to end.
mkfifo never.ini
start never --config ../never.ini --out r
sleep 0.2
begin=$EPOCHREALTIME
kill -INT $!
wait_for_end
check "waiting for its config: status $status" test "$status" = 130
check "waiting for its config: it took $(seconds_since "$begin") s" at_most "$(seconds_since "$begin")" "$at_once"

finish
