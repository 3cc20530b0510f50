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
from .reviewing import change_lane, conclude, displace, open_review
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
from .watching import remind, watch

__all__ = [
    "Profile",
    "add_sponsor",
    "answer",
    "attach",
    "change_lane",
    "close_panel",
    "conclude",
    "convene",
    "decide",
    "displace",
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
    "open_review",
    "plan",
    "prepare",
    "promise",
    "publish_charter",
    "put_on_agenda",
    "record_training",
    "remind",
    "renominate",
    "send",
    "set_goal",
    "settle_goal",
    "settle_touchpoint",
    "shut_feed",
    "take_off_agenda",
    "vote",
    "watch",
    "withdraw",
]
