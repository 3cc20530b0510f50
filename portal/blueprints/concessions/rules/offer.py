"""What an approval is bound to, how long an offer stands, and when all must be looked at again."""

import hashlib
import json
import unicodedata
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from portal.blueprints.accounts.rules import rate_moved
from portal.blueprints.policies.rules.compensation import CompensationPolicy
from portal.core.calendar import calendar_days
from portal.core.money import Money, minor

from .authority import Signature, Signed, Signer, Step, signature_for
from .request import Part, Request, in_policy_currency


def proposal_digest(request: Request) -> str:
    """Give the SHA-256 (hex) of all that an approver agrees to.

    Any changed amount, currency or term gives another digest and voids the approvals.
    Order of parts, kind of line ends and Unicode form do not count; an amount finer than the
    currency's minor unit is a ValueError.
    """
    content = {
        "account": request.account,
        "currency": request.currency,
        "parts": sorted(_canonical(part) for part in request.parts),
        "terms": _text(request.terms),
        "threat": request.threat,
        "waiver": request.waiver,
        "release": request.release,
        "termination_right": request.termination_right,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def seal(request: Request, steps: Sequence[Step]) -> str:
    """Give the SHA-256 (hex) that a signature is bound to: the proposal, and who must sign it.

    What moves the path of signatures (a limit, the budget, what was given meanwhile, the exchange
    rate) gives another one: who signed under the old path signs again, or the right person does.
    """
    path = [
        [one.role.value, one.grade.value, one.row, *(reason.value for reason in one.because)]
        for step in steps
        for one in step
    ]
    text = json.dumps([proposal_digest(request), path], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def holds_still(
    signed: Signed, signer: Signer, steps: Sequence[Step], *, policy: CompensationPolicy
) -> bool:
    """Say whether a signature that was given would still be that person's to give."""
    if signed.step >= len(steps):
        return False
    place: tuple[Signature, ...] = tuple(
        one for one in steps[signed.step] if one.role is signed.role
    )
    return signer.active and signature_for(signer, place, policy=policy) is not None


def waits_for(missing: Step, *, policy: CompensationPolicy) -> str:
    """Spell whose signature could come next, as `;role:grade;…;` with the least grade of each role:
    the roles named, and those of higher rows of authority that sign for a lower one.
    """
    keys = [row.key for row in policy.authority]
    able: set[str] = set()
    for one in missing:
        able.add(f"{one.role.value}:{one.grade.value}")
        if one.row in keys:
            rows = policy.authority[keys.index(one.row) :]
            if one.role is rows[0].signers[0].role:
                firsts = [row.signers[0] for row in rows]
                able |= {f"{first.role.value}:{first.least_grade.value}" for first in firsts}
    return f";{';'.join(sorted(able))};" if able else ""


def months_before(day: date, *, months: int) -> date:
    """Give the same day some calendar months earlier, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def lapses_at(offered_at: datetime, *, zone: str, policy: CompensationPolicy) -> datetime:
    """Give when an offer lapses (UTC): calendar days on, at the same local time in `zone`."""
    return calendar_days(offered_at, policy.offer_days, zone)


def has_lapsed(
    offered_at: datetime, *, now: datetime, zone: str, policy: CompensationPolicy
) -> bool:
    """Say whether an offer has lapsed at `now`."""
    return now >= lapses_at(offered_at, zone=zone, policy=policy)


def must_rerun(request: Request, *, current_rate: Decimal, policy: CompensationPolicy) -> bool:
    """Say whether the exchange rate moved so far since submission that limits are run again."""
    return rate_moved(request.rate, current_rate, tolerance=policy.rate_tolerance)


def insurer_is_asked(request: Request, *, policy: CompensationPolicy) -> bool:
    """Say whether "insurer told / not needed" must be on file before a first offer."""
    face = in_policy_currency(request.face(), request, policy=policy)
    return not request.only_owed and (
        request.threat or face > Money(policy.insurer_from, policy.currency)
    )


def _canonical(part: Part) -> list[str]:
    """Spell one part exactly, as strings that can be sorted."""
    return [
        part.ground.value,
        part.form.value,
        part.amount.currency.code,
        str(minor(part.amount)),
        str(part.periods),
        _text(part.what),
        str(part.on_renewal),
    ]


def _text(text: str) -> str:
    """Give a text in one form, whichever browser sent it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
