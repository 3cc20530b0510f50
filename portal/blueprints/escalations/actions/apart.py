"""One escalation per reason: a second one for the same reason says what sets it apart."""

from collections.abc import Sequence
from datetime import datetime

from portal.blueprints.accounts.models import Account, EntryKind
from portal.core.access import Actor
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries
from ..models import Escalation, Trigger
from .recording import log, tell_story


def refuse_double(
    account: Account, trigger: Trigger, *, because: str, by: Actor, now: datetime
) -> list[str]:
    """Refuse a second case for a reason for which one is open, unless a sentence says what sets it
    apart; gives the references of the open ones.

    Whoever declares for the same account meanwhile waits until this transaction ends.
    """
    queries.hold_account(account.id)
    others = queries.open_for(by, account.id, trigger, now=now)
    if others and not because.strip():
        raise Refused(
            _(
                "%(cases)s is open for the same reason. Add to it, or say what makes this another"
                " matter.",
                cases=", ".join(others),
            ),
            field="because",
        )
    return others


def set_apart(
    case: Escalation, others: Sequence[str], *, because: str, by: Actor, now: datetime
) -> None:
    """Note in a new case what sets it apart from the open ones for the same reason."""
    words = because.strip()
    uid = log(
        case,
        "set_apart",
        by=by,
        now=now,
        data={"from": list(others)},
        changes={"because": (None, words)},
    )
    text = _("Another matter than %(cases)s: %(why)s", cases=", ".join(others), why=words)
    tell_story(case, text, kind=EntryKind.NOTE, uid=uid, by=by, now=now)
