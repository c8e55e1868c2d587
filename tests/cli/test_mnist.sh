# On MNIST itself: the classifier is good enough to judge by, real images get the scores that are known
# for them, and 10,000 samples take less than 300 MB. Skipped (77) where data/mnist is missing
# (scripts/get-data mnist), and with sanitizers, which change both time and memory.

source "$(dirname "$0")/lib.sh" "$@"
source_directory=$2
if (($(find "$source_directory/data/mnist" -name '*-ubyte.gz' 2>/dev/null | wc -l) < 4)) || ((slowness > 1)); then
  echo "skipped: no data/mnist, or a program with sanitizers"
  exit 77
fi
export XDG_CACHE_HOME=$work/cache
run_expecting 0 --config "$source_directory/examples/mnist.ini" -q --out run --set train.epochs=1 --set train.threads=1 \
  --set "generator.layers=dense 32, relu" --set "discriminator.layers=dense 32, relu"

"$gantrain" eval run/checkpoints/latest.safetensors --json -q >scores &
child=$!
peak=0 # resident, kB: the kernel's own high-water mark, so that only the end can be missed
while kill -0 $child 2>/dev/null; do
  now=$(awk '/^VmHWM/ { print $2 }' /proc/$child/status 2>/dev/null)
  peak=${now:-$peak}
  sleep 0.1
done
check "eval" wait $child
! grep -q ^VmHWM /proc/self/status 2>/dev/null || check "memory: $peak kB" test "$peak" -gt 0 -a "$peak" -lt 300000

holds() { # CONDITION on the scores, as awk has it
  local condition
  condition=$(sed 's/\b[a-z_]\{4,\}\b/score["&"]/g' <<<"$1")
  check "not so: $1" awk -F'[ ":,]+' "
    NF >= 3 { score[\$2] = \$3 }
    END { exit !($condition) }" scores
}
holds "samples == 10000 && held_out_images == 10000"
holds "classifier_accuracy > 0.992"
holds "parzen_real > 241.1 && parzen_real < 241.3 && parzen_real_se > 2 && parzen_real_se < 2.3"
holds "frechet_real > 0 && frechet_real < 5 && frechet > 10 * frechet_real"
holds "score_real > 9.7 && score_real < 10 && score < score_real"
holds "precision_real > 0.9 && recall_real > 0.9 && coverage_real > 0.9 && coverage < coverage_real"
holds "nearest_test > 4.37 && nearest_test < 4.39"

finish
