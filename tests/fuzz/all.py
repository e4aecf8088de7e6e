"""All harnesses by name."""

from tests.fuzz import (
    bundles,
    devices,
    documents,
    evidence,
    handed_over,
    hash_sets,
    macs,
    members,
    volumes,
)
from tests.fuzz.harness import Harness

HARNESSES: dict[str, Harness] = {
    each.name: each
    for module in (
        handed_over,
        hash_sets,
        bundles,
        evidence,
        members,
        documents,
        macs,
        volumes,
        devices,
    )
    for each in module.HARNESSES
}
