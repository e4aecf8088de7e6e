"""The main path: from sources to a signed bundle.

search = Search(sources=…, profile=…, out=…)       # what was asked for
sealed = scan(search, tell=print, wants_stop=…)    # survey, plan, examine, seal
"""

from triage.scan.resuming.earlier import Earlier
from triage.scan.run import scan
from triage.scan.search import Search

__all__ = ["Earlier", "Search", "scan"]
