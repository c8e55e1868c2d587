# Events for TensorBoard, decoded by protoc with its published messages: they hold the numbers of metrics.csv and the
# pictures of samples/; whatever happens to a run, --resume leaves the events of an undisturbed one.

messages=$(realpath "$(dirname "$0")")
source "$messages/lib.sh" "$@"
write_config c.ini
cat >>c.ini <<'INI'
tensorboard = yes
INI
file=events.out.tfevents.gantrain

run c.ini -n
if ((status == 2)); then
  check_says "^gantrain: \[output\] tensorboard = yes: .*libprotobuf-c-dev and protobuf-c-compiler"
  check "a run directory is made" test ! -e runs
  finish
fi
command -v protoc >/dev/null || {
  echo "skipped: protoc is not here (package protobuf-compiler)"
  exit 77
}

number_at() { # FILE, OFFSET
  od -An --endian=little -tu8 -j"$2" -N8 "$1" | tr -d ' '
}

# The events of a run as text; of times only whether they are there.
events() { # DIRECTORY
  local offset=0 size length
  size=$(size_of "$1/$file")
  while ((offset < size)); do
    length=$(number_at "$1/$file" $offset)
    tail -c +$((offset + 13)) "$1/$file" | head -c "$length" | protoc --decode tensorboard.Event --proto_path="$messages" event.proto
    offset=$((offset + 16 + length))
  done | awk '/tag: "stats\/(seconds|images_per_second)"/ { time = 1 } time && /simple_value/ { $2 = "TIME"; time = 0 }
              /^wall_time: 1[0-9][0-9][0-9]/ { $2 = "TIME" } { print }'
}

# --- What is in it ---

run_expecting 0 c.ini -q --out whole --set train.epochs=6 --set metrics.every=2 --set metrics.samples=100 --set data.test_images=builtin:digits
events whole >text
check "the version is not first" test "$(head -2 text | tail -1)" = 'file_version: "brain.Event:2"'
check "events" test "$(grep -c '^wall_time: TIME' text)" = 8
check "steps" test "$(awk '/^step/ { printf "%s ", $2 }' text)" = "30 60 90 120 150 180 "
check "unknown fields" test -z "$(grep -E '^ *[0-9]+[:{ ]' text)"

# Every number of metrics.csv, as near as a float is to it, and no other.
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) name[i] = $i; next }
         { for (i = 3; i <= NF; i++) if ($i != "" && name[i] !~ /^(seconds|images_per_second)$/) printf "%s %s %s\n", $2, name[i], $i }' \
  whole/metrics.csv | sort >expected
awk '/^step/ { step = $2 } /tag:/ { tag = $2; gsub(/"|stats\/|scores\//, "", tag) }
     /simple_value: [^T]/ { printf "%s %s %s\n", step, tag, $2 }' text | sort >found
check "other numbers than in metrics.csv" awk '
  function size(x) { return x < 0 ? -x : x }
  { if ($1 != $4 || $2 != $5 || NF != 6 || size($3 - $6) > 1e-6 * size($3)) { print; wrong = 1 } } END { exit wrong }' \
  <(paste -d " " expected found)
check "few numbers" test "$(wc -l <expected)" -gt 60
for tag in stats/d_loss stats/diversity stats/seconds scores/frechet scores/precision; do
  check "no $tag" grep -q "tag: \"$tag\"" text
done
check_not "frechet is no stat" grep -q stats/frechet text

# The pictures are in it, byte for byte: epochs 0 to 6.
check "pictures" test "$(grep -c 'encoded_image_string' text)" = 7
check "sizes" test "$(grep -c 'height: 115' text)" = 7
printf 'wall_time: 1 summary { value { tag: "x" image { encoded_image_string: "%s" } } }' \
  "$(od -An -v -to1 whole/samples/epoch-0006.png | tr -d '\n' | sed 's/ /\\/g')" >picture.txt
protoc --encode tensorboard.Event --proto_path="$messages" event.proto <picture.txt |
  protoc --decode tensorboard.Event --proto_path="$messages" event.proto | grep encoded >one
check "another picture" test "$(grep encoded text | tail -1 | sed 's/^ *//')" = "$(sed 's/^ *//' one)"

# --- Killed, cut, damaged, removed: as an undisturbed run ---

long=(c.ini -q --set train.epochs=15)
run_expecting 0 "${long[@]}" --out long
events long >long.txt
has_events() { # DIRECTORY, BYTES
  (($(size_of "$1/$file") > $2))
}
for bytes in 1000 40000 90000; do
  "$gantrain" "${long[@]}" --out killed --resume >/dev/null 2>&1 </dev/null &
  wait_until has_events killed $bytes
  kill -KILL $!
  wait $! 2>/dev/null
done
printf 'half a record' >>killed/$file
run_expecting 0 "${long[@]}" --out killed --resume
check "killed: other events" diff long.txt <(events killed)

cp -r long damaged
flip_byte damaged/$file 20000
run_expecting 0 "${long[@]}" --out damaged --resume
check "damaged: other events" diff long.txt <(events damaged)
rm damaged/$file
run_expecting 0 "${long[@]}" --out damaged --resume
check "removed: other events" diff long.txt <(events damaged)

# Back to a checkpoint: what lies past it goes. Then on.
cp -r whole back
run_expecting 0 c.ini -q --out back --resume=back/checkpoints/epoch-0004.safetensors --set train.epochs=4
check "back: events past the checkpoint" test "$(events back | awk '/^step/ { last = $2 } END { print last }')" = 120
check "back: others before it" diff <(events back) <(sed '/^step: 150/,$d' text | sed '$d')

# A run that was begun without them gets those of its past as well.
run_expecting 0 "${long[@]}" --out late --set output.tensorboard=no --set train.epochs=3
check "written without being asked for" test ! -e late/$file
run_expecting 0 "${long[@]}" --out late --resume
check "late: other events" diff long.txt <(events late)

# --- It cannot be written ---

mkdir -p full/$file
expect_error 1 "full/$file: .*: move it away" c.ini -q --out full
rmdir full/$file
large=(c.ini -q --set output.grid=20x20 --set train.epochs=5)
run_expecting 0 "${large[@]}" --out large
(ulimit -f 700 && exec "$gantrain" "${large[@]}" --out full --resume >.stdout 2>.stderr </dev/null)
status=$?
check "full: status $status" test $status = 1
check "one warning" test "$(grep -c '^warning: ' .stderr)" = 1
check_says "^warning: full/$file: cannot be written: File too large.*; training continues; these events are tried again"
check_says "^gantrain: full: trained to the end, but not all could be written"
run_expecting 0 "${large[@]}" --out full --resume
check "full: other events" diff <(events large) <(events full)

# A pipe in the place of a picture does not make it wait; the picture is drawn again once that is gone.
rm full/$file full/samples/epoch-0004.png
mkfifo full/samples/epoch-0004.png
run_expecting 1 "${large[@]}" --out full --resume
check_says "^warning: full/samples/epoch-0004.png: is not a regular file: move it away; training continues; these events are tried again"
rm full/samples/epoch-0004.png
run_expecting 0 "${large[@]}" --out full --resume
check "pipe: other events" diff <(events large) <(events full)

finish
