"""Every read of risk; what the viewer may not see is not there."""

from .among import among
from .facts import FACTS
from .grounds import due, grounds
from .measures import has_score, scored
from .portfolio import (
    Search,
    Totals,
    every,
    movers,
    options,
    plotted,
    portfolio,
    today,
    totals,
    untouched,
)
from .register import EntryLine, entries, entry, moves, of_account, register_map, task, tasks
from .showing import (
    Risk,
    history,
    judgement,
    judgements,
    limits,
    may_work,
    risk_of,
    to_work_on,
    worth_of,
)

__all__ = [
    "FACTS",
    "EntryLine",
    "Risk",
    "Search",
    "Totals",
    "among",
    "due",
    "entries",
    "entry",
    "every",
    "grounds",
    "has_score",
    "history",
    "judgement",
    "judgements",
    "limits",
    "may_work",
    "movers",
    "moves",
    "of_account",
    "options",
    "plotted",
    "portfolio",
    "register_map",
    "risk_of",
    "scored",
    "task",
    "tasks",
    "to_work_on",
    "today",
    "totals",
    "untouched",
    "worth_of",
]
