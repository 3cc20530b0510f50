"""Everything that can be done with nominations, sponsorships and sponsors."""

from .charter import publish_charter
from .deciding import answer, decide
from .gifts import note_gift
from .lines import answer_line, close_line, open_line, pass_on, write_in
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
from .panels import close_panel, convene, draw, put_on_agenda, take_off_agenda, vote
from .recording import note_export
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
    "answer_line",
    "attach",
    "change_lane",
    "close_line",
    "close_panel",
    "conclude",
    "convene",
    "decide",
    "displace",
    "draft",
    "draft_recovery",
    "draw",
    "edit",
    "edit_sponsor",
    "end",
    "examined",
    "extend",
    "follow_case",
    "hand_over",
    "note_export",
    "note_gift",
    "open_feed",
    "open_line",
    "open_review",
    "pass_on",
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
    "write_in",
]
