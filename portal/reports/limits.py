"""How much a report may hold and how long it may take."""

import json
from dataclasses import dataclass
from typing import Any

from portal.reports.errors import BadSnapshot, TooLarge

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Characters and rows of a snapshot; memory in bytes, processor and wall time in seconds of
    its child. What a machine is too busy for waits longer than it works.
    """

    characters: int = 400_000
    rows: int = 5_000
    memory: int = 1024 * MEGABYTE
    cpu: int = 20
    wall: int = 45


BOOK = Limits(characters=2_000_000, rows=25_000, memory=1536 * MEGABYTE, cpu=90, wall=180)
"""What a book may hold and how long it may take: as much as some hundred papers."""


def check(text: str, *, limits: Limits) -> None:
    """Refuse with TooLarge a snapshot of more characters, or more list entries, than the limits
    allow.
    """
    if len(text) > limits.characters:
        raise TooLarge(f"{len(text)} characters, {limits.characters} are allowed")
    try:
        rows = _rows(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise BadSnapshot("the snapshot is not JSON") from error
    if rows > limits.rows:
        raise TooLarge(f"{rows} rows, {limits.rows} are allowed")


def _rows(value: Any) -> int:
    match value:
        case dict():
            return sum(_rows(item) for item in value.values())
        case list():
            return len(value) + sum(_rows(item) for item in value)
        case _:
            return 0
