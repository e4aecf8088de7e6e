"""The bill of materials, in CycloneDX: what the image holds, and what is released."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from release import image, libraries, licences
from release.commit import Commit
from release.refused import RefusedError
from release.sums import sha256

SCHEMA = SchemaVersion.V1_6
UNTOLD: dict[str, tuple[tuple[str, str], ...]] = {
    "pytsk3": (("The Sleuth Kit", "IPL-1.0 AND CPL-1.0"), ("talloc", "LGPL-3.0-or-later")),
    "opencv-python-headless": (("FFmpeg", "LGPL-2.1-or-later"),),
    "lxml": (("libxml2", "MIT"), ("libxslt", "MIT"), ("libiconv", "LGPL-2.1-or-later")),
    "zstandard": (("Zstandard", "BSD-3-Clause"),),
    "pi-heif": (("libheif", "LGPL-3.0-or-later"), ("libde265", "LGPL-3.0-or-later")),
}
"""What is inside wheels that do not say so themselves; docs/licences.md."""
BOOTS = ("boot/vmlinuz", "boot/initrd.img", "boot/grub/bios.img")
"""Files of the medium that run before anything else."""


def write(commit: Commit, manifest: Path, out: Path) -> Path:
    """The bill of what stands in a folder, and of the image that the manifest describes."""
    text = bill(commit, json.loads(manifest.read_text()), sorted(out.iterdir()))
    if problem := JsonStrictValidator(SCHEMA).validate_str(text):
        raise RefusedError(
            f"the bill of materials breaks CycloneDX's schema: {problem!s:.300}",
            f"release/bill.py made it of {manifest.name}; see what is odd there",
        )
    path = out / f"seek-{commit.version}.cdx.json"
    path.write_text(text + "\n")
    return path


def bill(commit: Commit, manifest: dict[str, Any], files: list[Path]) -> str:
    """The same text for the same commit and contents."""
    whole = Component(
        name="seek",
        version=commit.version,
        type=ComponentType.APPLICATION,
        bom_ref="seek",
        licenses=[DisjunctiveLicense(id="Apache-2.0")],
        properties=_properties(build=manifest["build"], root_hash=manifest["root_hash"]),
        components=[_file(path.name, sha256(path), "released") for path in files],
    )
    parts = [*_wheels(manifest), *_debian(manifest), *_models(manifest), *_boot_files(manifest)]
    bom = Bom(
        serial_number=uuid5(NAMESPACE_URL, f"seek {commit.version} {manifest['build']}"),
        metadata=BomMetaData(component=whole, timestamp=commit.moment),
        components=parts,
    )
    bom.register_dependency(whole, parts)
    return make_outputter(bom, OutputFormat.JSON, SCHEMA).output_as_string(indent=1)


def _wheels(manifest: dict[str, Any]) -> Iterator[Component]:
    for wheel in manifest["wheels"]:
        name, version = wheel["name"].lower().replace("_", "-"), wheel["version"]
        # only what a registry holds has an address there: ours is in none
        purl = None if name == image.OURS else PackageURL("pypi", None, name, version)
        yield Component(
            name=name,
            version=version,
            bom_ref=f"wheel:{name}",
            purl=purl,
            hashes=[_sha256(wheel["sha256"])],
            licenses=licences.of_wheel(wheel["licence"]),
            properties=_properties(file=wheel["file"], record_sha256=wheel["record_sha256"]),
            components=[*_inside(name, wheel["inside"]), *_libraries(name, wheel["libraries"])],
        )


def _inside(wheel: str, told: list[dict[str, str]]) -> list[Component]:
    """Libraries that a wheel carries: those that it tells of, and those that we know of."""
    ours = [
        Component(
            name=name, bom_ref=f"inside:{wheel}:{name}", licenses=licences.of_wheel(expression)
        )
        for name, expression in UNTOLD.get(wheel, ())
    ]
    return ours + [
        Component(
            name=part["name"],
            version=part.get("version"),
            bom_ref=f"inside:{wheel}:{place}:{part['name']}",
            purl=PackageURL.from_string(part["purl"]) if "purl" in part else None,
        )
        for place, part in enumerate(told)
    ]


def _libraries(wheel: str, told: list[dict[str, Any]]) -> Iterator[Component]:
    """Shared libraries beside a wheel's modules, each with its licence."""
    for library in told:
        file = Path(library["path"]).name
        name = libraries.name_of(file)
        if name not in libraries.LICENCES:
            raise RefusedError(
                f"nobody has said what {file} in {wheel} is",
                "find out under which licence it stands, and add it to release/libraries.py",
            )
        yield Component(
            name=file,
            bom_ref=f"library:{wheel}:{file}",
            hashes=[_sha256(library["sha256"])],
            licenses=licences.of_wheel(libraries.LICENCES[name]),
        )


def _debian(manifest: dict[str, Any]) -> Iterator[Component]:
    """Debian's packages, with their archives' digests: of the root, and of the medium."""
    for key, where in (("packages", "root"), ("boot_packages", "medium")):
        for package in manifest[key]:
            name, architecture = package["name"], package["architecture"]
            qualifiers = {"arch": architecture, "distro": manifest["distribution"]}
            yield Component(
                name=name,
                version=package["version"],
                bom_ref=f"{where}:{name}:{architecture}",
                purl=PackageURL("deb", "debian", name, package["version"], qualifiers),
                hashes=[_sha256(package["sha256"])],
                licenses=licences.of_debian(package["licences"], name),
                properties=_properties(where=where, source=package["source"]),
            )


def _models(manifest: dict[str, Any]) -> Iterator[Component]:
    for model in manifest["models"]:
        name = Path(model["path"]).name
        yield Component(
            name=name,
            type=ComponentType.MACHINE_LEARNING_MODEL,
            bom_ref=f"model:{model['path']}",
            hashes=[_sha256(model["sha256"])],
            properties=_properties(path=model["path"]),
        )


def _boot_files(manifest: dict[str, Any]) -> Iterator[Component]:
    """The kernel and what starts it, as they are on the medium."""
    for file in manifest["medium"]:
        if file["path"] in BOOTS:
            yield _file(file["path"], file["sha256"], "medium")


def _file(name: str, digest: str, where: str) -> Component:
    return Component(
        name=name, type=ComponentType.FILE, bom_ref=f"{where}:{name}", hashes=[_sha256(digest)]
    )


def _sha256(digest: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=digest)


def _properties(**values: str) -> list[Property]:
    return [Property(name=f"seek:{name}", value=value) for name, value in values.items()]
