"""Every change of a policy, and every decision taken under one."""

from .deciding import decide, keep, publish_defaults, publish_rate, publish_rates
from .drafting import (
    add,
    ask_load,
    carry_over,
    change,
    drop,
    give_up,
    move,
    start,
    submit,
    take_back,
)
from .publishing import keep_load, keep_progress, refuse, sign, withdraw

__all__ = [
    "add",
    "ask_load",
    "carry_over",
    "change",
    "decide",
    "drop",
    "give_up",
    "keep",
    "keep_load",
    "keep_progress",
    "move",
    "publish_defaults",
    "publish_rate",
    "publish_rates",
    "refuse",
    "sign",
    "start",
    "submit",
    "take_back",
    "withdraw",
]
