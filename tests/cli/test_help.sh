# What the program says about itself is made from its tables, and so complete: every command, option, config
# key, kind of layer and exit status.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini

helps() { # ARGUMENT...: to stdout, with status 0
  run_expecting 0 "$@"
  check "$*: nothing is printed" test -s .stdout
  check "$*: something is said on stderr" test ! -s .stderr
}

helps --version
check_prints "^gantrain [0-9]+\.[0-9]+\.[0-9]+$"

# --- All of it ---

helps help
cp .stdout all
commands=$(sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' all)
for command in train sample nearest interpolate traverse plane reconstruct play animate report inspect eval compare export import data bench help; do
  check "$command is not listed" grep -qw "$command" <<<"$commands"
done
for option in config set out resume force dry-run quiet; do
  check_prints "--$option"
done
for exit_status in 0 1 2 3 128; do
  check_prints "^  $exit_status +[a-z]"
done
for way in --help -h; do
  helps $way
  check "$way says something else than help" cmp all .stdout
done

# --- Each command ---

for command in $commands; do
  helps help $command
  check_prints "^gantrain $command"
  cp .stdout one
  for way in --help -h; do
    helps $command $way
    check "$command $way says something else than help $command" cmp one .stdout
  done
done
helps help sample
for option in "-n, --count COUNT" "-o, --output FILE" "-s, --seed SEED" "-c, --columns COLUMNS"; do
  check_prints "^  $option +[a-z.A-Z]"
done
helps help train
check_prints "--resume\[=CHECKPOINT\]"
check_prints "--force"

# --- The config ---

run_expecting 0 --config c.ini -q --out run --set data.range=0:600 --set output.sample_steps=5
helps help config
section=
while read -r key _; do
  if [[ $key == \[* ]]; then
    section=$key
    check "$section is not there" grep -qxF "$section" .stdout
  elif [[ -n $key ]]; then
    check "$section $key is not there" grep -q "^$key = " .stdout
  fi
done <run/config.ini
check_prints "^labels = " # which a run need not have
check_prints "\(1 to 65536\)"
check_prints "non_saturating \| minimax"
check_prints "\(above 0, up to 100\)"

# The defaults that are printed make a config that is taken as it is.
grep -E '^\[|^[a-z0-9_]+ = .' .stdout >defaults.ini
run_expecting 0 --config defaults.ini --dry-run --set data.range=0:100
check_prints "batch 64, d_steps 1, alternating updates, non_saturating loss, normal prior, seed 0"

# --- Models: those of the message about a wrong one ---

helps help models
cp .stdout models
run --config c.ini --set train.model=nonsense
known=$(sed -n 's/.*needs \(.*\)/\1/p' .stderr | tr -d ',|')
check "no known models" test -n "$known"
for model in gan autoencoder vae mixture ascent codes; do
  check "$model is not there" grep -Eq "^  $model " models
  check "$model is not known" grep -qw $model <<<"$known"
done

# --- Layers: those of the message about a wrong one ---

helps help layers
cp .stdout layers
run --config c.ini --set generator.layers=nonsense
known=$(sed -n 's/.*(known: \([^)]*\)).*/\1/p' .stderr | tr -d ,)
check "no known layers" test -n "$known"
for layer in $known; do
  check "$layer is not there" grep -Eq "^  $layer( |\$)" layers
done
for layer in dense conv deconv image flatten relu leaky_relu sigmoid tanh; do
  check "$layer is not known" grep -qw $layer <<<"$known"
done
check "an example" grep -q "^example: layers = " layers

finish
