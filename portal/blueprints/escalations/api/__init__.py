"""Doors for programs to cases: reading them, and all that can be done there."""

from . import (
    acting,
    grading,
    moving,
    people,
    playing,
    promises,
    reading,
    steering,
    story,
    tasks,
)
from .blueprint import bp

__all__ = [
    "acting",
    "bp",
    "grading",
    "moving",
    "people",
    "playing",
    "promises",
    "reading",
    "steering",
    "story",
    "tasks",
]
