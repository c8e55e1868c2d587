# What people type who know other programs: it works, or the answer says what to type instead.

# shellcheck source=tests/cli/lib.sh
source "$(dirname "$0")/lib.sh"
write_config tiny.ini

# --- A config alone trains ---

run_expecting 0 tiny.ini -q
check "gantrain CONFIG trains nothing" test -e runs/tiny/checkpoints/epoch-0002.safetensors
run_expecting 0 train tiny.ini -q --force
run_expecting 0 -q --force tiny.ini
run_expecting 0 tiny.ini --resume --set train.epochs=3 -q
check "CONFIG --resume trains nothing" test -e runs/tiny/checkpoints/epoch-0003.safetensors
cp tiny.ini other-name
run_expecting 0 other-name -n
check_prints "run directory: runs/other-name"
run_expecting 0 bench tiny.ini -i 1
check_prints "batch 20"
run_expecting 0 version
check_prints "^gantrain [0-9]"

# The command that continues a stopped run names the config as it was named.
"$gantrain" tiny.ini --out stopped-run -q --set train.epochs=1000000 2>stopped &
wait_until has_epoch stopped-run/metrics.csv 1
kill -TERM $!
wait $!
check "no command that continues" grep -q "gantrain tiny.ini --out stopped-run --quiet --set train.epochs=1000000 --resume$" stopped

# --- Names and paths as people have them ---

export HOME=$work/home
mkdir -p "exp #2" home
idx 8 3 640 40 4 4 >"home/images"
printf '[data]\nimages = "~/images"\n[train]\nepochs = 2\nbatch_size = 20\n' >"exp #2/my config.ini"
run_expecting 0 "exp #2/my config.ini" -q --out "exp #2/run ;1"
run_expecting 0 "exp #2/my config.ini" -q --out "exp #2/run ;1" --resume --set train.epochs=3
check "the effective config has no quotes" grep -qxF 'dir = "exp #2/run ;1"' "exp #2/run ;1/config.ini"
run_expecting 0 sample "exp #2/run ;1/checkpoints/latest.safetensors" -o "exp #2/samples.idx"
run_expecting 0 nearest "exp #2/run ;1/checkpoints/latest.safetensors" -o "exp #2/nearest.png"
run_expecting 0 "exp #2/run ;1/config.ini" -q --resume --set train.epochs=4
check "its config does not continue the run" test -e "exp #2/run ;1/checkpoints/epoch-0004.safetensors"
run_expecting 0 "exp #2/my config.ini" -q "--out=~/a run"
check "~ is a directory" test -d "$work/home/a run/checkpoints"
(cd "exp #2" && "$gantrain" "my config.ini" -q --set 'data.images=$HOME/images')
check "a run within 'exp #2'" test -d "exp #2/runs/my config/checkpoints"

# --- Answers ---

answers() { # REGEX, ARGUMENT...
  expect_error 2 "$@"
}

answers "missing.ini: cannot be read" missing.ini
answers "unknown option --epochs: use --set train.epochs=5$" tiny.ini --epochs 5
answers "unknown option --epochs: use --set train.epochs=5$" --config tiny.ini --epochs=5
answers "use --set train.batch_size=VALUE$" --config tiny.ini --batch-size
answers "use --set KEY=1e-4, where KEY is generator.lr or discriminator.lr" tiny.ini --lr 1e-4
answers "use --set KEY=1e-4, where KEY is generator.lr or discriminator.lr" tiny.ini --learning-rate 1e-4
answers "unknown key 'train.lr': use --set KEY=3, where KEY is generator.lr or discriminator.lr" tiny.ini --set train.lr=3
answers "samples.npy: is no checkpoint: samples from elsewhere are measured by --images FILE" eval samples.npy
answers "use --set train.seed=5$" bench tiny.ini --seed 5
answers "unknown option --epochs \(gantrain help sample" sample x --epochs 5
answers "did you mean '--config'" --confg tiny.ini
answers "unknown key 'epochs': use --set train.epochs=5" tiny.ini --set epochs=5
answers "unknown key 'lr': .*generator.lr or discriminator.lr" tiny.ini --set lr=1e-4
answers "did you mean 'train.epochs'" tiny.ini --set train.epoch=5
for number in 5.0 1e3 five; do
  answers "--set train.epochs=$number: needs a whole number, 1 to" tiny.ini --set train.epochs=$number
  answers "--count $number: needs a whole number, 1 to" sample x --count $number
done
answers "unknown metric 'fid': use frechet, Frechet distance" eval -m fid
answers "unknown metric 'IS': use score" eval -m parzen,IS x
answers "unknown metric 'frechte'; did you mean 'frechet'" eval -m frechte
answers "unknown command 'resume': type gantrain CONFIG --resume" resume
answers "unknown command 'generate': type gantrain sample CHECKPOINT" generate x
answers "unknown command 'trian'; did you mean 'train'" trian
checkpoint=runs/tiny/checkpoints/latest.safetensors
answers "write --resume=CHECKPOINT" tiny.ini --resume $checkpoint
answers "write --resume=CHECKPOINT" --config tiny.ini --resume $checkpoint
answers "write --resume=CHECKPOINT" --resume $checkpoint
answers "write --resume=CHECKPOINT" $checkpoint
answers "'more.ini' is one word too many" --config tiny.ini more.ini
answers "'more.ini' is one word too many" tiny.ini more.ini
expect_error 1 "is a directory: .*checkpoints/latest.safetensors" sample runs/tiny

finish
