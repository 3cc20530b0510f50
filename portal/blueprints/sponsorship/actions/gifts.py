"""Noting gifts and hospitality between a sponsor and a customer."""

from datetime import date, datetime

from portal.blueprints.auth import queries as auth_queries
from portal.core.access import Actor
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.money import Money, minor, rounded

from .. import queries, rules
from ..models import Gift, GiftKind, Sponsorship
from .recording import inform, log, programme, tidy
from .running import refuse_ended, refuse_stranger


def note_gift(
    row: Sponsorship,
    kind: GiftKind,
    *,
    given: bool,
    value: Money,
    what: str,
    on: date | None,
    reason: str,
    by: Actor,
    now: datetime,
) -> Gift:
    """Note a gift or an invitation, given or received; what leads above the policy's limit asks for
    a reason, and who runs the programme is told.
    """
    refuse_ended(row)
    refuse_stranger(row, by=by)
    day, today = on or queries.today(now), queries.today(now)
    if not what.strip():
        raise Refused(_("Say what it was."), field="gift_what")
    if rounded(value) != value:
        raise Refused(_("Write an amount with its cents, not finer."), field="gift_worth")
    if value.amount <= 0 or value.currency.code != auth_queries.organisation().currency:
        raise Refused(_("Write what it was worth, above nothing."), field="gift_worth")
    if not row.starts_on <= day <= today:
        raise Refused(_("Choose a day of this term, not one to come."), field="gift_on")
    passed = [*queries.passed(row, given=given), (day, value)]
    found = rules.gifts.against(
        passed,
        on=today,
        policy=queries.policy_in_force()[0],
        currency=value.currency.code,
    )
    if found.over and not reason.strip():
        message = _("This is above the limit of twelve months: say who agreed to it, and why.")
        raise Refused(message, field="gift_why")
    gift = Gift(
        sponsorship_id=row.id,
        kind=kind,
        given=given,
        on=day,
        what=tidy(what, field="gift_what", most=200),
        value_minor=minor(value),
        currency=value.currency.code,
        reason=tidy(reason, field="gift_why", most=400),
        recorder_id=by.id,
    )
    db.session.add(gift)
    db.session.flush()
    data = {"gift": gift.id, "kind": kind.value, "given": given, "above": found.over}
    changes = {"what": (None, gift.what), "value": (None, str(value)), "reason": (None, reason)}
    log(row, "gift_noted", by=by, now=now, data=data, changes=changes)
    if found.over:
        inform(row, programme(), "gift_above", key=f"gift:{gift.id}", by=by, now=now)
    return gift
