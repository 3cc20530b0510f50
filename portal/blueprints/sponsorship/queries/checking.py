"""What is known of an account for admission, and who could look after it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Contact, ContactRole, Lifecycle
from portal.blueprints.accounts.rules import Explained, Why, unknown
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations.models import OPEN_STATES, Escalation, State
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import SponsorshipPolicy
from portal.blueprints.policies.rules.sponsorship import FactorKey
from portal.core.db import db
from portal.core.i18n import LANGUAGES, speaking
from portal.core.money import from_minor

from .. import rules
from ..models import LaneKind, Nomination, Sponsor, Sponsorship
from ..rules.score import CENT
from . import finding, leaving, loads, own
from .standing import Moment, contracted


def policy_in_force() -> tuple[SponsorshipPolicy, int]:
    """Give the policy of the programme and its version."""
    return policy_queries.in_force(SponsorshipPolicy)


def checked(
    account: Account,
    lane: LaneKind,
    *,
    now: datetime,
    nomination: Nomination | None = None,
    policy: SponsorshipPolicy | None = None,
) -> rules.Check:
    """Hold an account against the entry criteria of a lane today, with what a nomination says;
    under the version in force unless another one is given.
    """
    policy = policy or policy_in_force()[0]
    facts = entry_facts(account, lane, now=now, nomination=nomination, policy=policy)
    return rules.check(lane, facts, on=finding.today(now), policy=policy)


def entry_facts(
    account: Account,
    lane: LaneKind,
    *,
    now: datetime,
    nomination: Nomination | None,
    policy: SponsorshipPolicy,
) -> rules.EntryFacts:
    """Collect what is known of an account for admission; what nobody recorded stays unknown."""
    on = finding.today(now)
    arr = contracted(account.id, moment=Moment(now, past=False))
    rank, percentile = _standing(account, on=on)
    changed = finding.today(account.updated_at)
    return rules.EntryFacts(
        arr=unknown("arr", Why.NO_CONTRACT, source=account.reference, on=on)
        if arr is None
        else Explained("arr", arr, account.reference, on),
        arr_rank=rank,
        median_arr=_median(policy, on=on),
        customer_executive=_executive(account, nomination, on=on),
        success_plan=_known("success_plan", account.success_plan_on, account, changed),
        outcome=Explained(
            "outcome",
            nomination.outcome if nomination else "",
            nomination.reference if nomination else account.reference,
            on,
        ),
        sponsor=_sponsor(account, lane, policy, now=now),
        cases=_cases(account, nomination, on=on),
        owner=_owner(account, nomination, on=on),
        profile=_profile(account, percentile, on=on, changed=changed),
        more=own.kept_of(account, rules.own.named(lane, policy), now=now),
    )


def _known(name: str, value: Any, account: Account, on: date) -> Explained[Any]:
    if value is None:
        return unknown(name, source=account.reference, on=on)
    return Explained(name, value, account.reference, on)


def _under_contract() -> sa.ColumnElement[bool]:
    return sa.and_(
        account_queries.visible(),
        Account.lifecycle.not_in([Lifecycle.PROSPECT, Lifecycle.LOST]),
        Account.arr_minor.is_not(None),
    )


def _standing(account: Account, *, on: date) -> tuple[Explained[int], Explained[Decimal]]:
    """Give an account's rank by ARR (1 is the largest) and its percentile among the contracts."""
    if account.arr_minor is None:
        missing = unknown("arr_rank", source=account.reference, on=on)
        return missing, unknown("arr_percentile", source=account.reference, on=on)
    larger = sa.func.count().filter(Account.arr_sort > account.arr_sort)
    above, among = db.session.execute(
        sa.select(larger, sa.func.count()).where(_under_contract())
    ).one()
    share = Decimal(100 * (among - above)) / max(among, 1)
    source = f"{account.reference}, {among}"
    return (
        Explained("arr_rank", above + 1, source, on),
        Explained("arr_percentile", share.quantize(CENT, ROUND_HALF_UP), source, on),
    )


