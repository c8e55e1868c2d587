# A run that goes on from a checkpoint that is named, whatever the file is called: after a kill a plain --resume
# goes on with the same branch, and no checkpoint of the other branch is written over.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
sed -i 's/^epochs.*/epochs = 4/; s/^grid.*/grid = 2x2/' c.ini
run_expecting 0 --config c.ini -q --out whole
# Another branch: the same config and data, other weights.
run_expecting 0 --config c.ini -q --out other --set generator.lr=0.01

kept() { # CHECKPOINT: it is still somewhere among those of the run
  local sum
  sum=$(cksum <"$1")
  for file in run/checkpoints/*; do
    [[ $(cksum <"$file") != "$sum" ]] || return 0
  done
  return 1
}

copy() { # the directory of the other branch, with a checkpoint of the whole run under a NAME in it
  rm -rf run && cp -R other run
  cp "whole/checkpoints/epoch-0002.safetensors" "run/checkpoints/$1"
}

# Goes on from a checkpoint, is killed before the next one, and goes on plainly.
for name in epoch-0002.safetensors.old-1 epoch-0004.safetensors.old-1 mine.safetensors epoch-0009.safetensors; do
  copy $name
  run_expecting 0 --config c.ini --out run --resume=run/checkpoints/$name --set train.epochs=2
  check_says "resuming from run/checkpoints/$name: epoch 2, step 60"
  check_says "run/checkpoints/epoch-0002.safetensors is of another branch: it is now run/checkpoints/epoch-0002"
  for epoch in 2 3 4; do
    check "$name: epoch $epoch of the other branch is gone" kept other/checkpoints/epoch-000$epoch.safetensors
  done
  run_expecting 0 --config c.ini --out run --resume
  check_says "resuming from run/checkpoints/epoch-0002.safetensors: epoch 2"
  check "$name: another end" cmp {whole,run}/samples/epoch-0004.png
  check "$name: epoch 2 of this branch is gone" kept whole/checkpoints/epoch-0002.safetensors
done

# The same again moves nothing more.
copy mine.safetensors
for i in 1 2 3; do
  run_expecting 0 --config c.ini -q --out run --resume=run/checkpoints/mine.safetensors --set train.epochs=2
done
check "a copy is left by each start" test "$(find run -name '*.old-*' | wc -l)" = 3

# The link to the newest, and the newest by its name, are what a plain --resume finds.
rm -rf run && cp -R whole run
before=$(fingerprint run/checkpoints)
for name in latest epoch-0004; do
  run_expecting 0 --config c.ini -q --out run --resume=run/checkpoints/$name.safetensors
  check "$name: the checkpoints changed" test "$before" = "$(fingerprint run/checkpoints)"
done

finish
