# Training on several processes, by the MPI that the program was built with: 1 process trains as no
# MPI does, more of them to the same numbers but for rounding, whatever is trained; checkpoints do not know how many
# there were; one that fails, stops or dies ends all.
#
#   MPI_KILLS=50 bash tests/cli/test_mpi.sh build/gantrain    50 kills at random moments, not 3

source "$(dirname "$0")/lib.sh" "$@"
export XDG_CACHE_HOME=$work/cache
# Open MPI starts nothing as root, and no more processes than cores, unless it is told to; and tests do not
# care where it places them.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_mpi_yield_when_idle=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 # MPI keeps what it has until the process ends
kills=${MPI_KILLS:-3}

if ! command -v mpirun >/dev/null; then
  echo "skipped: there is no mpirun"
  exit 77
fi
if OMPI_COMM_WORLD_SIZE=2 "$gantrain" help 2>&1 | grep -q 'built without MPI'; then
  check "a launcher that starts several is refused, not trained with" \
    test "$(OMPI_COMM_WORLD_SIZE=2 "$gantrain" help 2>&1 >/dev/null | wc -l)" = 1
  echo "skipped: the program was built without MPI"
  exit 77
fi

# Configs of 410 images in minibatches of 41, of which three processes have uneven rows.
write_config_of() { # NAME, further lines on stdin
  { printf '[data]\nrange = 0:410\n'; cat; printf '%s\n' '[train]' 'epochs = 20' 'batch_size = 41' 'threads = 1' \
    '[output]' 'grid = 4x4' 'report = no'; } >"$1.ini"
}
write_config_of gan <<'INI'
[generator]
latent_dim = 16
layers = dense 32, batchnorm, leaky_relu 0.2
ema = 0.99
[discriminator]
layers = dense 32, leaky_relu 0.2, dropout 0.3
r1_gamma = 1
r1_every = 2
augment = translation
INI
write_config_of code <<'INI'
[generator]
latent_dim = 8
layers = dense 32, batchnorm, leaky_relu 0.2
output = sigmoid
INI
write_config_of ascent <<'INI'
[discriminator]
layers = dense 32, leaky_relu 0.2
r1_gamma = 1
[ascent]
steps = 3
buffer = 60
INI
write_config_of mixture <<'INI'
[mixture]
components = 5
factors = 2
INI
encoder='encoder.layers=dense 32, leaky_relu 0.2, dropout 0.1'

# Runs the program on some processes as `run` does on one.
on() { # PROCESSES, ARGUMENT...
  timeout 300 mpirun -n "$1" "$gantrain" "${@:2}" >"$work/.stdout" 2>"$work/.stderr" </dev/null
  status=$?
}

# What the program itself said, without mpirun's words about it.
said() {
  grep -E '^gantrain: |^stopp|^ended|Sanitizer|runtime error:' "$work/.stderr"
}

on_expecting() { # STATUS, PROCESSES, ARGUMENT...
  local wanted=$1
  shift
  checks=$((checks + 1))
  on "$@"
  ((status == wanted)) && return
  fail "status $status instead of $wanted: on $*"
  show_run
  return 1
}

expect_error_on() { # STATUS, REGEX, PROCESSES, ARGUMENT...
  on_expecting "$1" "${@:3}" || return
  checks=$((checks + 1))
  if [[ $(said | wc -l) != 1 ]] || ! said | grep -Eq "^gantrain: .*($2)" || [[ -s $work/.stdout ]]; then
    fail "not one line with '$2': on ${*:3}"
    show_run
  fi
}

# Figures of two runs agree within 1e-4: means of steps in metrics.csv, epoch by epoch. The diversity is
# of pixels, which rounding moves by whole levels: 1e-2.
agrees() { # DIRECTORY, DIRECTORY
  awk -F, 'FNR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
    NR == FNR { for (i = 1; i <= NF; i++) first[FNR, i] = $i; rows++; next }
    { seen++
      for (i = 1; i <= NF; i++) {
        if (name[i] == "seconds" || name[i] == "images_per_second") continue
        size = $i < 0 ? -$i : $i
        off = $i - first[FNR, i]
        if ((off < 0 ? -off : off) > (name[i] == "diversity" ? 1e-2 : 1e-4) * size) {
          print "epoch " $1 ": " name[i] " " first[FNR, i] " and " $i; bad++ } } }
    END { exit !(rows > 0 && rows == seen && !bad) }' "$1/metrics.csv" "$2/metrics.csv"
}

