"""Every read of the room of quarterly reviews."""

from .finding import (
    by_reference,
    chair,
    get,
    get_sought,
    last_signed,
    lines_of,
    named,
    open_line,
    postponed,
    quarter_at,
    quarter_of,
    readers,
    readings,
    reviews,
    sought_of,
)
from .pack import holds_money, pack
from .telling import CauseLine, FigureLine, Told, told

__all__ = [
    "CauseLine",
    "FigureLine",
    "Told",
    "by_reference",
    "chair",
    "get",
    "get_sought",
    "holds_money",
    "last_signed",
    "lines_of",
    "named",
    "open_line",
    "pack",
    "postponed",
    "quarter_at",
    "quarter_of",
    "readers",
    "readings",
    "reviews",
    "sought_of",
    "told",
]
