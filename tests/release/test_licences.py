"""Licences: from copyright files and wheels' metadata to SPDX, and no further than they say."""

import subprocess
import sys
from pathlib import Path

import pytest
from cyclonedx.model.license import License

from release.licences import of_debian, of_wheel
from tests.release.checkouts import ROOT

READ = "import sys, licences, pathlib; print(licences.of_package(pathlib.Path(sys.argv[1]), 'it'))"


def _names(found: list[License]) -> list[str]:
    """An SPDX identifier, an expression or a name, each as such."""
    return [
        next(
            f"{kind} {value}"
            for kind in ("id", "value", "name")
            if (value := getattr(licence, kind, None))
        )
        for licence in found
    ]


def _read(root: Path) -> str:
    """By the image's own recipe, with nothing but the standard library."""
    command = [sys.executable, "-c", READ, str(root)]
    steps = ROOT / "image-build/steps"
    done = subprocess.run(command, cwd=steps, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("text", "licences"),
    [
        (
            "Format: https://example/copyright-format/1.0/\n\nFiles: *\nCopyright: x\n"
            "License: GPL-2+\n This program is free\n\nFiles: a\nLicense:  Expat  or  ISC\n",
            "['Expat or ISC', 'GPL-2+']",
        ),
        (
            "It is free; see /usr/share/common-licenses/LGPL-2.1, and\n"
            "`/usr/share/common-licenses/GPL'.\nLicense: not a field here\n",
            "['/usr/share/common-licenses/GPL', '/usr/share/common-licenses/LGPL-2.1']",
        ),
        ("Do with it what you like.\n", "[]"),
        (None, "[]"),
    ],
)
def test_a_copyright_file_says_its_licences(
    tmp_path: Path, text: str | None, licences: str
) -> None:
    folder = tmp_path / "usr/share/doc/it"
    folder.mkdir(parents=True)
    if text is not None:
        (folder / "copyright").write_text(text)
    assert _read(tmp_path) == licences


@pytest.mark.parametrize("target", ["other", "/usr/share/doc/other"])
def test_a_link_to_another_packages_folder_is_followed_inside_the_root(
    tmp_path: Path, target: str
) -> None:
    folder = tmp_path / "usr/share/doc/other"
    folder.mkdir(parents=True)
    (folder / "copyright").write_text("Format: x\n\nLicense: ISC\n")
    (folder.parent / "it").symlink_to(target)
    assert _read(tmp_path) == "['ISC']"


@pytest.mark.parametrize(
    ("word", "named"),
    [
        ("GPL-2+", "id GPL-2.0-or-later"),
        ("GPL-2", "id GPL-2.0-only"),
        ("LGPL-2.1+", "id LGPL-2.1-or-later"),
        ("GFDL-1.3", "id GFDL-1.3-only"),
        ("GPL-2.0+", "id GPL-2.0-or-later"),
        ("Expat", "id MIT"),
        ("BSD-3-clause", "id BSD-3-Clause"),
        ("public-domain", "name public-domain"),
        ("GPL-2+ with Autoconf exception", "name GPL-2+ with Autoconf exception"),
        ("/usr/share/common-licenses/GPL-2", "name refers to /usr/share/common-licenses/GPL-2"),
    ],
)
def test_debians_words_become_identifiers_where_they_mean_the_same(word: str, named: str) -> None:
    assert _names(of_debian([word], "it")) == [named]


def test_a_package_that_names_no_licence_points_to_its_text() -> None:
    assert _names(of_debian([], "it")) == ["name see /usr/share/doc/it/copyright"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Apache-2.0 OR BSD-3-Clause", ["value Apache-2.0 OR BSD-3-Clause"]),
        ("mit", ["id MIT"]),
        ("Apache 2.0", ["id Apache-2.0"]),
        ("BSD License", ["name BSD License"]),
        ("", []),
    ],
)
def test_what_a_wheel_says_is_kept(words: str, named: list[str]) -> None:
    assert _names(of_wheel(words)) == named