# The bytes after a checkpoint's header, which holds the config and so the number of epochs.
tensors() { # FILE
  tail -c +$((8 + $(od -An -tu8 -N8 "$1") + 1)) "$1"
}

same_end() { # DIRECTORY, DIRECTORY, EPOCH
  cmp -s <(tensors "$1/checkpoints/epoch-$3.safetensors") <(tensors "$2/checkpoints/epoch-$3.safetensors") &&
    diff <(history "$1") <(history "$2") >/dev/null && cmp -s "$1/samples/epoch-$3.png" "$2/samples/epoch-$3.png"
}

# --- 1, 2, 3 and 4 processes: 200 steps ------------------------------------------------------------

run_expecting 0 gan.ini --out gan-0 --quiet
for n in 1 2 3 4; do
  on_expecting 0 "$n" gan.ini --out "gan-$n" --quiet
  check "gan: $n processes make the figures of one" agrees gan-0 "gan-$n"
done
check "one process of MPI makes the bytes of none" same_end gan-0 gan-1 0020
# Model, config and settings; the processes are 3, so that rows are uneven.
compare() { # NAME, CONFIG, ARGUMENT...
  run_expecting 0 "$2" --out "$1-0" --quiet --set train.epochs=2 "${@:3}" || return
  on_expecting 0 3 "$2" --out "$1-3" --quiet --set train.epochs=2 "${@:3}" || return
  check "$1: 3 processes make the figures of one" agrees "$1-0" "$1-3"
}
compare autoencoder code.ini --set train.model=autoencoder --set "$encoder"
compare vae code.ini --set train.model=vae --set "$encoder" --set train.conditional=yes
compare codes code.ini --set train.model=codes --set train.codes=learned
compare coupled gan.ini --set discriminator.r1_gamma=0 --set discriminator.r1_every=1 --set discriminator.augment= \
  --set 'discriminator.layers=image 1x28x28, pool 4, minibatch_stddev, conv 8 3, batchnorm, leaky_relu 0.2' \
  --set train.updates=simultaneous
compare pairs gan.ini --set train.d_steps=2 --set discriminator.r2_gamma=1 --set train.loss=least_squares \
  --set data.binarize=sample --set data.mirror=yes
compare ascent ascent.ini --set train.model=ascent
compare mixture mixture.ini --set train.model=mixture
compare points gan.ini --set data.images=builtin:ring --set generator.output=linear --set discriminator.augment=

# --- A checkpoint does not know how many there were ---------------------------------------------------

on_expecting 0 4 gan.ini --out moving --quiet --set train.epochs=5
on_expecting 0 2 gan.ini --out moving --quiet --set train.epochs=12 --resume
run_expecting 0 gan.ini --out moving --quiet --resume
check "4 processes, then 2, then none of MPI" agrees gan-0 moving
on_expecting 0 3 gan.ini --out halves --quiet --set train.epochs=7
on_expecting 0 3 gan.ini --out halves --quiet --resume
check "3 processes that go on make the bytes of 3 that never stopped" same_end gan-3 halves 0020

# --- Evaluations, patience, several backends -------------------------------------------------------

# With rates that change no weight, all numbers of processes measure the same networks.
evaluated=(--set metrics.every=1 --set metrics.samples=100 --set data.test_images=builtin:digits --set train.patience=1
  --set train.epochs=6 --set train.conditional=yes --set generator.lr=1e-30
  --set discriminator.lr=1e-30 --set 'generator.layers=dense 32, leaky_relu 0.2')
scores() { # DIRECTORY: the columns of an evaluation
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "parzen") first = i }
           { for (i = first; i <= NF; i++) printf "%s,", $i; print "" }' "$1/metrics.csv"
}
run_expecting 0 gan.ini --out scores-0 --quiet "${evaluated[@]}"
check "a run out of patience has two rows" test "$(wc -l <scores-0/metrics.csv)" = 3
for n in 2 3; do
  on_expecting 0 "$n" gan.ini --out "scores-$n" --quiet "${evaluated[@]}"
  check "$n processes measure what one does, to the last digit" cmp <(scores scores-0) <(scores "scores-$n")
done
on_expecting 0 2 gan.ini --out auto --quiet --set train.backend=auto --set train.precision=auto --set train.epochs=1

# --- What fails on one ends all, with one line ------------------------------------------------------

