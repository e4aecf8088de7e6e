"""What a boot test asks of the bundle that came out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.boot import sticks


def sealed_bundle(evidence: Path, folder: Path) -> dict[str, Any]:
    """Take the one bundle off the evidence stick, check it with stock tools, and read its result document."""
    taken = sticks.take_out(evidence, folder)
    assert len(taken) == 1, taken
    sticks.check_with_stock_tools(taken[0])
    document: dict[str, Any] = json.loads((taken[0] / "findings.json").read_text())
    return document


def attests_write_block(document: dict[str, Any]) -> None:
    """Six layers on, every device read-only before and after, no counter moved."""
    said = document["write_block"]
    assert len(said["layers"]) == 6
    assert all(layer["on"] and layer["self_test"] == "passed" for layer in said["layers"])
    for moment in ("before", "after"):
        for device in said[moment]["devices"]:
            assert device["read_only"], device
            assert not device["counters"]["writes"], device
            assert not device["counters"]["discards"], device
    assert said["facts"]["writes between the two looks"] == "none: no counter moved"
    watched = said["facts"]["requests that could change a disk, since power-on"]
    assert watched.count(": ") == 1, f"more than the evidence stick: {watched}"
    assert said["facts"]["verity root hash"]


def where_found(document: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Of each finding's content the SHA-256, and the volumes that it lies in by what they are, the outermost first."""
    volumes = {volume["id"]: volume for volume in document["volumes"]}

    def names(volume_id: str) -> tuple[str, ...]:
        volume = volumes[volume_id]
        return (*(names(volume["inside"]) if volume["inside"] else ()), volume["file_system"])

    return {finding["result"]["digests"]["sha256"]: names(finding["entry"]["volume_id"]) for finding in document["findings"]}
