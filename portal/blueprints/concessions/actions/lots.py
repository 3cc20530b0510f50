"""Asking for one approval of all that one incident makes us owe to many, and giving it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.notifications import rules as post_rules
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import CompensationPolicy
from portal.core import access, jobs
from portal.core.access import Actor, RelationKind, Role
from portal.core.db import db, next_reference
from portal.core.errors import Refused
from portal.core.i18n import _
from portal.core.money import minor, zero

from .. import queries, rules
from ..models import CreditLine, CreditLot, Insurer, LotSignature, LotState
from ..queries import Hit
from .owing import computed_from
from .recording import inform_lot, log_lot

LONGEST = 4_000


@dataclass(frozen=True, kw_only=True)
class LotWish:
    """An incident: its service, a day of the period, the availability in percent that was measured
    for all, or the listed accounts (one a line, each with its own availability if it has one).
    """

    title: str
    service: str
    day: date
    availability: Decimal
    apology: str = ""
    fix: str = ""
    accounts: str = ""


def make_lot(wish: LotWish, *, by: Actor, now: datetime) -> CreditLot:
    """Find whom an incident hit and what each contract owes for it, and ask for one approval of all
    of it; who gets nothing stays in it with the reason.

    Refused where nobody gets anything, or its words admit liability.
    """
    texts = [one.strip() for one in (wish.title, wish.apology, wish.fix)]
    _expect_words(texts)
    policy, number = policy_queries.in_force(CompensationPolicy)
    listed = rules.read_listed(wish.accounts)
    hits = queries.hit_by(
        wish.service, wish.day, availability=wish.availability, listed=listed, now=now
    )
    lost = set(listed) - {one.account.reference for one in hits}
    if lost:
        message = _(
            "No contract in force of these names the service: %(references)s.",
            references=", ".join(sorted(lost)),
        )
        raise Refused(message, field="accounts")
    given = [one for one in hits if one.left_out is None]
    if any(queries.period_of(one.terms, wish.day)[1] >= queries.today(now) for one in given):
        raise Refused(_("This period is not over yet."), field="day")
    if not given:
        raise Refused(_("No contract in force owes anything for this."), field="service")
    year = now.astimezone(ZoneInfo(auth_queries.organisation().zone)).year
    reference, _register = next_reference("LOT", year=year)
    total = sum((one.reporting for one in given), zero(policy.currency))
    row = CreditLot(
        reference=reference,
        title=texts[0],
        apology=texts[1],
        fix=texts[2],
        service=wish.service,
        day=wish.day,
        currency=policy.currency,
        total_minor=minor(total),
        largest_minor=minor(max(one.reporting for one in given)),
        digest=rules.lot_digest(texts, [_key(one) for one in given]),
        policy_number=number,
        requested_by_id=by.id,
        requested_at=now,
    )
    db.session.add(row)
    db.session.flush()
    db.session.add_all([_line(row, one) for one in hits])
    data = {"lines": len(given), "left_out": len(hits) - len(given), "digest": row.digest}
    db.session.flush()
    log_lot(row, "lot_made", by=by, now=now, data=data, changes={"title": (None, row.title)})
    _ask(row, by=by, now=now)
    if queries.asks_counsel(row):
        tell_counsel(row, "lot_counsel", key="counsel", by=by, now=now)
    return row


def _ask(row: CreditLot, *, by: Actor, now: datetime) -> None:
    """Tell those whose signature a lot waits for."""
    people = dict.fromkeys(queries.lot_signers(row, now=now), "approver")
    step = ",".join(one.role.value for one in queries.missing_of(row))
    inform_lot(row, people, "lot_to_sign", key=f"sign:{step}", by=by, now=now)


def tell_counsel(row: CreditLot, template: str, *, key: str, by: Actor, now: datetime) -> None:
    """Let counsel open a lot that it is asked about, and tell it so."""
    access.relate(
        db.session,
        kind=RelationKind.NAMED,
        account_id=None,
        record_ref=row.reference,
        role=Role.LEGAL,
    )
    people = {one.id: "approver" for one in auth_queries.people(role=Role.LEGAL)}
    inform_lot(row, people, template, key=key, by=by, now=now)


def _proposer(row: CreditLot) -> dict[int, str]:
    return {} if row.requested_by_id is None else {row.requested_by_id: "proposer"}


def _expect_words(texts: list[str]) -> None:
    if not texts[0]:
        raise Refused(_("Say what happened, in the customers' words."), field="title")
    if any(len(one) > LONGEST for one in texts):
        raise Refused(_("This is too long: 4,000 characters at most."), field="apology")
    post_rules.refuse_fields(*texts, field="apology")
    policy, _number = policy_queries.in_force(CompensationPolicy)
    words = rules.admissions(texts, words=policy.admission_words)
    if words:
        message = _("This admits liability without counsel: “%(words)s”.",
                    words="”, “".join(words))  # fmt: skip
        raise Refused(message, field="apology")


def _key(one: Hit) -> tuple[str, int, str, int]:
    return one.account.reference, one.terms.id, one.terms.currency, minor(one.credit.credit)


def _line(row: CreditLot, one: Hit) -> CreditLine:
    return CreditLine(
        lot_id=row.id,
        account_id=one.account.id,
        terms_id=one.terms.id,
        availability=one.availability / 100,
        currency=one.terms.currency,
        fee_minor=one.terms.fee_minor,
        credit_minor=minor(one.credit.credit),
        reporting_minor=minor(one.reporting),
        arr_minor=None if one.arr is None else minor(one.arr),
        computed_from=computed_from(one.terms, one.credit),
        left_out=one.left_out.value if one.left_out else "",
    )


def note_lot_insurer(row: CreditLot, answer: Insurer, *, by: Actor, now: datetime) -> None:
    """Note that the insurer was told of a lot, or need not be."""
    _expect(row, LotState.REQUESTED)
    if not rules.answers_for_insurer(by.roles):
        raise Refused(_("Finance, legal or leadership answer for the insurer."))
    row.insurer, row.insurer_by_id = answer.value, by.id
    log_lot(row, "lot_insurer_noted", by=by, now=now, data={"after": answer.value})


def sign_lot(row: CreditLot, *, by: Actor, now: datetime) -> None:
    """Sign a whole lot; with the last signature of its row of authority it is approved, and the
    paying begins. Refused for whoever has a part in it, and before the insurer's question is
    answered where it is asked.
    """
    _expect(row, LotState.REQUESTED)
    signer, place = queries.lot_signer(row, by=by, now=now)
    if queries.asks_insurer(row) and not row.insurer:
        raise Refused(_("Say first whether the insurer was told, or need not be."))
    number = policy_queries.in_force(CompensationPolicy)[1]
    db.session.add(
        LotSignature(
            lot_id=row.id,
            role=place.role.value,
            digest=row.digest,
            person_id=signer.person_id,
            policy_number=number,
            at=now,
        )
    )
    db.session.flush()
    left = len(queries.missing_of(row))
    log_lot(row, "lot_signed", by=by, now=now, data={"role": place.role.value, "left": left})
    if left == 0:
        row.state, row.approved_at = LotState.APPROVED, now
        log_lot(row, "lot_approved", by=by, now=now, data={"digest": row.digest, "policy": number})
        inform_lot(row, _proposer(row), "lot_approved", key="approved", by=by, now=now)
        _queue(row, slot="first")
    else:
        _ask(row, by=by, now=now)


def refuse_lot(row: CreditLot, *, reason: str, by: Actor, now: datetime) -> None:
    """Refuse a lot with a reason, or take one's own back: nobody is paid by it."""
    _expect(row, LotState.REQUESTED)
    if not reason.strip():
        raise Refused(_("Say why, so that the proposer knows what to change."), field="reason")
    if by.id != row.requested_by_id:
        queries.lot_signer(row, by=by, now=now)
    row.state, row.reason = LotState.REFUSED, reason.strip()
    log_lot(row, "lot_refused", by=by, now=now, changes={"reason": (None, row.reason)})
    inform_lot(row, _proposer(row), "lot_refused", key="refused", by=by, now=now, why=row.reason)


def resume_lot(row: CreditLot, *, by: Actor, now: datetime) -> None:
    """Go on paying an approved lot, and try again what could not be paid; nobody is paid twice."""
    _expect(row, LotState.APPROVED)
    stuck = [one for one in queries.lot_lines(row) if one.error]
    for one in stuck:
        one.error = ""
    log_lot(row, "lot_resumed", by=by, now=now, data={"again": len(stuck)})
    _queue(row, slot=f"again {now.isoformat()}")


def _queue(row: CreditLot, *, slot: str) -> None:
    jobs.enqueue("concessions.pay_lot", key=f"lot:{row.id}:{slot}", payload={"lot_id": row.id})


def _expect(row: CreditLot, state: LotState) -> None:
    if row.state is not state:
        raise Refused(_("Somebody was faster: this lot stands elsewhere by now."))
