# gantrain report and the page of training: what is refused before anything is written, what a page of text alone
# shows of itself, and what becomes of a run whose page cannot be written. tests/report looks at pages in a browser.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
run_expecting 0 --config c.ini -q --out run
run_expecting 0 --config c.ini -q --out other --set train.seed=1

run_expecting 0 report run
check_says "^report.html: open it in a browser$"
run_expecting 0 report run other -o both.html -n 1
for page in report.html both.html run/report.html; do
  check "$page is no HTML" grep -qi "^<!DOCTYPE html>" $page
  check "$page has no data" grep -q '"runs":\[{' $page
  check_not "$page names a host" grep -Eq '(src|href|url)[=(]["'"'"']?(https?:)?//' $page
done
pictures() { grep -o 'data:image/png;base64,' "$1" | wc -l; }
check "pictures inside: $(pictures report.html)" test "$(pictures report.html)" = 5 # epochs 0, 1, 2, real ones, nearest ones
check "-n 1: $(pictures both.html)" test "$(pictures both.html)" = 6                # twice the last, real, nearest
check "the page of training links to pictures" test "$(pictures run/report.html)" = 0
check "nothing temporary is left" test -z "$(find . -name '*.tmp')"

# --- Refused ---

expect_error 2 "needs RUN" report
expect_error 2 "--output x.pdf: the name must end in .html" report run -o x.pdf
expect_error 2 "--pictures 0: needs a whole number" report run -n 0
expect_error 1 "none: is not a run directory" report run none -o x.html
expect_error 1 "c.ini: is not a run directory" report c.ini -o x.html
expect_error 1 "no/x.html: cannot be written" report run -o no/x.html
check_not "a page of what was refused" test -e x.html

mkdir -p empty/checkpoints
expect_error 1 "empty: is not a run directory: it has no config.ini, no metrics.csv and no checkpoints" report run empty -o x.html

# A run of which much is missing is one, and the page says what. A pipe does not make it wait.
mkdir -p part/samples
cp run/config.ini part
run_expecting 0 report part -o part.html
check "what is missing" grep -q "part/metrics.csv: cannot be read" part.html
for file in config.ini metrics.csv events.jsonl samples/epoch-0001.png; do
  cp run/config.ini part
  rm -f part/$file && mkfifo part/$file
  run_expecting 0 report part -o part.html
  check "a pipe: $file" grep -q "part/$file: is not a regular file: move it away" part.html
  rm part/$file
done
mkfifo part/lock
run_expecting 0 report part -o part.html
run_expecting 0 watch part --once
rm part/lock
mkfifo part/samples/epoch-0002.png
run animate part
says "built without giflib" || check_says "^gantrain: part/samples/epoch-0002.png: is not a regular file: move it away$"

# --- A page or events that cannot be written ---

mkdir -p hindered/report.html
run_expecting 1 --config c.ini --out hindered
check_says "^warning: hindered/report.html: .*; training continues without this page$"
check_says "^gantrain: hindered: trained to the end, but not all could be written"
check "there is one warning" test "$(grep -c "without this page" .stderr)" = 1
check "the run is whole" diff <(history run) <(history hindered)
mkdir -p silent/events.jsonl
run_expecting 1 --config c.ini --out silent
check "there is one warning" test "$(grep -c "continues without this event" .stderr)" = 1
check "a page all the same" grep -q "silent/events.jsonl: " silent/report.html

# --- The state of a run ---

state() { grep -o '"state":"[a-z]*"' "$1"; }
check "finished" test "$(state run/report.html)" = '"state":"finished"'
cp -r run killed
sed -i '$d' killed/events.jsonl
run_expecting 0 report killed -o killed.html
check "killed: $(state killed.html)" test "$(state killed.html)" = '"state":"interrupted"'

finish
