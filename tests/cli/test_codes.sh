# The model codes through the program: learned codes beat fixed ones, a resumed run is as if it had not been
# stopped, and every command takes its checkpoints. What belongs to another model is refused.

source "$(dirname "$0")/lib.sh" "$@"

cat >codes.ini <<'INI'
[data]
range = 0:600
[generator]
latent_dim = 8
layers = dense 48, relu
output = sigmoid
lr = 0.01
beta1 = 0.9
[train]
model = codes
code_lr = 0.01
epochs = 20
batch_size = 10
threads = 1
[output]
grid = 4x4
report = no
INI
latest=checkpoints/latest.safetensors

for codes in fixed learned; do
  run_expecting 0 --config codes.ini --out $codes --quiet --set train.codes=$codes
done
check "learned: $(last_value learned/metrics.csv loss), fixed: $(last_value fixed/metrics.csv loss)" \
  awk "BEGIN { exit !($(last_value learned/metrics.csv loss) < 0.5 * $(last_value fixed/metrics.csv loss)) }"

# --- Resume ---

for codes in fixed learned; do
  run_expecting 0 --config codes.ini --out parts-$codes -q --set train.codes=$codes --set train.epochs=7
  run_expecting 0 --config codes.ini --out parts-$codes -q --set train.codes=$codes --resume
  check "$codes: a resumed run has another history" cmp <(history $codes) <(history parts-$codes)
  for run in $codes parts-$codes; do
    tail -c +"$(($(od -An -tu8 -N8 $run/$latest) + 9))" $run/$latest >$run.tensors
    run_expecting 0 sample $run/$latest -n 32 --seed 5 -o $run.npy
  done
  check "$codes: a resumed run has other tensors" cmp $codes.tensors parts-$codes.tensors
  check "$codes: a resumed run has other samples" cmp $codes.npy parts-$codes.npy
done
run_expecting 2 --config codes.ini --out learned -q --resume --set train.codes=fixed
check_says "^train.codes: learned -> fixed"

# --- Commands ---

run_expecting 0 inspect learned/$latest
check_prints "^codes.values +F32 +600 x 8 "
check_prints "^codes.covariance +F32 +8 x 8 "
run_expecting 0 inspect fixed/$latest
check_not "fixed codes are kept" prints "codes.values"
for command in interpolate nearest traverse; do
  run_expecting 0 $command learned/$latest -n 2 -o $command.png
  check "no picture" test -s $command.png
done
run_expecting 0 eval learned/$latest -q -n 200 -m parzen --set data.test_images=builtin:digits
check_prints "Parzen"
run_expecting 0 --config codes.ini --dry-run
check_prints "squared reconstruction, learned codes, code_lr 0.01"
run_expecting 0 help models
check_prints "^  codes "
check_prints "sections: generator; keys of \[train\]: codes, code_lr, reconstruction, conditional, condition"
run_expecting 0 --config codes.ini --out mirrored -q --set data.mirror=yes --set train.epochs=1
run_expecting 0 inspect mirrored/$latest
check_prints "^codes.values +F32 +1200 x 8 "

# --- What is refused ---

expect_error 2 "\[generator\] prior = uniform: the model codes .* set prior = normal" \
  --config codes.ini --out no -q --set generator.prior=uniform
expect_error 2 "\[encoder\] lr = 0.1: the model codes does not read it: .* train.model = autoencoder or vae" \
  --config codes.ini --out no -q --set encoder.lr=0.1
expect_error 2 "\[train\] codes = fixed: the model vae does not read it: .* train.model = codes" \
  --config codes.ini --out no -q --set train.model=vae --set train.codes=fixed
expect_error 2 "train.codes=loved: needs one of: fixed, learned" --config codes.ini --out no -q --set train.codes=loved
expect_error 2 "train.code_lr=0: needs" --config codes.ini --out no -q --set train.code_lr=0
expect_error 2 "likelihood cannot be measured: the model codes has no likelihood" \
  eval learned/$latest -m likelihood -q
check "a refused run left a directory" test ! -e no

finish