expect_error_on 2 'nowhere.ini' 3 nowhere.ini
expect_error_on 1 'nowhere' 3 gan.ini --out bad --set data.images="$work/nowhere"
expect_error_on 2 'each of the 3 processes takes a row' 3 gan.ini --out bad --set train.batch_size=2
expect_error_on 2 'takes one process, and 2 were started' 2 sample gan-0/checkpoints/latest.safetensors
expect_error_on 1 'gan-0' 2 gan.ini --out gan-0
expect_error_on 2 'unknown option' 2 train --nothing
expect_error_on 2 'made with another config' 2 gan.ini --out gan-0 --resume --set train.seed=9
expect_error_on 3 'diverged' 2 gan.ini --out diverged --quiet --set generator.optimizer=sgd --set discriminator.optimizer=sgd --set generator.lr=100 --set discriminator.lr=100
on_expecting 0 2 --version
check "only one has a terminal" test "$(wc -l <"$work/.stdout")" = 1
on_expecting 0 2 gan.ini --out dry --dry-run
check_prints '^processes: 2, 2 of them on this host'
check "a dry run writes nothing" test ! -e dry
on_expecting 0 2 gan.ini --out gan-0 --dry-run --resume
check_prints '^resuming from gan-0/checkpoints/'
on_expecting 1 2 gan.ini --out gan-0 --dry-run
check "one process says that there is a run" test "$(said | grep -c 'gan-0: already holds a run')" = 1

# --- The benchmark, and the script for clusters ---------------------------------------------------

on_expecting 0 2 bench --processes --iterations 2 gan.ini
check_prints '^2 processes of 1 thread, 2 of them on this host; batch 41$'
check_prints 'on one process: [0-9.]* times as fast, efficiency'
on_expecting 0 2 bench --processes --iterations 2 --json gan.ini
check_prints '"efficiency": '
expect_error_on 2 'give --processes' 2 bench gan.ini
expect_error 2 'there is one: start several' bench --processes gan.ini
export GANTRAIN=$gantrain
checks=$((checks + 1))
timeout 60 bash "$2/scripts/cluster" hosts localhost:2 gan.ini --out hosts --quiet --set train.epochs=20 >/dev/null 2>.stderr ||
  fail "scripts/cluster does not train on this host: $(head -3 .stderr)"
check "on the hosts of scripts/cluster it is the same training" same_end gan-2 hosts 0020
bash "$2/scripts/cluster" slurm 2 8 'my config.ini' --out r >job
check "the job of Slurm resumes" grep -Fq "gantrain my\ config.ini --out r --resume" job
check "and is a script" bash -n job
for hosts in a:0 a:x 'a:2 b:3' a:2,,b:2 -x:2 ''; do
  check_not "scripts/cluster takes no hosts '$hosts'" bash "$2/scripts/cluster" --print hosts "$hosts" c.ini >/dev/null 2>.stderr
  check_says "needs HOST:PROCESSES"
done
check_not "scripts/cluster takes no count that is none" bash "$2/scripts/cluster" slurm two 8 c.ini 2>/dev/null

# --- Signals and kills ----------------------------------------------------------------------------

# The processes of a run that goes on in the background, of which process 0 comes first.
processes_of() { # DIRECTORY
  local pid rank
  for pid in $(pgrep -f -- "--out $1 "); do
    [[ $(readlink "/proc/$pid/cwd") == "$work" ]] || continue # of another test that runs now
    rank=$(tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | sed -n 's/^OMPI_COMM_WORLD_RANK=//p')
    [[ -z $rank ]] || echo "$rank $pid"
  done | sort -n | cut -d' ' -f2
}

processes_run() { # DIRECTORY
  [[ $(processes_of "$1" | wc -l) == 3 ]]
}

start() { # DIRECTORY, PROCESSES, ARGUMENT...
  mpirun -n "$2" "$gantrain" gan.ini --out "$1" --quiet --resume "${@:3}" >"$work/.stdout" 2>"$work/.stderr" </dev/null &
  launcher=$!
}

# Waits ten seconds for the end of a run; leaves the launcher's status in `status`.
ends() { # DIRECTORY
  local try
  for ((try = 0; try < 100; try++)); do
    if ! kill -0 "$launcher" 2>/dev/null && [[ -z $(processes_of "$1") ]]; then
      wait "$launcher"
      status=$?
      return
    fi
    sleep 0.1
  done
  fail "$1: not all processes are gone after ten seconds"
  kill -KILL "$launcher" $(processes_of "$1") 2>/dev/null
  status=-1
}

