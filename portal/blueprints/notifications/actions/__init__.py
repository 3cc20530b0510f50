"""What can be done with messages: write one, take it back, try it again, note that it left;
with duty: plan it, end it, hand it over; and with how one hears: choose it, mute a record.
"""

from .choosing import choose, mute, send_digest, unmute
from .confirming import ask_code, confirm
from .duty import call_off_roster, end_duty, hand_duty, plan_duty
from .paging import page_person, try_mail, try_pager
from .sending import (
    claim,
    claim_due,
    drop,
    give_back,
    is_wanted,
    mark_all_read,
    mark_read,
    note_all_sent,
    note_bounced,
    note_failure,
    note_sent,
    replay,
    still_waiting,
    wanted,
)
from .signing import SignInMail, offer_reset, queue_reset, tell_password_changed
from .taking import withdraw, withdraw_all_waiting, withdraw_unseen, withdraw_waiting
from .writing import UNDO, Letter, notify, notify_all, queue_try, send_all_due, write_to_contact

__all__ = [
    "UNDO",
    "Letter",
    "SignInMail",
    "ask_code",
    "call_off_roster",
    "choose",
    "claim",
    "claim_due",
    "confirm",
    "drop",
    "end_duty",
    "give_back",
    "hand_duty",
    "is_wanted",
    "mark_all_read",
    "mark_read",
    "mute",
    "note_all_sent",
    "note_bounced",
    "note_failure",
    "note_sent",
    "notify",
    "notify_all",
    "offer_reset",
    "page_person",
    "plan_duty",
    "queue_reset",
    "queue_try",
    "replay",
    "send_all_due",
    "send_digest",
    "still_waiting",
    "tell_password_changed",
    "try_mail",
    "try_pager",
    "unmute",
    "wanted",
    "withdraw",
    "withdraw_all_waiting",
    "withdraw_unseen",
    "withdraw_waiting",
    "write_to_contact",
]
