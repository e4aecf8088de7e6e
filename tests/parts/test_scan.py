"""A picture deleted from the disk, but left in a cache, is found: on real disks, by the command."""

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.conftest import Seek
from tests.demo import photographs
from tests.disks import ext_volume
from tests.parts import making

MIB = 1 << 20


def _jpeg(picture: bytes, side: int) -> bytes:
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.thumbnail((side, side))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


@pytest.fixture(scope="module")
def findings(seek: Seek, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Path to its thumbnail matches, of a scan of one ext4 volume."""
    colourful = [p for p in photographs() if Image.open(io.BytesIO(p)).mode == "RGB"]
    gone, kept, other, third = [_jpeg(picture, 700) for picture in colourful[:4]]
    small = {name: making.shrunk(p) for name, p in {"gone": gone, "kept": kept}.items()}
    files = {
        "home/sam/Pictures/kept.jpg": kept,
        "home/sam/Pictures/gone.jpg": gone,
        "home/sam/.cache/thumbnails/normal/aa.png": making.linux_thumbnail(
            gone, "file:///home/sam/Pictures/gone.jpg"
        ),
        "home/sam/.cache/thumbnails/normal/bb.png": making.linux_thumbnail(
            kept, "file:///home/sam/Pictures/kept.jpg"
        ),
        "home/sam/Pictures/Thumbs.db": making.thumbs_db(
            {"kept.jpg": small["kept"], "gone.jpg": small["gone"]}
        ),
        "home/sam/AppData/Explorer/thumbcache_256.db": making.thumbcache(
            {0xABCDEF: small["gone"], 0x123456: making.shrunk(third)}
        ),
        "home/sam/swapped.jpg": making.with_exif_thumbnail(other, making.shrunk(third)),
        "home/sam/honest.jpg": making.with_exif_thumbnail(other, making.shrunk(other)),
    }
    folder = tmp_path_factory.mktemp("caches")
    ext_volume(folder / "disk.img", 24 * MIB, files, deleted=["home/sam/Pictures/gone.jpg"])
    known = folder / "known.txt"
    known.write_text(hashlib.sha256(small["gone"]).hexdigest() + "\n")
    done = seek("scan", folder / "disk.img", "--hash-set", known, "--out", folder / "out")
    assert done.returncode in (0, 3), done.stderr
    (bundle,) = (folder / "out").iterdir()
    document = json.loads((bundle / "findings.json").read_text())
    return {
        finding["entry"]["path"]: [
            m for m in finding["result"]["matches"] if m["kind"] == "thumbnail"
        ]
        for finding in document["findings"]
    }


def test_a_deleted_picture_is_found_in_thumbcache(findings: dict[str, Any]) -> None:
    (match,) = findings["home/sam/AppData/Explorer/thumbcache_256.db"]
    assert match["detector"].startswith("hash_set")
    assert match["provenance"]["cache_entry"] == "0000000000abcdef"
    assert match["provenance"]["matched_by"] == "hash_set"
    assert int(match["provenance"]["part_offset"]) > 24


def test_a_deleted_picture_is_found_in_thumbs_db_by_digest_and_by_being_gone(
    findings: dict[str, Any],
) -> None:
    known, gone = findings["home/sam/Pictures/Thumbs.db"]
    assert known["provenance"]["thumbnail_of"] == "gone.jpg"
    assert known["provenance"]["picture"] == "gone"
    assert gone["reason"] == "1 of its 2 thumbnails show pictures that are gone: gone.jpg"


def test_a_linux_thumbnail_without_its_picture_is_a_finding(findings: dict[str, Any]) -> None:
    (match,) = findings["home/sam/.cache/thumbnails/normal/aa.png"]
    assert match["reason"] == "It shows a picture that is gone: home/sam/Pictures/gone.jpg"


def test_a_thumbnail_whose_picture_is_there_is_none(findings: dict[str, Any]) -> None:
    assert "home/sam/.cache/thumbnails/normal/bb.png" not in findings


def test_a_thumbnail_that_shows_another_picture_is_a_finding(findings: dict[str, Any]) -> None:
    (match,) = findings["home/sam/swapped.jpg"]
    assert match["reason"] == "The EXIF thumbnail inside it shows another picture."
    assert match["score"] < match["threshold"]
    assert "home/sam/honest.jpg" not in findings


def test_a_photograph_whose_thumbnail_matches_is_looked_at_in_full_before_the_others(
    seek: Seek, tmp_path: Path
) -> None:
    """The second of sixty by place, it comes first: a glance at its first 64 KB finds it."""
    one, two = [p for p in photographs() if Image.open(io.BytesIO(p)).mode == "RGB"][:2]
    plain = making.with_exif_thumbnail(_jpeg(one, 700), making.shrunk(one))
    telling = making.shrunk(two)
    files = {
        f"home/sam/Pictures/{n:02}/p.jpg": plain + n.to_bytes(2, "little") + bytes(1_100_000)
        for n in range(60)
        if n != 1
    }
    files["home/sam/Pictures/01/telling.jpg"] = making.with_exif_thumbnail(
        _jpeg(two, 700), telling
    ) + bytes(1_100_000)
    ext_volume(tmp_path / "disk.img", 128 * MIB, files)
    known = tmp_path / "known.txt"
    known.write_text(hashlib.sha256(telling).hexdigest() + "\n")
    done = seek("scan", tmp_path / "disk.img", "--hash-set", known, "--out", tmp_path / "out",
                "--workers", "1")  # fmt: skip
    assert done.returncode == 0, done.stderr
    (bundle,) = (tmp_path / "out").iterdir()
    (finding,) = json.loads((bundle / "findings.json").read_text())["findings"]
    assert finding["entry"]["path"] == "home/sam/Pictures/01/telling.jpg"
    assert finding["found"]["looked_at_as"] == "what matched at a first glance"
    lines = [json.loads(line) for line in (bundle / "entries.jsonl").read_text().splitlines()]
    examined = [line["entry"]["path"] for line in lines if line["result"]["outcome"] == "examined"]
    assert sorted(examined) == sorted(files), "each still counts once"
    assert examined[:2] == ["home/sam/Pictures/01/telling.jpg", "home/sam/Pictures/00/p.jpg"]
    assert seek("verify", bundle).returncode == 0
