"""Asking for signatures, giving and refusing them: limits are read in the signing transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.blueprints.accounts.models import Account
from portal.blueprints.accounts.rules import Objection
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies.models import PolicyKind
from portal.core.access import Actor, K, Role
from portal.core.db import db
from portal.core.errors import Refused
from portal.core.i18n import _, show_money
from portal.core.money import Money, from_minor, minor

from .. import queries, rules
from ..models import Approval, Concession, Insurer, State, Verdict
from ..queries import Weighed
from .passing import pass_on
from .recording import (
    account_of,
    authors,
    hold_case,
    inform,
    log,
    step,
    tell_story,
    void,
)


def request(row: Concession, *, by: Actor, now: datetime) -> None:
    """Ask for the signatures that the policy wants; from now on policy, rate and proposal are
    fixed.

    Refused while something stands against it that no signature heals. What is owed by contract
    alone needs no signature: it is approved at once.
    """
    if row.state is not State.DRAFT:
        raise Refused(_("This proposal has been handed in already."))
    account = account_of(row)
    weighed = _weighed(row, account, now=now)
    _refuse(weighed.objections)
    known = _compare(row, account, weighed, now=now)
    row.policy_number, row.rate, row.rate_day = weighed.number, weighed.rate, weighed.rate_day
    row.reporting_currency = weighed.policy.currency
    row.requested_by_id, row.requested_at = by.id or row.requested_by_id, now
    row.digest = weighed.seal
    step(row, allowed=(State.DRAFT,), to=State.REQUESTED)
    _value_parts(row, weighed)
    _keep_recommendation(row, weighed, known)
    db.session.flush()
    uid = log(
        row,
        "requested",
        by=by,
        now=now,
        data={"policy": weighed.number, "digest": row.digest, "steps": _spelt(weighed)},
    )
    _write_down_request(row, weighed, by=by, now=now)
    hold_case(row, by=by, now=now)
    tell_story(
        row,
        _(
            "%(amount)s asked for as compensation: %(why)s",
            amount=show_money(weighed.request.face()),
            why=row.why,
        ),
        uid=uid,
        by=by,
        now=now,
    )
    pass_on(row, account, weighed, by=by, now=now)


def approve(row: Concession, *, by: Actor, now: datetime, reason: str = "") -> None:
    """Give the next signature; the last one approves the offer.

    Refused for anybody with a part in the request, without the authority, or before the insurer's
    question is answered. Where who must sign has changed since, earlier signatures are void.
    """
    account = account_of(row)
    weighed = _weigh_for_signing(row, account, now=now)
    _refuse(weighed.objections)
    if rules.insurer_is_asked(weighed.request, policy=weighed.policy) and not row.insurer:
        raise Refused(_("Say first whether the insurer was told, or need not be."))
    signer, against = queries.objections_to_signing(row, account, weighed, by=by, now=now)
    if signer is None:
        _refuse(against)
        raise Refused(_("Only a person signs."))
    _sign(row, weighed, signer, reason=reason, by=by, now=now)
    missing = rules.outstanding(weighed.steps, queries.standing(row, weighed))[1]
    log(
        row,
        "signed",
        by=by,
        now=now,
        data={"digest": row.digest, "policy": weighed.number, "left": len(missing)},
        changes={"reason": (None, reason)} if reason.strip() else None,
    )
    _decide(row, weighed, Verdict.APPROVED, reason=reason, by=by, now=now, whole=not missing)
    pass_on(row, account, weighed, by=by, now=now)


def refuse(row: Concession, *, reason: str, by: Actor, now: datetime) -> None:
    """Refuse a request, with a reason; whoever could sign next, or legal, can."""
    if not reason.strip():
        raise Refused(_("Say why, so that the proposer knows what to change."), field="reason")
    account = account_of(row)
    weighed = _weigh_for_signing(row, account, now=now)
    signer, against = queries.objections_to_signing(row, account, weighed, by=by, now=now)
    if signer is None and not rules.may_veto(by.roles, against):
        _refuse(against)
        raise Refused(_("Only a person signs."))
    seat = _seat(row, weighed, signer) if signer else (f"veto:{Role.LEGAL.value}", None)
    _keep(row, weighed, seat, Verdict.REFUSED, reason=reason, signer=signer, by=by, now=now)
    step(row, allowed=(State.REQUESTED,), to=State.REFUSED)
    row.waits_for = ""
    uid = log(row, "refused", by=by, now=now, changes={"reason": (None, reason)})
    _decide(row, weighed, Verdict.REFUSED, reason=reason, by=by, now=now)
    hold_case(row, by=by, now=now)
    text = _("Compensation refused: %(why)s", why=reason.strip())
    tell_story(row, text, uid=uid, by=by, now=now)
    inform(row, authors(row), "refused", key=f"refused:{row.version}", by=by, now=now, why=reason)


def note_insurer(row: Concession, answer: Insurer, *, by: Actor, now: datetime) -> None:
    """Note that the insurer was told, or need not be: who says so, and when."""
    if row.state not in (State.DRAFT, State.REQUESTED):
        raise Refused(_("This was decided already."))
    if not rules.answers_for_insurer(by.roles):
        raise Refused(_("Finance, legal or leadership answer for the insurer."))
    before = row.insurer
    row.insurer, row.insurer_by_id, row.insurer_at = answer.value, by.id, now
    log(row, "insurer_noted", by=by, now=now, data={"before": before, "after": answer.value})


def _weighed(row: Concession, account: Account, *, now: datetime) -> Weighed:
    found = queries.weigh(row, account, parts=queries.parts(row), now=now, lock=True)
    if found is None:
        raise Refused(
            _(
                "No exchange rate from %(currency)s is recorded: ask finance to publish one.",
                currency=row.currency,
            )
        )
    return found


def _weigh_for_signing(row: Concession, account: Account, *, now: datetime) -> Weighed:
    """Weigh a request in the signing transaction; where who must sign has changed, start anew."""
    if row.state is not State.REQUESTED:
        raise Refused(_("Somebody was faster: this compensation stands elsewhere by now."))
    weighed = _weighed(row, account, now=now)
    if weighed.rate_moved:
        row.rate, row.rate_day = weighed.rate, weighed.rate_day
        _value_parts(row, weighed)
    stands = len(queries.standing(row, weighed)) == len(queries.living(row))
    if row.digest != weighed.seal or not stands:
        void(row, now=now)
        row.digest = weighed.seal
        db.session.flush()
    return weighed


def _refuse(objections: tuple[Objection, ...]) -> None:
    stopping = [objection.message for objection in objections if objection.stops]
    if stopping:
        raise Refused(" ".join(stopping))


def _value_parts(row: Concession, weighed: Weighed) -> None:
    """Write down what each part comes to in the policy's currency, at the frozen rate."""
    for part in queries.parts(row):
        money = rules.in_policy_currency(
            from_minor(part.face_minor, row.currency), weighed.request, policy=weighed.policy
        )
        part.reporting_minor = minor(money)


