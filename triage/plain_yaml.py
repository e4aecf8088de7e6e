"""YAML as people write profiles, cards and tables by hand: without anchors, aliases and merge keys.

A few hundred bytes of aliases stand for more than any machine can look through, and an anchor is an
alias's other half. A key that stands twice would silently count once. All of these are refused.
"""

from typing import Any

import yaml
from yaml import YAMLError

__all__ = ["MOST", "PlainYamlError", "YAMLError", "read"]

MOST = 1 << 18
"""Characters of a text: a longer one is no profile, and long numbers in it would take minutes."""


class PlainYamlError(yaml.MarkedYAMLError):
    """What is YAML and not taken, and where it stands."""


def read(text: str) -> object:
    """What the text says: dicts, lists, texts and numbers. Raises yaml.YAMLError for all else."""
    if len(text) > MOST:
        raise PlainYamlError(problem=f"it has more than {MOST:,} characters")
    try:
        return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a safe loader with less in it
    except (RecursionError, ValueError, OverflowError) as error:
        nested = isinstance(error, RecursionError)
        problem = "it is nested too deeply" if nested else f"a value is none: {error}"
        raise PlainYamlError(problem=problem) from error


class _PlainLoader(yaml.SafeLoader):
    """PyYAML's safe one, which stops at what is refused before it is made anything of."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Each piece of the text, as it comes."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _refused("an alias (*) stands for another part", event)
        if getattr(event, "anchor", None) is not None:
            raise _refused("an anchor (&) is for aliases, which are not taken", event)
        return super().compose_node(parent, index)

    def flatten_mapping(self, node: Any) -> None:
        """Each table, before its keys are read."""
        keys: set[tuple[str, str]] = set()
        for key, _ in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                raise _refused("a merge key (<<) takes in another table", key)
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in keys:
                    raise _refused(f"the key '{key.value[:40]}' stands there twice", key)
                keys.add((key.tag, key.value))


def _refused(problem: str, where: Any) -> PlainYamlError:
    return PlainYamlError(problem=problem, problem_mark=where.start_mark)
