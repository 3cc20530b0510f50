"""What those who know a customer make of its risk, beside the score."""

from datetime import datetime

from portal.blueprints.accounts.models import Account, Band
from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.errors import NotFound, Refused
from portal.core.i18n import _

from .. import queries
from ..models import Judgement


def note_export(count: int, *, by: Actor, now: datetime) -> None:
    """Record that somebody took the portfolio away as a file."""
    events.record("risk.exported", by=by, now=now, data={"rows": count})


def judge(
    account: Account, *, band: Band | None, reason: str, by: Actor, now: datetime
) -> Judgement:
    """Record another judgement of an account's risk than the score's, with its reason; None takes
    the last one back. The score stays as it is: both are shown.
    """
    if not queries.may_work(by, account):
        raise NotFound
    if not reason.strip():
        raise Refused(_("Say why, in a sentence."), field="reason")
    before = queries.judgement(account)
    if band is None and before is None:
        raise Refused(_("There is no judgement to take back."), field="band")
    row = Judgement(
        account_id=account.id,
        band=band,
        reason=reason.strip(),
        score=account.risk_score,
        by_id=by.id,
        at=now,
    )
    db.session.add(row)
    db.session.flush()
    events.record(
        "risk.judged",
        by=by,
        now=now,
        record=account.reference,
        account_id=account.id,
        klass=K.CONFIDENTIAL,
        data={"band": band and band.value, "score": account.risk_score},
        changes={"reason": (None, row.reason)},
    )
    return row
