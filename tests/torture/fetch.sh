#!/bin/bash
# Fetches Pillow's source package into build/: its own suite has 44 broken pictures, for the
# torture disk. Used by the tests alone, never shipped. Run by `make test` before the tests.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=13.0.0
if [ -e "build/pillow-$version.tar.gz" ]; then exit 0; fi
mkdir -p build
python3 -m pip download --quiet --no-deps --no-binary pillow "pillow==$version" --dest build ||
  { echo "Pillow's source package cannot be fetched: its broken pictures will NOT be tried"; exit 1; }
echo "torture: Pillow's source package in build"
