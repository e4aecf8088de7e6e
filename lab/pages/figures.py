"""Priorities, and trends with their plots."""

from dataclasses import dataclass

from starlette.responses import Response

from lab.overlaps import overlaps_of
from lab.pages.asking import Question
from lab.pages.showing import page
from lab.priorities import priorities_of
from lab.trends import Trend, TrendBy
from lab.trends import trend as trend_by
from lab.weighing import weights_of

_MOST = 500
_WIDEST = 400
"""Of a bar, in the units of the drawing."""
_STEP = 28
_MOST_BARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotBar:
    """One figure, drawn."""

    y: int
    width: float
    label: str
    amount: int


def priorities(question: Question) -> Response:
    """Exhibits, what is to be looked at first above."""
    with question.reading() as held:
        weights = weights_of(question.store)
        linked = overlaps_of(held, weights.overlaps)
        found = priorities_of(held, weights.priorities, linked)
    return page(question, "priorities.html", priorities=found[:_MOST],
                left_out=len(found[_MOST:]))  # fmt: skip


def trends(question: Question) -> Response:
    """Figures over all cases, none that rests on few."""
    wanted = question.query.get("by", "")
    by = TrendBy(wanted) if wanted in list(TrendBy) else TrendBy.KIND
    with question.reading() as held:
        trend = trend_by(held, by, weights_of(question.store).trends)
    return page(question, "trends.html", by=by, ways=list(TrendBy), trend=trend, bars=plot(trend),
                step=_STEP)  # fmt: skip


def plot(trend: Trend) -> list[PlotBar]:
    """A bar a figure, as long as its share of the largest."""
    rows = trend.rows[:_MOST_BARS]
    most = max((row.contents for row in rows), default=0)
    return [
        PlotBar(y=n * _STEP, width=round(_WIDEST * row.contents / most, 1), label=row.what,
                amount=row.contents)
        for n, row in enumerate(rows)
    ]  # fmt: skip
