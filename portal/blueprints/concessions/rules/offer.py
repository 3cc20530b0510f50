"""What an approval is bound to, how long an offer stands, and when all must be looked at again."""

import hashlib
import json
import unicodedata
from datetime import datetime
from decimal import Decimal

from portal.blueprints.accounts.rules import rate_moved
from portal.blueprints.policies.rules.compensation import CompensationPolicy
from portal.core.calendar import calendar_days
from portal.core.money import Money, minor

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
