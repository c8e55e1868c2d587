# A run that is made to collapse says so, once, with what to try, and goes on; one that is not says nothing.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini

run_expecting 0 --config c.ini -q --out healthy --set train.epochs=20
check_not "a false alarm" grep -q warning .stderr
check "every row has its diversity" awk -F, 'NR > 1 && !($8 > 0.35) { exit 1 }' healthy/metrics.csv

# A generator that runs away from its images.
run_expecting 0 --config c.ini -q --out alike --set train.epochs=6 --set generator.lr=0.05
check_says "^warning: epoch [0-9]+: fake images differ [0-9]+ % as much as real ones: .*Helvetica.*try .*generator.lr"
check "it is said once" test "$(grep -c Helvetica .stderr)" = 1
check "the log has it too" grep -q Helvetica alike/log.txt

# One whose images are all the same.
run_expecting 0 --config c.ini -q --out equal --set generator.lr=1e-7 --set generator.init="uniform 1e-6"
check_says "^warning: epoch 1: all fake images are the same: .*try "
check "it is said once" test "$(grep -c 'the same' .stderr)" = 1

# A discriminator that learns so fast that nothing is left to learn for the generator.
run_expecting 0 --config c.ini -q --out lost --set train.epochs=12 --set discriminator.lr=0.02 --set generator.lr=1e-5
check_says "^warning: epoch [0-9]+: the discriminator is sure of all images .*try .*discriminator.lr"

# Three equal images: their diversity is 0 over 0, which is no number and no collapse.
{ idx 8 3 0 3 4 4 && printf '\7%.0s' {1..48}; } >equal.idx
run_expecting 0 --config c.ini --out grey --set data.images=equal.idx --set data.range=0:3 --set train.batch_size=3
check "the diversity of equal images: $(last_value grey/metrics.csv diversity)" \
  test -z "$(last_value grey/metrics.csv diversity)"
check_not "equal images have a diversity" says "diversity|collapsed"

finish
