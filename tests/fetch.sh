#!/bin/bash
# Fetches what the tests read and we do not carry, into build/; never shipped:
#   dissect.thumbcache (Fox-IT, AGPL-3.0-or-later): its test data, real caches of Windows Vista to 11
#   Pillow: the pictures of its own suite, 44 of them broken, also for the torture disk
#   pillow_heif (BSD-3-Clause): the pictures of its own suite, HEICs of several telephones and cameras
#   axe-core (Deque, MPL-2.0), in the wheel of axe-playwright-python (MIT): what a page lacks for people
#   who do not see it
# Says so loudly where that fails, and names what is then not tried; in CI that is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-.venv/bin/python}
caches=build/thumbcaches
wanted=requirements/fetched.txt
pillow=build/$(sed -n 's/^pillow==\([0-9.]*\).*/pillow-\1.tar.gz/p' $wanted)
heif=build/$(sed -n 's/^pillow-heif==\([0-9.]*\).*/pillow_heif-\1.tar.gz/p' $wanted)
axe=build/$(sed -n 's/^axe-playwright-python==\([0-9.]*\).*/axe_playwright_python-\1-py3-none-any.whl/p' $wanted)

fetch() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  "$python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --no-binary pillow,pillow-heif,dissect.thumbcache -r $wanted --dest "$work" || return 1
  mkdir -p build/caches.part
  tar -xzf "$work"/dissect*thumbcache-*.tar.gz -C build/caches.part --strip-components=3 \
    --wildcards '*/tests/data/windows_*' || return 1
  rm -rf "$caches"
  mv build/caches.part "$caches"
  mv "$work"/pillow-*.tar.gz "$pillow"
  mv "$work"/pillow_heif-*.tar.gz "$heif"
  mv "$work"/axe_playwright_python-*.whl "$axe"
}

if [ -d "$caches/windows_11" ] && [ -e "$pillow" ] && [ -e "$heif" ] && [ -e "$axe" ]; then exit 0; fi
if fetch; then
  echo "fetched: $(find "$caches" -name '*.db' | wc -l) thumbnail caches, ${pillow##*/}, ${heif##*/}, ${axe##*/}"
  exit 0
fi
cat >&2 <<END

*** NOT FETCHED: the packages of $wanted. Is there a network, and a package index?
*** The tests of real thumbnail caches and of Pillow's and pillow_heif's pictures will be skipped,
*** and nobody asks axe about the pages of the lab.

END
if [ -n "${CI:-}" ]; then exit 1; fi
