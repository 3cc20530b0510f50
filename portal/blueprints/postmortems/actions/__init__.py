"""Every write of the post-mortem room."""

from .asking import ask
from .asking_why import add_why, change_why, remove_why
from .chasing import chase, chase_action, hand_to_counsel
from .doing import drop, finish, reopen, verify
from .exporting import note_export
from .importing import Outcome, import_file
from .losing import chase_loss, may_write, write_loss
from .opening import consider, consider_loss, follow_case
from .planning import (
    add_action,
    change_action,
    due_proposed,
    give_action,
    remove_action,
)
from .recurring import link, unlink
from .remarking import remark, settle, take
from .review import approve, choose, note_meeting, publish, send_back, submit
from .saving import forget_old_unsaved, forget_unsaved, save_unsaved
from .skipping import ask_waiver, decline_waiver, waive
from .writing import (
    Proof,
    add_cause,
    add_finding,
    add_line,
    begin,
    change_cause,
    forget_versions,
    lead_instead,
    remove_cause,
    remove_finding,
    set_cost,
    set_people,
    write,
)

__all__ = [
    "Outcome",
    "Proof",
    "add_action",
    "add_cause",
    "add_finding",
    "add_line",
    "add_why",
    "approve",
    "ask",
    "ask_waiver",
    "begin",
    "change_action",
    "change_cause",
    "change_why",
    "chase",
    "chase_action",
    "chase_loss",
    "choose",
    "consider",
    "consider_loss",
    "decline_waiver",
    "drop",
    "due_proposed",
    "finish",
    "follow_case",
    "forget_old_unsaved",
    "forget_unsaved",
    "forget_versions",
    "give_action",
    "hand_to_counsel",
    "import_file",
    "lead_instead",
    "link",
    "may_write",
    "note_export",
    "note_meeting",
    "publish",
    "remark",
    "remove_action",
    "remove_cause",
    "remove_finding",
    "remove_why",
    "reopen",
    "save_unsaved",
    "send_back",
    "set_cost",
    "set_people",
    "settle",
    "submit",
    "take",
    "unlink",
    "verify",
    "waive",
    "write",
    "write_loss",
]
