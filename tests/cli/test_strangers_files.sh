# Files that a stranger made: a run directory with links in it, a checkpoint that names other files or whose weights
# are not numbers, a cache of classifiers. None is believed without a word, and none shows or changes other files.

source "$(dirname "$0")/lib.sh" "$@"
write_config c.ini
export XDG_CACHE_HOME=$work/cache

# --- A run directory with links ---

for name in log.txt events.jsonl; do
  mkdir -p "link-$name"
  echo "somebody else's" >other.txt
  before=$(cksum other.txt)
  ln -s ../other.txt "link-$name/$name"
  run_expecting 0 --config c.ini --out "link-$name" -q
  check_says "^warning: link-$name/$name: was a link, .*: the link is now link-$name/$name.old-1"
  check "$name: written through a link" test "$before" = "$(cksum other.txt)"
  check "$name: is not there" test -s "link-$name/$name" -a ! -L "link-$name/$name"
  check "$name: the link is gone" test -L "link-$name/$name.old-1"
done
mkdir pipe && mkfifo pipe/log.txt
expect_error 1 "pipe/log.txt: cannot be written: .*: move it away" --config c.ini --out pipe -q

finish