def _median(policy: SponsorshipPolicy, *, on: date) -> Explained[Any]:
    """Give the recovery lane's floor; of all amounts only the middle ones are read."""
    currency = auth_queries.organisation().currency
    count = db.session.scalar(sa.select(sa.func.count()).where(_under_contract())) or 0
    middle = (
        sa.select(Account.arr_sort)
        .where(_under_contract())
        .order_by(Account.arr_sort, Account.id)
        .offset(max(0, (count - 1) // 2))
        .limit(2 - count % 2)
    )
    amounts = [from_minor(minor, currency) for minor in db.session.scalars(middle)]
    return rules.recovery_floor(amounts, policy=policy, on=on, currency=currency)


def _executive(account: Account, nomination: Nomination | None, *, on: date) -> Explained[bool]:
    """Say whether the customer's executive whom the nomination names is still there."""
    chosen = nomination and nomination.customer_executive_id
    contact = db.session.get(Contact, chosen) if chosen else None
    if contact is None:
        return unknown("customer_executive", source=account.reference, on=on)
    there = contact.left_at is None and contact.account_id == account.id
    return Explained("customer_executive", there, contact.name, on)


def _sponsor(
    account: Account, lane: LaneKind, policy: SponsorshipPolicy, *, now: datetime
) -> Explained[bool]:
    """Say whether a trained sponsor without a conflict has room for one more account."""
    found = matches(account, lane, now=now, policy=policy)
    able = [one for one, match in found if match.possible]
    names = ", ".join(one.name for one in able[:3])
    return Explained("sponsor", bool(able), names or "sponsors", finding.today(now))


def _cases(
    account: Account, nomination: Nomination | None, *, on: date
) -> Explained[tuple[rules.Case, ...]]:
    """Give the cases that count for admission; a restricted one only for its own nomination."""
    own = nomination.case_ref if nomination else None
    query = (
        sa.select(
            Escalation.reference, Escalation.severity, Escalation.opened_at, Escalation.closed_at
        )
        .where(
            Escalation.account_id == account.id,
            Escalation.state.in_((*OPEN_STATES, State.CLOSED)),
            sa.or_(Escalation.restricted.is_(False), Escalation.reference == own),
        )
        .order_by(Escalation.opened_at.desc())
        .limit(50)
    )
    cases = tuple(
        rules.Case(
            row.reference,
            row.severity.value,
            finding.today(row.opened_at),
            row.closed_at and finding.today(row.closed_at),
        )
        for row in db.session.execute(query)
    )
    return Explained("cases", cases, own or account.reference, on)


def _owner(account: Account, nomination: Nomination | None, *, on: date) -> Explained[str]:
    """Give who owns the recovery: the owner of the case, else of the account."""
    owner_id, source = account.owner_id, account.reference
    if nomination and nomination.case_ref:
        owner_id = db.session.scalar(
            sa.select(Escalation.owner_id).where(Escalation.reference == nomination.case_ref)
        )
        source = nomination.case_ref
    name = auth_queries.names([owner_id]).get(owner_id or 0, "")
    return Explained("owner", name, source, on)


def _profile(
    account: Account, percentile: Explained[Decimal], *, on: date, changed: date
) -> Mapping[FactorKey, Explained[Any]]:
    """Give the facts of the score; one that nobody has recorded stays open."""
    months = None
    if account.renewal_on is not None and account.renewal_on >= on:
        months = Decimal((account.renewal_on - on).days * 12) / Decimal("365.25")
        months = months.quantize(CENT, ROUND_HALF_UP)
    counterpart = db.session.scalar(
        sa.select(sa.func.count()).where(
            Contact.account_id == account.id,
            Contact.role == ContactRole.EXECUTIVE_COUNTERPART,
            Contact.left_at.is_(None),
        )
    )
    return {
        "arr_percentile": percentile,
        "growth_potential": _known(
            "growth_potential",
            account.growth_potential,
            account,
            account.growth_potential_on or changed,
        ),
        "reference_customer": _known(
            "reference_customer", account.reference_customer, account, changed
        ),
        "logo": _known("logo", account.logo, account, changed),
        "regulator_exposed": _known(
            "regulator_exposed", account.regulator_exposed, account, changed
        ),
        "renewal_near": _known("renewal_near", months, account, changed),
        "risk": _known("risk", account.risk_score, account, changed),
        "executive_engaged": _known("executive_engaged", bool(counterpart), account, on),
    }


def matches(
    account: Account,
    lane: LaneKind,
    *,
    now: datetime,
    nomination: Nomination | None = None,
    policy: SponsorshipPolicy | None = None,
) -> list[tuple[loads.Carried, rules.Match]]:
    """Give every sponsor with how well they fit an account, and what its nomination asks for:
    possible ones first, the best first.
    """
    policy = policy or policy_in_force()[0]
    asked = wish(account, lane, nomination)
    found = [
        (one, rules.match(one.sponsor, one.load, asked, now=now, policy=policy))
        for one in loads.sponsors(on=finding.today(now))
    ]
    return sorted(found, key=lambda pair: (not pair[1].possible, -pair[1].points, pair[0].name))


def wish(account: Account, lane: LaneKind, nomination: Nomination | None) -> rules.Wish:
    """Give what an account needs of a sponsor; the expertise is what its nomination asks for."""
    return rules.Wish(
        account=account.reference,
        lane=lane,
        language=account.language,
        zone=account.zone,
        expertise=frozenset(nomination.expertise if nomination else ()),
        industry=account.industry,
    )


def kept(
    account: Account, lane: LaneKind, *, now: datetime, nomination: Nomination
) -> tuple[rules.Check, list[dict[str, Any]]]:
    """Give the check of today, and its criteria as they are stored: words in every language."""
    found = checked(account, lane, now=now, nomination=nomination)
    spoken: dict[str, dict[str, tuple[str, str, str]]] = {}
    for language in LANGUAGES:
        with speaking(language, "UTC"):
            said = checked(account, lane, now=now, nomination=nomination)
            spoken[language] = {
                one.key: (one.evidence, one.threshold, one.needed) for one in said.criteria
            }
    rows = [
        {
            "key": one.key,
            "met": one.met,
            "source": one.source,
            "as_of": one.as_of.isoformat() if one.as_of else None,
            "evidence": {language: spoken[language][one.key][0] for language in spoken},
            "threshold": {language: spoken[language][one.key][1] for language in spoken},
            "needed": {language: spoken[language][one.key][2] for language in spoken},
        }
        for one in found.criteria
    ]
    return found, rows


def places(lane: LaneKind, policy: SponsorshipPolicy | None = None) -> tuple[int, int]:
    """Give how many places of a lane are taken, and how many there are."""
    policy = policy or policy_in_force()[0]
    if lane is LaneKind.STRATEGIC:
        return loads.active_in(lane), policy.strategic.places
    total = db.session.scalar(sa.select(sa.func.sum(Sponsor.recovery_places))) or 0
    return loads.active_in(lane), int(total)


def course(
    row: Sponsorship, account: Account, *, now: datetime, policy: SponsorshipPolicy
) -> rules.Course:
    """Give how a sponsorship went so far, with what conditions for leaving read."""
    found = leaving.course(row, account, now=now)
    if row.lane is LaneKind.STRATEGIC:
        rank, _percentile = _standing(account, on=finding.today(now))
        found = replace(found, place=rank.value)
    if not any(rules.own.endings(row.lane, policy)):
        return found
    nomination = db.session.get_one(Nomination, row.nomination_id)
    facts = entry_facts(account, row.lane, now=now, nomination=nomination, policy=policy)
    return replace(found, facts=facts)


def exits(row: Sponsorship, account: Account, *, now: datetime) -> tuple[rules.ExitProposal, ...]:
    """Propose what follows from how a sponsorship goes, with evidence; nothing exits by itself."""
    policy, _number = policy_in_force()
    found = course(row, account, now=now, policy=policy)
    return rules.exits(found, on=finding.today(now), policy=policy)


def stored(row: Nomination) -> list[dict[str, Any]]:
    """Give the criteria as they were stored when a nomination was handed in."""
    return [
        {**one, "as_of": one["as_of"] and date.fromisoformat(one["as_of"])} for one in row.criteria
    ]
