# Pages in a real browser: what `gantrain report` and training write loads from the disk without an error and
# without a request to anywhere, shows what the files of the run hold, and answers to the mouse and the keyboard.

source "$(dirname "$0")/../cli/lib.sh" "$@"
here_tests=$(realpath "$2")/tests/report

skip() { echo "skipped: $*"; exit 77; }
command -v node >/dev/null || skip "node is not here (package nodejs)"
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
  skip "no browser is here (package chromium)"

write_config c.ini
cat >>c.ini <<'INI'
sample_steps = 7, 40
keep = 2
[metrics]
every = 3
samples = 100
INI
export XDG_CACHE_HOME=$work/cache

# A run that is stopped after the second of its five epochs, and goes on.
run_expecting 0 --config c.ini -q --out run --set train.epochs=2
run_expecting 0 --config c.ini -q --out run --set train.epochs=5 --resume
run_expecting 0 report run -o whole.html
# Another one, to be compared with it.
run_expecting 0 --config c.ini -q --out other --set train.seed=1 --set generator.lr=0.001 --set metrics.every=0
run_expecting 0 report run other -o both.html
# One that diverges.
run_expecting 3 --config c.ini -q --out diverged --set generator.lr=100 --set generator.optimizer=sgd \
  --set discriminator.lr=100 --set discriminator.optimizer=sgd
run_expecting 0 report diverged -o diverged.html
# A name that a page must not take for its own.
name='<script>alert(1)<!--&"'"'"'</title>'
name=${name//\//:}
cp -r run "$name"
sed -i 's/"text": *"gantrain/"text":"<\/script><script>throw 1<\/script> gantrain/' "$name/events.jsonl"
run_expecting 0 report "./$name" -o name.html
script_ends() { grep -o '</script' "$1" | wc -l; }
check "the data end a script element" test "$(script_ends name.html)" = "$(script_ends whole.html)"
# Columns, events and numbers that nobody would think of, next to another run.
cp -r run odd
sed -i -e '1s/$/,__proto__,constructor,<b>bold<\/b>/' -e '2,$s/$/,1,2,3/' -e '3s/,[^,]*/,1e308/3' odd/metrics.csv
echo '{"time":1,"kind":"evaluation","epoch":5,"step":9,"text":"<i>","scores":{"classes":"<i>","epoch":"<i>"}}' \
  >>odd/events.jsonl
run_expecting 0 report odd other -o odd.html
# One with damaged and missing files, and one of a version that knew no events.
cp -r run damaged
sed -i -e '3s/,[^,]*/,x/3' -e '4s/,.*//' damaged/metrics.csv
printf '6,1' >>damaged/metrics.csv
printf 'nonsense\n' >>damaged/events.jsonl
echo 'nonsense = 1' >>damaged/config.ini
rm damaged/samples/epoch-0002.png
run_expecting 0 report damaged -o damaged.html
run_expecting 0 report "$(realpath "$2")/tests/fixtures/0.1.0/run" -o old.html
# Runs on points, in a plane and on a line; one whose frames are damaged or gone.
for kind in ring line; do
  write_config $kind.ini
  sed -i "s/^range.*/images = builtin:$kind\ntest_images = builtin:$kind\nrange = 0:600/
    s/^latent_dim.*/latent_dim = 2\noutput = linear/" $kind.ini
  printf '[metrics]\nevery = 1\nbest = jsd\n' >>$kind.ini
  run_expecting 0 --config $kind.ini -q --out $kind
  run_expecting 0 report $kind -o $kind.html
done
run_expecting 0 --config line.ini -q --out strokes --set generator.latent_dim=1
cp -r ring gone
echo '{"components":2,"points":["<script>"]}' >gone/samples/epoch-0001.json
rm gone/samples/epoch-0002.json
run_expecting 0 report gone -o gone.html

# A run whose latent space is a plane.
sed '/^\[discriminator\]/,+1d' c.ini >vae.ini
run_expecting 0 --config vae.ini -q --out vae --set train.model=vae --set generator.latent_dim=2 --set metrics.every=0 \
  --set "encoder.layers=dense 32, relu"
run_expecting 0 report vae -o vae.html

checks=$((checks + 1))
if ! timeout 300 node "$here_tests/pages.mjs" "$browser" "$work"; then
  fail "pages in a browser"
fi
finish
