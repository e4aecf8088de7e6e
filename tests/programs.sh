#!/bin/bash
# The files of this tree whose first line names an interpreter: what `make lint` finds by no suffix.
# What a shell only reads, and has no such line, begins with `# shellcheck shell=sh` instead.
#   tests/programs.sh python
#   tests/programs.sh sh
set -euo pipefail
cd "$(dirname "$0")/.."
case ${1:-} in
  python) first='^#!.*[/ ]python[0-9.]*( |$)' ;;
  sh) first='^#!.*[/ ](ba|da)?sh( |$)|^# shellcheck shell=' ;;
  *) echo "usage: tests/programs.sh python|sh" >&2; exit 2 ;;
esac

while IFS= read -r -d '' file; do
  [ -f "$file" ] || continue  # removed, and not committed yet
  line=
  IFS= read -r line <"$file" || true
  if [[ $line =~ $first ]]; then echo "$file"; fi
done < <(git ls-files -z --cached --others --exclude-standard)