Known = tuple[rules.Recommendation, rules.Comparison, tuple[rules.Departure, ...]]


def _compare(row: Concession, account: Account, weighed: Weighed, *, now: datetime) -> Known:
    """Hold a request against what would be recommended and what others got; where it departs from
    either, a person says why.
    """
    best = rules.recommend(
        weighed.request.harm, background=weighed.background, policy=weighed.policy
    )
    case = escalation_queries.by_reference(row.case_ref) if row.case_ref else None
    others = queries.comparable(row, account, case, now=now)
    found = queries.compared(weighed, others)
    departed = rules.departures(weighed.request, best=best, comparison=found, policy=weighed.policy)
    if departed and not row.departure.strip():
        raise Refused(
            _("It departs from what is recommended, or from what others got: write why, in it."),
            field="departure",
        )
    return best, found, departed


def _keep_recommendation(row: Concession, weighed: Weighed, known: Known) -> None:
    """Store with the request what the policy would give, step by step, and what others got, before
    anybody decides.
    """
    found, others, departed = known
    row.recommended_minor = minor(found.target)
    row.recommendation = {
        "low": str(found.low.amount),
        "target": str(found.target.amount),
        "high": str(found.high.amount),
        "currency": weighed.policy.currency,
        "policy": weighed.number,
        "steps": [
            {"key": one.key, "adds": str(one.adds.amount), "known": one.known}
            for one in found.steps
        ],
        "others": {
            "count": others.count,
            "median": None if others.median is None else str(others.median.amount),
            "deviation": None if others.deviation is None else str(others.deviation),
        },
        "departs": [one.value for one in departed],
        "expected": queries.expected(row, weighed, now=row.requested_at or row.created_at),
    }


def _spelt(weighed: Weighed) -> list[list[str]]:
    """Spell the path of signatures: steps in order, each the roles that must all sign."""
    return [[one.role.value for one in step_] for step_ in weighed.steps]


