"""The database: one set of typed models on SQLite and PostgreSQL, and how a transaction begins."""

from .columns import (
    RATE_SCALE,
    Base,
    Rate,
    Row,
    UTCDateTime,
    choice,
    document,
    money_of,
    words,
)
from .statements import (
    Counter,
    hold,
    insert_all_once,
    insert_once,
    insert_or_change,
    next_reference,
    update_each,
)
from .transactions import aside, begin, db, looking, prepare_engine, reading, writing

__all__ = [
    "RATE_SCALE",
    "Base",
    "Counter",
    "Rate",
    "Row",
    "UTCDateTime",
    "aside",
    "begin",
    "choice",
    "db",
    "document",
    "hold",
    "insert_all_once",
    "insert_once",
    "insert_or_change",
    "looking",
    "money_of",
    "next_reference",
    "prepare_engine",
    "reading",
    "update_each",
    "words",
    "writing",
]