# A run that is disturbed is trained two epochs further than it had come, and compared with one that nobody disturbed.
long=(--set train.epochs=400 --set output.checkpoint_every=1 --set output.sample_every=100000 --set output.keep=1000
  --set 'generator.layers=dense 32, leaky_relu 0.2')
# The same, and most of its time is spent on evaluations.
measured=("${long[@]}" --set metrics.every=1 --set metrics.samples=200 --set data.test_images=builtin:digits)

check_end() { # DIRECTORY, UNDISTURBED, ARGUMENT...
  local last end
  last=$(find "$1/checkpoints" -name 'epoch-*' | sed -n 's/.*epoch-\([0-9]*\).*/\1/p' | sort -n | tail -1)
  end=$((10#${last:-0} + 2))
  on_expecting 0 3 gan.ini --out "$1" --quiet --resume "${@:3}" --set "train.epochs=$end"
  if ! has_epoch "$2/metrics.csv" "$end"; then
    on_expecting 0 3 gan.ini --out "$2" --quiet --resume "${@:3}" --set "train.epochs=$end"
  fi
  check "$1: what goes on makes the bytes of a run that nobody disturbed" same_past "$2" "$1" "$(printf %04d "$end")"
}

same_past() { # DIRECTORY, DIRECTORY, EPOCH
  cmp -s <(tensors "$1/checkpoints/epoch-$3.safetensors") <(tensors "$2/checkpoints/epoch-$3.safetensors") &&
    diff <(history "$1" | head -$((10#$3 + 1))) <(history "$2") >/dev/null
}

# Starts a run on three processes and waits until it has reached something.
start_until() { # DIRECTORY, WHAT, ARGUMENT...
  rm -f "$1/checkpoints/$2" # that a killed run left
  start "$1" 3 "${@:3}"
  wait_until test -e "$1/checkpoints/$2"
  mapfile -t pids < <(processes_of "$1")
  check "$1: three processes are there" test "${#pids[@]}" = 3
}

# A signal to one process stops all, and process 0 saves.
for rank in 0 2; do
  start_until stopped-$rank epoch-0003.safetensors "${long[@]}"
  kill -TERM "${pids[$rank]}"
  ends stopped-$rank
  check "process $rank stopped by SIGTERM: status $status" test "$status" = 143
  check "it says so once" test "$(said | grep -c 'stopped at step')" = 1
  check "and how to go on" grep -q "^to continue: mpirun -n 3 $gantrain gan.ini " "$work/.stderr"
done
check_end stopped-2 whole "${long[@]}"

# A signal to mpirun stops all, too.
start_until by-launcher epoch-0003.safetensors "${long[@]}"
kill -USR1 "$launcher"
ends by-launcher
check "mpirun hands SIGUSR1 on: status $status" test "$status" = 138
start by-launcher 3 "${long[@]}"
wait_until processes_run by-launcher
kill -TERM "$launcher"
ends by-launcher
check_not "SIGTERM to mpirun ends the run" test "$status" = 0
check_end by-launcher whole "${long[@]}"

# While an evaluation is shared out: a signal to one that helps, a kill of it, a kill of the one it helps.
start_until measuring measured.safetensors "${measured[@]}"
kill -TERM "${pids[1]}"
ends measuring
check "a helper stopped by SIGTERM: status $status" test "$status" = 143
for rank in 2 0; do
  start_until measuring measured.safetensors "${measured[@]}"
  kill -KILL "${pids[$rank]}"
  ends measuring
  check_not "process $rank was killed" test "$status" = 0
done
check_end measuring whole-measured "${measured[@]}"

# Kills at random moments, of any process and of mpirun itself; the same run goes on again and again.
victims=(0 1 2 launcher)
for ((i = 0; i < kills; i++)); do
  start killed 3 "${long[@]}" --set train.epochs=100000
  wait_until processes_run killed
  sleep "0.$((RANDOM % 10))"
  mapfile -t pids < <(processes_of killed)
  victim=${victims[RANDOM % 4]}
  [[ $victim == launcher ]] && pid=$launcher || pid=${pids[$victim]}
  kill -KILL "$pid"
  checks=$((checks + 1))
  ends killed
done
check_end killed whole "${long[@]}"

finish
