"""Decisions about messages and about who is on duty: pure."""

from .duty import AHEAD, turns, uncovered
from .messages import (
    BY_ITSELF,
    GIVE_UP_AFTER,
    LEASE,
    RESET,
    SEALED,
    clean,
    is_address,
    is_final,
    packed,
    path_of,
    reason,
    template_for,
    unpacked,
    wait,
)

__all__ = [
    "AHEAD",
    "BY_ITSELF",
    "GIVE_UP_AFTER",
    "LEASE",
    "RESET",
    "SEALED",
    "clean",
    "is_address",
    "is_final",
    "packed",
    "path_of",
    "reason",
    "template_for",
    "turns",
    "uncovered",
    "unpacked",
    "wait",
]
