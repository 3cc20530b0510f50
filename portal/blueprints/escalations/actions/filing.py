"""Files that belong to a case: each an entry of its timeline, with the class that says who reads
it.
"""

from datetime import datetime
from typing import IO

from portal.blueprints.accounts import actions as account_actions
from portal.blueprints.accounts.models import EntryKind, Lane, TimelineEntry
from portal.core import access, files
from portal.core.access import Actor, K, Subject
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries
from ..models import Escalation, State
from ..rules import filing
from .recording import log

CLASSES = (K.INTERNAL, K.CONFIDENTIAL, K.RESTRICTED)


def attach(
    case: Escalation,
    content: IO[bytes],
    *,
    name: str,
    about: str,
    klass: K,
    by: Actor,
    now: datetime,
    from_customer: bool = False,
) -> TimelineEntry:
    """Keep a file with a case, and tell of it in the timeline; who may read its class may read it.

    Refused in words for a file that is empty, too large, not what its name says, of a kind that is
    not taken, or looks like malware; for a name that is a path; for a class the person cannot read.
    """
    if case.state in (State.DRAFT, State.REQUESTED):
        raise Refused(_("The case is not declared yet."))
    if klass not in CLASSES or not access.sees(by, Subject.ESCALATION, klass=klass, related=True):
        raise Refused(
            _("You could not read this file yourself: choose a lower class."), field="klass"
        )
    data = content.read(filing.LARGEST + 1)
    wrong = filing.objection(name, data)
    if wrong:
        raise Refused(wrong, field="file")
    kept = files.put(
        data,
        name=name,
        media_type=filing.media_type(data),
        klass=int(klass),
        account_id=case.account_id,
        record_ref=case.reference,
        now=now,
    )
    uid = log(
        case,
        "attached",
        by=by,
        now=now,
        klass=klass,
        data={"file": kept.id, "type": kept.media_type, "size": kept.size, "sha256": kept.digest},
        changes={"name": (None, name), "about": (None, about)},
    )
    return account_actions.add_entry(
        case.account_id,
        lane=Lane.CUSTOMER if from_customer else Lane.INTERNAL,
        kind=EntryKind.NOTE,
        text=about.strip() or _("Attached: %(name)s", name=name),
        by=by,
        now=now,
        case_ref=case.reference,
        klass=klass,
        language=by.language,
        event_uid=uid,
        file_id=kept.id,
    )


def note_read(case: Escalation, found: queries.Attached, *, by: Actor, now: datetime) -> None:
    """Record that somebody took a restricted file (K3); reading the others is not recorded."""
    if found.klass >= K.RESTRICTED:
        log(case, "attachment_read", by=by, now=now, klass=K.RESTRICTED, data={"file": found.id})
