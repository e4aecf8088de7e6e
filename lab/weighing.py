"""weights.yaml of a store: the lab's own to change."""

import msgspec

from lab import layout
from lab.store import LabStore
from triage import plain_yaml
from triage.errors import StoreError, why


class OverlapWeights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of what links two cases."""

    exact: float
    look_strong: float
    look_possible: float
    camera: float
    device: float
    computer: float = 4.0
    """This and the next three have defaults: a store's file may be older than they are."""
    volume: float = 2.0
    account: float = 2.0
    phone: float = 3.0
    most_cases: int


class PriorityWeights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of what speaks for looking at an exhibit first."""

    notable: float
    ranked_high: float
    new: float
    camera_original: float
    recent: float
    linked: float
    high_score: float


class TrendWeights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of what is shown of figures over all cases."""

    fewest_cases: int


class ReferralWeights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of what speaks for a provider's report; a store made before referrals has these."""

    urgent: float = 4.0
    device: float = 4.0
    seen: float = 3.0
    address: float = 2.0
    shared: float = 1.0
    may_open: float = 0.5
    ip_hours: float = 24
    most_reports: int = 50


class Weights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of them."""

    overlaps: OverlapWeights
    priorities: PriorityWeights
    trends: TrendWeights
    referrals: ReferralWeights = ReferralWeights()


def weights_of(store: LabStore) -> Weights:
    """Raises StoreError where the file says something that is not understood."""
    file = store / layout.WEIGHTS
    try:
        return msgspec.convert(plain_yaml.read(file.read_text(encoding="utf-8")), Weights)
    except (OSError, UnicodeDecodeError, plain_yaml.YAMLError, msgspec.ValidationError) as error:
        raise StoreError(
            f"{file} cannot be used: {why(error)}.",
            hint="Compare it with the weights.yaml that seek has.",
        ) from error
