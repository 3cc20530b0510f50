"""Business time: when an office is open, and when minutes of open time have passed.

The library `workclock` cuts a holiday from midnight to midnight, and so would end a night shift
that began the evening before; here a segment belongs to the local day it starts on. Hence this
arithmetic of our own, held against a minute-by-minute oracle and, where the two agree on meaning,
against `workclock` in the tests.
"""

from .counting import (
    Due,
    calendar_days,
    due,
    due_after,
    due_at,
    elapsed,
    end_of_business_day,
    joined,
    round_the_clock,
)
from .opening import Calendar
from .public import knows_holidays
from .times import Hours, Segment, from_local

__all__ = [
    "Calendar",
    "Due",
    "Hours",
    "Segment",
    "calendar_days",
    "due",
    "due_after",
    "due_at",
    "elapsed",
    "end_of_business_day",
    "from_local",
    "joined",
    "knows_holidays",
    "round_the_clock",
]
