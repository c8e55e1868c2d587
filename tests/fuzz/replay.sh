# Replays the corpus of one reader, and the seeds that are not text.
#
#   bash replay.sh PROGRAM NAME

set -euo pipefail
program=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TMPDIR=$(mktemp -d)
export TMPDIR OPENBLAS_NUM_THREADS=1
trap 'rm -rf "$TMPDIR"' EXIT
"$here/write-seeds" "$TMPDIR"
shopt -s nullglob
"$program" "$here/corpus/$2"/* "$TMPDIR/$2"/*
