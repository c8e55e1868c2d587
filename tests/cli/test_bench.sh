# `gantrain bench`: its scores are there, in words and as JSON, and it writes nothing. How fast a machine is
# is not tested.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
before=$(ls)

run_expecting 0 bench --config c.ini --iterations 5
check_prints "ms per iteration"
check_prints "of the product limit"
check_prints "^dense .* forward"
check_prints "^(adam|noise|data|other) "

run_expecting 0 bench --config c.ini --set train.batch_size=10 -i 5 --json
for key in ms_per_iteration images_per_second percent_of_product_limit backend precision threads batch phases; do
  check_prints "\"$key\": "
done
check_prints '"batch": 10'

run_expecting 0 bench --config c.ini -i 5 --beside 1
check_prints "beside 1 busy process: mean .* times the"
run_expecting 0 bench --config c.ini --compare
check_prints "^product +native .*openblas"
check_prints "^forward, 20 x 784 -> 32 .*[*]"
check_prints "^weight gradient, 40 x 784 -> 32 "

expect_error 2 "beside -1: needs a whole number" bench --config c.ini --beside -1
expect_error 2 "--processes does not go with --compare: choose one" bench --config c.ini --processes --compare
expect_error 2 "--processes does not go with --beside" bench --config c.ini --processes --beside 1
expect_error 2 "--compare does not go with --beside" bench --config c.ini --compare --beside 1
expect_error 2 "--compare does not go with --json" bench --config c.ini --compare --json
expect_error 2 "iterations 0: needs a whole number, 1 to" bench --config c.ini --iterations 0
expect_error 2 "unknown key" bench --set train.nothing=1
expect_error 1 "missing.gz: cannot be read" bench --set data.images=missing.gz
check "bench wrote something" test "$before" = "$(ls)"

finish