def _facts(row: Concession, weighed: Weighed) -> dict[str, Any]:
    """Give the facts a decision rested on."""
    request, known = weighed.request, weighed.background

    def plain(money: Money | None) -> str | None:
        return None if money is None else f"{money.amount} {money.currency.code}"

    return {
        "face": plain(request.face()),
        "counted": plain(rules.counted(request, policy=weighed.policy)),
        "owed": plain(request.harm.owed),
        "direct_loss": plain(request.harm.direct_loss),
        "documented": request.harm.documented,
        "arr": plain(known.arr),
        "given_before": plain(known.given),
        "liability_cap": plain(known.liability_cap),
        "budget_left": plain(known.budget_left),
        "rate": str(weighed.rate),
        "rate_day": weighed.rate_day.isoformat(),
        "requested_under": row.policy_number,
        "threat": request.threat,
        "waiver": request.waiver,
        "release": request.release,
        "insurer": row.insurer,
        "objections": [one.code for one in weighed.objections],
        "steps": _spelt(weighed),
        "digest": row.digest,
    }


def _write_down_request(row: Concession, weighed: Weighed, *, by: Actor, now: datetime) -> None:
    face = rules.in_policy_currency(weighed.request.face(), weighed.request, policy=weighed.policy)
    _policy_decision(
        row,
        weighed,
        "concessions.request",
        recommendation={
            "face": row.recommendation["target"],
            "low": row.recommendation["low"],
            "high": row.recommendation["high"],
        },
        chosen={"face": str(face.amount), "approved": not weighed.steps},
        reason=row.departure or row.why,
        by=by,
        now=now,
    )


def _decide(
    row: Concession,
    weighed: Weighed,
    verdict: Verdict,
    *,
    reason: str,
    by: Actor,
    now: datetime,
    whole: bool = False,
) -> None:
    """Write a verdict down; `whole` says that with it all has been approved, which a promise to the
    customer rests on.
    """
    _policy_decision(
        row,
        weighed,
        "concessions.verdict",
        recommendation={"verdict": Verdict.APPROVED.value, "approved": whole},
        chosen={"verdict": verdict.value, "approved": whole},
        reason=reason,
        by=by,
        now=now,
    )


def _policy_decision(
    row: Concession,
    weighed: Weighed,
    kind: str,
    *,
    recommendation: Mapping[str, Any],
    chosen: Mapping[str, Any],
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    policy_actions.decide(
        kind,
        record=row.reference,
        account_id=row.account_id,
        klass=K.RESTRICTED,
        policy=(PolicyKind.COMPENSATION, weighed.number),
        facts=_facts(row, weighed),
        recommendation=recommendation,
        chosen=chosen,
        reason=reason,
        by=by,
        now=now,
    )


def _seat(
    row: Concession, weighed: Weighed, signer: rules.Signer
) -> tuple[str, rules.Signature | None]:
    """Give the seat that a person takes with their signature."""
    number, missing = rules.outstanding(weighed.steps, queries.standing(row, weighed))
    place = rules.signature_for(signer, missing, policy=weighed.policy)
    if place is None:
        raise Refused(_("Somebody was faster: this compensation stands elsewhere by now."))
    return rules.Signed(signer.person_id, number, place.role).seat, place


def _sign(
    row: Concession,
    weighed: Weighed,
    signer: rules.Signer,
    *,
    reason: str,
    by: Actor,
    now: datetime,
) -> None:
    seat = _seat(row, weighed, signer)
    _keep(row, weighed, seat, Verdict.APPROVED, reason=reason, signer=signer, by=by, now=now)


def _keep(
    row: Concession,
    weighed: Weighed,
    seat: tuple[str, rules.Signature | None],
    verdict: Verdict,
    *,
    reason: str,
    signer: rules.Signer | None,
    by: Actor,
    now: datetime,
) -> None:
    holder = signer and (signer.stands_in_for or signer)
    reach = (
        holder
        and seat[1]
        and rules.limit(
            seat[1].role,
            grade=holder.grade,
            arr=weighed.background.arr,
            policy=weighed.policy,
        )
    )
    db.session.add(
        Approval(
            concession_id=row.id,
            seat=seat[0],
            digest=row.digest,
            person_id=by.id,
            for_id=signer.stands_in_for.person_id if signer and signer.stands_in_for else None,
            verdict=verdict,
            reason=reason.strip(),
            policy_number=weighed.number,
            limit_minor=minor(rules.floored(reach)) if reach else None,
            at=now,
        )
    )
    db.session.flush()
