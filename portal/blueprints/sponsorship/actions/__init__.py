"""Everything that can be done with nominations, sponsorships and sponsors."""

from .charter import publish_charter
from .deciding import answer, decide
from .nominating import draft, draft_recovery, edit, examined, follow_case, send, withdraw
from .running import Profile, add_sponsor, edit_sponsor, end, extend, settle_touchpoint

__all__ = [
    "Profile",
    "add_sponsor",
    "answer",
    "decide",
    "draft",
    "draft_recovery",
    "edit",
    "edit_sponsor",
    "end",
    "examined",
    "extend",
    "follow_case",
    "publish_charter",
    "send",
    "settle_touchpoint",
    "withdraw",
]
