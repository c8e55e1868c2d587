# gantrain compare: the numbers of gantrain eval for each checkpoint in one table, the best of each column marked, and
# a row of each one's samples. What cannot be compared is refused in one line.

source "$(dirname "$0")/lib.sh" "$@"
export XDG_CACHE_HOME=$work/cache

write_config gan.ini
printf 'report = no\n' >>gan.ini
sed -e '/discriminator/,/^\[train/{/train/!d}' -e 's/^epochs.*/epochs = 10\nmodel = codes/' gan.ini >codes.ini
sed 's/^model.*/model = vae/' codes.ini >vae.ini
test_images=(--set data.test_images=builtin:digits)
for model in gan codes vae; do
  run_expecting 0 --config $model.ini --out $model -q "${test_images[@]}"
done
latest=checkpoints/latest.safetensors

png_size() { # FILE
  od -An --endian=big -tu4 -j16 -N8 "$1" | awk '{print $1 "x" $2}'
}

column_of() { # SCORE: all rows of its column in the table, one a line
  awk -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) column = i }
                    NR > 1 && NF { print $(column - ($1 ~ /^[-0-9]/)) } !NF { exit }' table
}

# --- The table ---

run_expecting 0 compare gan/$latest codes/$latest vae/$latest -n 200 -d 10
cp .stdout table
check_says "^compare.png: a row of 10 samples for each checkpoint, seed 0$"
check "the picture is $(png_size compare.png)" test "$(png_size compare.png)" = 289x86
check "rows" test "$(awk '!NF { exit } { print $1 }' table | head -4 | xargs)" = "model gan codes vae"
check_prints " real images$"
check_prints "^less is better: frechet, missing_classes, class_divergence"
check "likelihood of a gan or codes" test "$(column_of elbo | head -2 | xargs)" = "- -"
check "elbo of the vae: $(column_of elbo | xargs)" test "$(column_of elbo | sed -n 3p | tr -d '0-9.-')" = "*"

# Each number is that of eval.
row=0
for model in gan codes vae; do
  row=$((row + 1))
  run_expecting 0 eval $model/$latest -n 200 -d 10 -q
  for score in "Frechet distance:frechet" "Parzen log-likelihood:parzen" "coverage:coverage"; do
    mine=$(column_of "${score#*:}" | sed -n ${row}p | tr -d '*')
    real=$(column_of "${score#*:}" | sed -n 4p)
    theirs=$(awk -v line="^${score%:*}" '$0 ~ line { print $(NF - 3), $(NF - 2) }' .stdout)
    check "$model: ${score#*:} is $mine, real $real, eval says $theirs" test "$mine $real" = "$theirs"
  done
done

# Exactly the best of each is marked.
check "the lowest Frechet distance" test "$(column_of frechet | head -3 | tr -d '*' | sort -g | head -1)" = \
  "$(column_of frechet | sed -n 's/\*$//p')"
check "the highest Parzen log-likelihood" test "$(column_of parzen | head -3 | tr -d '*' | sort -gr | head -1)" = \
  "$(column_of parzen | sed -n 's/\*$//p')"

# --- The picture ---

run_expecting 0 compare gan/$latest vae/$latest -n 50 -m parzen -q --columns 4 --seed 3 -o few.png
check "-q says something" test ! -s .stderr
check "the picture is $(png_size few.png)" test "$(png_size few.png)" = 115x57
check "one column" test "$(head -1 .stdout | xargs)" = "model parzen checkpoint"
run_expecting 0 compare gan/$latest vae/$latest -n 50 -m parzen -q --columns 4 --seed 3 -o again.png
check "not the same picture twice" cmp few.png again.png
run_expecting 0 compare gan/$latest gan/$latest -n 50 -m parzen -q --columns 8 --seed 3 -o rows.png
check "equals are both the best" test "$(grep -c '\*' <(grep '^gan ' .stdout))" = 2
run_expecting 0 compare gan/$latest vae/$latest -n 50 -m parzen -q --columns 4 -o again.png
check_not "another seed gives the same picture" cmp -s few.png again.png

# --- JSON ---

run_expecting 0 compare gan/$latest vae/$latest -n 50 -d 10 -q --json
tr -d ' \n' <.stdout >compare.json
check "models" grep -q '^{"models":\[{"checkpoint":"gan/.*","model":"gan","scores":{.*},{"checkpoint":"vae/.*","model":"vae"' compare.json
check "the best elbo" grep -q '"elbo":\[1\]' compare.json
check "scores of real images" grep -q '"real_images":{.*"frechet":[0-9.]*,' compare.json

# A density of grey values and a probability of pixels: both are the best of their model.
sed -e '/^\[generator/,/^\[train/{/^\[train/!d}' -e 's/^model.*/model = mixture/' vae.ini >mixture.ini
run_expecting 0 --config mixture.ini --out mixture -q "${test_images[@]}" --set mixture.components=2 --set train.epochs=1
run_expecting 0 compare mixture/$latest vae/$latest -n 50 -d 10 -m likelihood -q
cp .stdout table
check "the best of each model: $(column_of log_likelihood | xargs)" \
  test "$(column_of log_likelihood | head -2 | grep -c '\*$')" = 2
check_prints "^compared between checkpoints of the same model only: elbo, log_likelihood$"

# --- What is refused ---

before=$(fingerprint . | grep -v '\./\.std')
expect_error 2 "compare: needs CHECKPOINT CHECKPOINT" compare gan/$latest
expect_error 1 "missing: cannot be read" compare gan/$latest missing
expect_error 2 "--output x.jpg: the name must end in .png" compare gan/$latest vae/$latest -o x.jpg
expect_error 2 "--metrics fidd: unknown metric" compare gan/$latest vae/$latest -m fidd
expect_error 2 "--metrics likelihood: none of the checkpoints has a score" compare gan/$latest codes/$latest -m likelihood
expect_error 2 "--samples 1: needs" compare gan/$latest vae/$latest -n 1
expect_error 1 "no/x.png: cannot be written" compare gan/$latest vae/$latest -o no/x.png
run_expecting 0 --config gan.ini --out small -q --set data.size=14x14
expect_error 2 "small/$latest: its images are 14x14, those of gan/$latest 28x28" compare gan/$latest small/$latest
rm -r small
check "a refused command wrote something" test "$before" = "$(fingerprint . | grep -v '\./\.std')"
run_expecting 0 --config gan.ini --out other -q --set data.range=0:400
expect_error 1 "other/$latest: was trained on other images" compare gan/$latest other/$latest -q

finish
