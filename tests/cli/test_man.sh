# The man page and the completions name every command, option, section and key, and are valid for those who read them.

make_man=$(realpath "$(dirname "$0")/../../scripts/make-man")
source "$(dirname "$0")/lib.sh" "$@"

for kind in man bash zsh; do
  check "make-man $kind fails" bash -c '"$1" "$2" "$3" >"$2.txt"' _ "$make_man" $kind "$gantrain"
done
bash "$make_man" man /nonexistent >/dev/null 2>&1
check "make-man takes a program that is not there" test $? -ne 0

names() { # FILE, WORD: whether the word stands there, whole
  grep -qE -- "(^|[^a-zA-Z0-9_.-])$2([^a-zA-Z0-9_.-]|$)" "$1"
}
sed 's/\\-/-/g' man.txt >page.txt

"$gantrain" help >all.txt
commands=$(sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' all.txt)
check "fewer commands than there are" test "$(wc -w <<<"$commands")" -ge 9
options=0
for command in $commands; do
  check "man: no $command" grep -q "^.SS \"gantrain $command" page.txt
  check "bash: no $command" names bash.txt "$command"
  check "zsh: no $command" names zsh.txt "$command"
  sed -n "/^.SS \"gantrain $command[ \"]/,/^.S[SH] /p" page.txt | sed '$d' >section.txt
  grep -E "^    $command\) " bash.txt >bash_row.txt
  grep -E "^  $command\) " zsh.txt >zsh_row.txt
  for option in $("$gantrain" help "$command" | sed -n '/^options:/,$s/^ .*\(--[a-z-]*\)[ =[].*  .*/\1/p'); do
    options=$((options + 1))
    for file in section.txt bash_row.txt zsh_row.txt; do
      check "$file: $command has no $option" grep -qE -- "[ ()\"]$option([][ \")=]|$)" $file
    done
  done
done
check "fewer options than there are: $options" test "$options" -ge 35

section= keys=0
while read -r key equals _; do
  if [[ $key == \[* ]]; then
    section=${key:1:-1}
    check "man: no section $section" grep -qxF ".SS [$section]" page.txt
  elif [[ -n $section && $equals == = ]]; then
    keys=$((keys + 1))
    sed -n "/^.SS \[$section\]/,/^.S[SH] /p" page.txt >section.txt
    check "man: no $section.$key" grep -q "^.B $key =" section.txt
    check "bash: no $section.$key" names bash.txt "$section.$key"
    check "zsh: no $section.$key" names zsh.txt "$section.$key"
  fi
done < <("$gantrain" help config)
check "fewer keys than there are: $keys" test "$keys" -ge 60

# --- Readers of theirs, where they are installed ---

if command -v mandoc >/dev/null; then
  mandoc -T lint -W warning man.txt 2>&1 | grep -v "missing date" >mandoc.txt # a date would differ from build to build
  cat mandoc.txt
  check "mandoc warns" test ! -s mandoc.txt
fi
check "bash cannot read it" bash -n bash.txt
if command -v zsh >/dev/null; then
  check "zsh cannot read it" zsh -n zsh.txt
fi

completes() { # EXPECTED, WORD...: the last word is completed to EXPECTED, among others
  local expected=$1
  shift
  bash -c 'source ./bash.txt; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gantrain; printf "%s\n" "${COMPREPLY[@]}"' \
    _ "$@" >completed.txt
  check "bash: $* is not completed to $expected" grep -qxF -- "$expected" completed.txt
}
completes sample gantrain sa
completes --resume gantrain --config c.ini --re
completes --count gantrain sample --co
completes train.epochs= gantrain --set train.ep
completes train.epochs= gantrain bench -s train.ep
completes config gantrain help co

finish
