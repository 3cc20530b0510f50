"""Everything that can be done with nominations, sponsorships and sponsors."""

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
    "send",
    "settle_touchpoint",
    "withdraw",
]
