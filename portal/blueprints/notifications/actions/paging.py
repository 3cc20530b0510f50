"""Waking people: a page beside the mail, for those on duty while a case is urgent."""

from datetime import datetime

from portal.blueprints.auth import queries as auth
from portal.core import events, pager
from portal.core.access import Actor, K
from portal.core.errors import Refused
from portal.core.i18n import _

from .. import queries, rules
from ..models import Channel, Notification
from .writing import notify, put


def page_person(
    person_id: int,
    *,
    key: str,
    severity: str,
    record: str | None,
    account_id: int | None,
    by: Actor,
    now: datetime,
) -> Notification | None:
    """Page a person about a record, once by `key`: its number and severity, nothing else leaves.
    None where no channel is set up, or the person has given no number.
    """
    number = queries.choice_of(person_id).number
    if not number or not pager.is_set():
        return None
    person = auth.get(person_id)
    return put(
        key=key,
        channel=Channel.PAGE,
        person_id=person.id,
        address=number,
        language=person.language,
        zone=person.zone,
        template=rules.PAGED,
        context={"severity": severity},
        why="duty",
        record_ref=record,
        account_id=account_id,
        klass=int(K.INTERNAL),
        send_at=now,
        now=now,
    )


def try_mail(*, by: Actor, now: datetime) -> Notification:
    """Write to the acting person, to see whether mail arrives."""
    row = notify(
        by.id or 0,
        template="notifications/trial",
        context={"asked": now},
        why="admin",
        key=f"mail:try:{by.id}:{now.isoformat()}",
        record=None,
        account_id=None,
        klass=K.INTERNAL,
        by=by,
        now=now,
    )
    events.record("notifications.mail_tried", by=by, now=now, data={"person": by.id})
    return row


def try_pager(*, by: Actor, now: datetime) -> Notification:
    """Page the acting person to see whether it works; refused where it cannot."""
    if not pager.is_set():
        raise Refused(_("No paging channel is set up: an administrator names one."))
    row = page_person(
        by.id or 0,
        key=f"page:try:{by.id}:{now.isoformat()}",
        severity="",
        record=None,
        account_id=None,
        by=by,
        now=now,
    )
    if row is None:
        raise Refused(_("Give your number first."))
    events.record("notifications.page_tried", by=by, now=now, data={"person": by.id})
    return row
