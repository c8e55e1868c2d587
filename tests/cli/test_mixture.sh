# The model mixture through the program: it trains, goes on as if it had not been stopped, and the commands
# take its checkpoints, but for those that need a latent vector. What it cannot be is refused.

source "$(dirname "$0")/lib.sh" "$@"

cat >mixture.ini <<'INI'
[data]
range = 0:600
[mixture]
components = 8
[train]
model = mixture
epochs = 6
batch_size = 50
threads = 1
[output]
grid = 4x4
INI
latest=checkpoints/latest.safetensors

# --- Passes, and resume ---

for kind in diagonal spherical factors; do
  case $kind in
    factors) key=mixture.factors=3 ;;
    *) key=mixture.covariance=$kind ;;
  esac
  run_expecting 0 --config mixture.ini --set $key --out whole-$kind --quiet
  check "$kind: the log-likelihood falls" awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) if ($i == "training_log_likelihood") column = i }
    NR > 2 && $column < last { bad = 1 }
    NR > 1 { last = $column }
    END { exit bad || NR != 7 }' whole-$kind/metrics.csv

  (mkdir parts-$kind && cd parts-$kind &&
    "$gantrain" --config ../mixture.ini --set $key --out run --set train.epochs=3 -q &&
    "$gantrain" --config ../mixture.ini --set $key --out run --resume -q) >/dev/null
  check "$kind: a resumed run has another history" diff <(history whole-$kind) <(history parts-$kind/run)
  run_expecting 0 sample whole-$kind/$latest -n 32 --seed 5 -o whole.npy
  run_expecting 0 sample parts-$kind/run/$latest -n 32 --seed 5 -o parts.npy
  check "$kind: a resumed run has other samples" cmp whole.npy parts.npy
done
check "factors do not raise the likelihood" awk "BEGIN { exit !($(last_value whole-factors/metrics.csv training_log_likelihood) > \
  $(last_value whole-diagonal/metrics.csv training_log_likelihood)) }"
run_expecting 0 --config mixture.ini --set train.epochs=2 --set train.threads=2 --set train.backend=native --out threads -q
run_expecting 0 --config mixture.ini --set train.epochs=2 --set train.backend=native --out thread -q
check "the number of threads changes the result" diff <(history threads) <(history thread)

# --- Commands ---

run=whole-diagonal
run_expecting 0 inspect $run/$latest
check_prints "^mixture.mean +F32 +8 x 784 "
check_prints "^mixture.variance +F32 +8 x 784 "
run_expecting 0 inspect whole-spherical/$latest
check_prints "^mixture.variance +F32 +8 +8$"
run_expecting 0 inspect whole-factors/$latest
check_prints "^mixture.loading +F32 +24 x 784 "
run_expecting 0 nearest $run/$latest -o nearest.png
check "no picture" test -s nearest.png
for command in interpolate traverse plane; do
  expect_error 2 "the model mixture has no latent vector to change" $command $run/$latest
done
expect_error 2 "a checkpoint of train.model = mixture has no network$" export $run/$latest -o x.c

run_expecting 0 eval $run/$latest -m likelihood --json
cp .stdout scores.json
check "no log_likelihood" grep -q '"log_likelihood":' scores.json
check "no bits_per_dimension" grep -q '"bits_per_dimension":' scores.json
check_not "a bound" grep -q '"elbo"' scores.json
expect_error 2 "value cannot be measured: the model mixture has no discriminator" \
  eval $run/$latest -m value -q --set data.test_images=builtin:digits
run_expecting 0 --config mixture.ini --out judged -q --set train.epochs=2 --set metrics.every=2 --set metrics.best=log_likelihood \
  --set metrics.samples=100
check_not "a column for a bound" grep -q elbo judged/metrics.csv
expect_error 2 "metrics.best = elbo: the model mixture has no bound of the likelihood" \
  --config mixture.ini --out never -q --set metrics.every=1 --set metrics.best=elbo
expect_error 2 "\[train\] init_from: the model mixture has no network that could begin with weights: leave it out" \
  --config mixture.ini --out never -q --set train.init_from=$run/$latest
check "the best checkpoint by likelihood" test -s judged/checkpoints/best.safetensors

# --- Errors ---

expect_error 2 "\[mixture\] components = 601: there are only 600 images, and each component needs one" \
  --config mixture.ini --set mixture.components=601 --out never
expect_error 2 "\[mixture\] factors = 784: an image has only 784 pixels" \
  --config mixture.ini --set mixture.factors=784 --out never
expect_error 2 "mixture.components=0: needs a whole number, 1 to 100000" --config mixture.ini --set mixture.components=0
expect_error 2 "mixture.covariance=full: needs one of: diagonal, spherical" --config mixture.ini --set mixture.covariance=full
expect_error 2 "mixture.variance_floor=0: needs" --config mixture.ini --set mixture.variance_floor=0
expect_error 2 "\[generator\] lr = 0.1: the model mixture does not read it" \
  --config mixture.ini --set generator.lr=0.1 --out never
write_config gan.ini
expect_error 2 "\[mixture\] components = 7: the model gan does not read it: .* train.model = mixture" \
  --config gan.ini --set mixture.components=7 --out never
run_expecting 2 --config gan.ini --out $run --resume -q
check_says "^train.model: mixture -> gan"

finish
