"""The bill of materials: by the schema, complete, the same every time."""

import copy
import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from release import bill
from release.commit import Commit
from release.libraries import name_of
from release.refused import RefusedError
from tests.release import manifests
from tests.release.checkouts import MOMENT, ROOT
from triage import __version__

COMMIT = Commit(ROOT, __version__, MOMENT, "20260131-0123456789ab")


@pytest.fixture(scope="module")
def manifest(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of an image whose packages are this machine's."""
    return manifests.make(tmp_path_factory.mktemp("manifest"), wheel)


@pytest.fixture(scope="module")
def text(manifest: dict[str, Any], wheel: Path) -> str:
    """The bill of it, and of a release that is one wheel."""
    return bill.bill(COMMIT, manifest, [wheel])


@pytest.fixture(scope="module")
def components(text: str) -> dict[str, dict[str, Any]]:
    """Each component by its reference, those inside others too."""
    whole = json.loads(text)
    return {
        part["bom-ref"]: part
        for part in _all([whole["metadata"]["component"], *whole["components"]])
    }


def _all(parts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in parts:
        yield part
        yield from _all(part.get("components", []))


def _sha256(part: dict[str, Any]) -> list[str]:
    return [entry["content"] for entry in part.get("hashes", []) if entry["alg"] == "SHA-256"]


def test_it_holds_to_the_schema_strictly(text: str) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(text) is None
    broken = json.loads(text)
    broken["components"][0]["licences"] = []
    assert validator.validate_str(json.dumps(broken)) is not None


def test_every_locked_wheel_is_in_it_with_version_digest_and_licence(
    components: dict[str, dict[str, Any]],
) -> None:
    told = manifests.locked()
    wheels = {
        ref.removeprefix("wheel:"): part
        for ref, part in components.items()
        if ref.startswith("wheel:")
    }
    elsewhere = {"colorama"}  # Windows
    assert set(wheels) - elsewhere == set(told) - elsewhere | {"seek-triage"}
    for name, part in wheels.items():
        assert part["licenses"], name
        if name != "seek-triage":
            version, digest = told[name]
            assert (part["version"], _sha256(part)) == (version, [digest])
            assert part["purl"] == f"pkg:pypi/{name}@{version}"


def test_seek_itself_has_the_digest_of_the_wheel_and_no_address_in_a_registry(
    components: dict[str, dict[str, Any]], wheel: Path
) -> None:
    ours = components["wheel:seek-triage"]
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert (ours["version"], _sha256(ours)) == (__version__, [digest])
    assert ours["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert _sha256(components[f"released:{wheel.name}"]) == [digest]
    assert not any("pypi/seek" in part.get("purl", "") for part in components.values())


def test_every_debian_package_is_in_it_with_its_version_and_a_licence(
    components: dict[str, dict[str, Any]],
) -> None:
    form = "${db:Status-Status} ${Package} ${Architecture} ${Version}\n"
    listed = subprocess.run(
        ["dpkg-query", "--show", f"--showformat={form}"], check=True, capture_output=True, text=True
    )
    installed = [line.split() for line in listed.stdout.splitlines()]
    assert len(installed) > 50
    for status, name, architecture, version in installed:
        if status == "installed":
            part = components[f"root:{name}:{architecture}"]
            assert (part["version"], _sha256(part)) == (version, [manifests.ARCHIVE])
            assert part["licenses"]
            address = PackageURL.from_string(part["purl"])
            assert (address.type, address.namespace, address.name) == ("deb", "debian", name)
            assert address.version == version


def test_kernel_and_boot_loaders_are_in_it(components: dict[str, dict[str, Any]]) -> None:
    assert _sha256(components["medium:boot/vmlinuz"]) == [hashlib.sha256(b"a kernel").hexdigest()]
    shim = components["medium:shim-signed:amd64"]
    assert (shim["version"], _sha256(shim)) == ("1:1.2+x", ["ab" * 32])
    assert shim["purl"] == "pkg:deb/debian/shim-signed@1:1.2%2Bx?arch=amd64&distro=debian-13"
    assert shim["licenses"] == [{"license": {"id": "BSD-2-Clause"}}]


def test_what_wheels_carry_inside_is_in_it(components: dict[str, dict[str, Any]]) -> None:
    """What they tell themselves, and what docs/licences.md knows of those that do not."""
    inside = {part["name"] for part in components["wheel:pillow"]["components"]}
    assert "FreeType" in inside
    carried = {part["name"]: part for part in components["wheel:pi-heif"]["components"]}
    assert carried["libheif"]["licenses"] == [{"license": {"id": "LGPL-3.0-or-later"}}]
    page = (ROOT / "docs/licences.md").read_text()
    for wheel, carries in bill.UNTOLD.items():
        assert f"wheel:{wheel}" in components
        for name, _ in carries:
            assert f"inside:{wheel}:{name}" in components
            assert name in page


def test_it_says_what_it_is_a_bill_of_and_of_when(text: str) -> None:
    metadata = json.loads(text)["metadata"]
    assert metadata["timestamp"] == "2023-11-14T22:13:20+00:00"
    assert (metadata["component"]["name"], metadata["component"]["version"]) == (
        "seek",
        __version__,
    )


def test_it_is_the_same_twice_and_another_where_a_digest_is(
    manifest: dict[str, Any], text: str, wheel: Path
) -> None:
    assert bill.bill(COMMIT, manifest, [wheel]) == text
    other = json.loads(json.dumps(manifest))
    other["wheels"][3]["sha256"] = "ef" * 32
    assert bill.bill(COMMIT, other, [wheel]) != text


def test_every_shared_library_inside_a_wheel_is_in_it_with_digest_and_licence(
    components: dict[str, dict[str, Any]], manifest: dict[str, Any]
) -> None:
    told = {ref: part for ref, part in components.items() if ref.startswith("library:")}
    names = {name_of(ref.rpartition(":")[2]) for ref in told}
    assert {"avcodec", "gfortran", "quadmath", "heif", "de265", "jpeg", "tiff"} <= names
    for ref, part in told.items():
        assert part["licenses"], ref
        (digest,) = _sha256(part)
        assert len(digest) == 64
    strange = copy.deepcopy(manifest)
    strange["wheels"][0]["libraries"] = [{"path": "x.libs/libstrange-0123abcd.so.1", "sha256": ""}]
    with pytest.raises(RefusedError, match=r"nobody has said what libstrange"):
        bill.bill(COMMIT, strange, [])


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("libpng16-1d1ba958.so.16.58.0", "png16"),
        ("libgfortran-040039e1-0352e75f.so.5.0.0", "gfortran"),
        ("libopenblasp-r0-59ffcd50.3.15.so", "openblasp"),
        ("libscipy_openblas64_-fdde5778.so", "scipy_openblas64_"),
        ("libcrypto-5409cd36.so.1.1.1k", "crypto"),
        ("readme.txt", ""),
    ],
)
def test_a_library_is_told_by_the_beginning_of_its_name(file: str, name: str) -> None:
    assert name_of(file) == name
