"""The `portal` command: for people who run Parley. Each command loads only what it needs."""

from . import (
    briefs,
    clocks,
    concessions,
    fits,
    keeping,
    lessons,
    mails,
    programme,
    reviews,
    rooms,
    running,
    teams,
)
from .base import portal

__all__ = [
    "briefs",
    "clocks",
    "concessions",
    "fits",
    "keeping",
    "lessons",
    "mails",
    "portal",
    "programme",
    "reviews",
    "rooms",
    "running",
    "teams",
]
