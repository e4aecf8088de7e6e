#!/bin/bash
# Fetches real thumbcache_*.db of Windows Vista to 11 into build/thumbcaches, for the tests.
# They are test data of dissect.thumbcache (Fox-IT, AGPL-3.0-or-later): used here, never shipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=build/thumbcaches
version=1.11
if [ -d "$target/windows_11" ]; then exit 0; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m pip download --quiet --no-deps --no-binary dissect.thumbcache \
  "dissect.thumbcache==$version" --dest "$work"
mkdir -p "$target"
tar -xzf "$work"/dissect*thumbcache-"$version".tar.gz -C "$target" --strip-components=3 \
  --wildcards '*/tests/data/windows_*'
echo "thumbcaches: $(find "$target" -name '*.db' | wc -l) files in $target"
