"""jurisdiction.yaml of a store: which files of a referral may be opened without an order."""

from enum import StrEnum

import msgspec

from lab import layout
from lab.store import SHIPPED_JURISDICTION, LabStore
from triage import plain_yaml
from triage.errors import StoreError, why


class Opening(StrEnum):
    """Of files of one sort."""

    OPEN = "open"
    BLOCKED = "blocked"
    """Until an order is entered."""


class Jurisdiction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rule."""

    name: str
    viewed: Opening
    not_viewed: Opening
    public: Opening

    def blocks(self, *, viewed: bool | None, public: bool | None) -> bool:
        """Whether a file waits for an order; None: the provider does not say, as if it said no."""
        if viewed:
            return self.viewed is Opening.BLOCKED
        rule = self.public if public else self.not_viewed
        return rule is Opening.BLOCKED


def jurisdiction_of(store: LabStore) -> Jurisdiction:
    """The store's own, or where it has none what seek has: the strictest. Raises StoreError."""
    file = store / layout.JURISDICTION
    file = file if file.exists() else SHIPPED_JURISDICTION
    try:
        return msgspec.convert(plain_yaml.read(file.read_text(encoding="utf-8")), Jurisdiction)
    except (OSError, UnicodeDecodeError, plain_yaml.YAMLError, msgspec.ValidationError) as error:
        raise StoreError(
            f"{file} cannot be used: {why(error)}.",
            hint="Until it can, no file of a referral is told to be free. Compare it with the "
            "jurisdictions/default.yaml that seek has.",
        ) from error
