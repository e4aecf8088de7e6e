"""Shared libraries inside wheels, by the beginning of their file's name: under which licence.

Wheels that carry them seldom say so themselves. A bill is refused that would hold one without.
"""

import re

_RUNTIME = "GPL-3.0-or-later WITH GCC-exception-3.1"
LICENCES = {
    "aom": "BSD-2-Clause",
    "avcodec": "LGPL-2.1-or-later",
    "avformat": "LGPL-2.1-or-later",
    "avif": "BSD-2-Clause",
    "avutil": "LGPL-2.1-or-later",
    "brotlicommon": "MIT",
    "brotlidec": "MIT",
    "crypto": "Apache-2.0",
    "de265": "LGPL-3.0-or-later",
    "drm": "MIT",
    "freetype": "FTL",
    "gfortran": _RUNTIME,
    "gomp": _RUNTIME,
    "harfbuzz": "MIT",
    "heif": "LGPL-3.0-or-later",
    "jpeg": "IJG AND BSD-3-Clause AND Zlib",
    "lcms2": "MIT",
    "lzma": "0BSD",
    "openblas": "BSD-3-Clause",
    "openblaso": "BSD-3-Clause",
    "openblasp": "BSD-3-Clause",
    "openjp2": "BSD-2-Clause",
    "png16": "libpng-2.0",
    "qpdf": "Apache-2.0",
    "quadmath": "LGPL-2.1-or-later",
    "scipy_openblas64_": "BSD-3-Clause",
    "sharpyuv": "BSD-3-Clause",
    "ssl": "Apache-2.0",
    "swresample": "LGPL-2.1-or-later",
    "swscale": "LGPL-2.1-or-later",
    "tiff": "libtiff",
    "vpx": "BSD-3-Clause",
    "webp": "BSD-3-Clause",
    "webpdemux": "BSD-3-Clause",
    "webpmux": "BSD-3-Clause",
    "xau": "MIT",
    "xcb": "X11",
    "zstd": "BSD-3-Clause",
}
"""On the image `crypto` and `ssl` are traps of our own (image-build/steps/no_tls.py)."""

_FILE = re.compile(r"lib(.+?)(?:-r0)?(?:-[0-9a-f]{7,8})*[.\d]*\.so[.\w]*")


def name_of(file: str) -> str:
    """`png16` of `libpng16-1d1ba958.so.16.58.0`; empty if it is no name of a shared library."""
    found = _FILE.fullmatch(file)
    return found[1].lower() if found else ""
