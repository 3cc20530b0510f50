"""Everything that can be done with nominations, sponsorships and sponsors."""

from .charter import publish_charter
from .deciding import answer, decide
from .nominating import (
    attach,
    draft,
    draft_recovery,
    edit,
    examined,
    follow_case,
    renominate,
    send,
    withdraw,
)
from .panels import close_panel, convene, put_on_agenda, take_off_agenda, vote
from .running import Profile, add_sponsor, edit_sponsor, end, extend, settle_touchpoint
from .terms import (
    hand_over,
    open_feed,
    plan,
    prepare,
    promise,
    set_goal,
    settle_goal,
    shut_feed,
)
from .training import record_training

__all__ = [
    "Profile",
    "add_sponsor",
    "answer",
    "attach",
    "close_panel",
    "convene",
    "decide",
    "draft",
    "draft_recovery",
    "edit",
    "edit_sponsor",
    "end",
    "examined",
    "extend",
    "follow_case",
    "hand_over",
    "open_feed",
    "plan",
    "prepare",
    "promise",
    "publish_charter",
    "put_on_agenda",
    "record_training",
    "renominate",
    "send",
    "set_goal",
    "settle_goal",
    "settle_touchpoint",
    "shut_feed",
    "take_off_agenda",
    "vote",
    "withdraw",
]
