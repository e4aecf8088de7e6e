"""The rows of the table, in its order: a module for each kind of situation."""

from tests.endings.rows import entries, images, sets, stopped, volumes, whole
from tests.endings.situations import SITUATIONS

ROWS = tuple(
    row
    for module in (whole, volumes, images, entries, sets, stopped)
    for row in SITUATIONS
    if row.make.__module__ == module.__name__
)
