"""All harnesses by name."""

from tests.fuzz import borders, bundles, evidence, hash_sets
from tests.fuzz.harness import Harness

HARNESSES: dict[str, Harness] = {
    each.name: each
    for module in (borders, hash_sets, bundles, evidence)
    for each in module.HARNESSES
}
