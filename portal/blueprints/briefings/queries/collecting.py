"""Collecting the facts of an account briefing, by what its reader may see."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Contact, PromiseState
from portal.blueprints.accounts.rules import CustomerValue
from portal.blueprints.accounts.rules import words as why_words
from portal.blueprints.accounts.rules.codes import BASES, code_words
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.models import OPEN_STATES, Escalation
from portal.blueprints.policies import queries as policy_queries
from portal.blueprints.policies.rules import ValuePolicy
from portal.core.access import Actor, K, Subject, scope
from portal.core.db import db
from portal.core.errors import NotFound
from portal.core.i18n import _, get_locale, show_day, show_number, speaking
from portal.core.money import Money
from portal.reports import facts as paper
from portal.reports import snapshot
from portal.reports.linter import Paper

from ..models import Kind
from ..rules import WORDS, Edition
from . import deals, leading
from .comparing import since_read

SINCE = timedelta(days=90)
"""How far back promises are counted: the length of a recovery sponsorship."""
YEAR = timedelta(days=365)
OURS = "portal"
"""The source of an account that nobody imported."""


Facts = TypeVar("Facts", bound=Paper)


@dataclass(frozen=True)
class Collected(Generic[Facts]):
    """The facts, the highest class of field that went into them, and the cases they may tell of."""

    facts: Facts
    klass: K
    cases: frozenset[str]


def account_facts(
    account: Account, *, reader: Actor, edition: Edition, now: datetime
) -> Collected[paper.AccountBriefing]:
    """Freeze what the reader may know of an account at this moment.

    Number and reference of the issue are set when it is made. What the reader may not see is left
    out by the queries themselves, not after them.
    """
    with speaking(edition.locale, reader.zone):
        issue = header(reader, edition=edition, now=now)
        return _collected(account, reader=reader, issue=issue, now=now)


def _collected(
    account: Account, *, reader: Actor, issue: paper.Issue, now: datetime
) -> Collected[paper.AccountBriefing]:
    gravest, cases = open_cases(account, reader=reader, now=now)
    value = value_of(account, reader=reader, now=now)
    not_offered = deals.not_offered(account, gravest, reader=reader)
    found = paper.AccountBriefing(
        issue=issue,
        reader=addressee(reader),
        account=identity(account),
        situation=leading.situation(account, gravest, reader=reader, now=now),
        ask=deals.ask(account, gravest, reader=reader, now=now),
        strip=leading.strip(account, gravest, now=now),
        money=money(account, value, now=now),
        quotes=quotes(cases),
        promises=promises(account, reader=reader, now=now),
        will_not_offer=not_offered,
        value=_worth(account, value) if value else None,
        revenue=_revenue(account, reader=reader, now=now),
        cases=matters(cases),
        compensation=deals.compensation(account, reader=reader, since=now - YEAR, now=now),
        sponsorship=deals.sponsorship(account, reader=reader, now=now),
        people=_people(account, gravest, reader=reader),
        sources=_sources(account, value),
    )
    klass = K.RESTRICTED if not_offered or found.compensation else K.CONFIDENTIAL
    told = frozenset(db.session.scalars(seen(account, Escalation.reference, reader, now=now)))
    whole = marked(found, klass)
    followed = since_read(whole, Kind.ACCOUNT, account.reference, reader=reader, now=now)
    return Collected(followed, klass, told)


def addressee(reader: Actor) -> paper.Reader:
    """Give name and title of who a paper is for."""
    return paper.Reader(name=reader.name, title=auth_queries.get(reader.id or 0).title or None)


def marked(found: Facts, klass: K) -> Facts:
    """Give the facts with the classification that their highest class of field asks for."""
    word = paper.Classification(WORDS[klass])
    said = auth_queries.classification_words(word.value, found.issue.locale)
    issue = replace(found.issue, classification=word, classification_words=said)
    return replace(found, issue=issue)


def header(reader: Actor, *, edition: Edition, now: datetime) -> paper.Issue:
    """Give what stands on every sheet; number and reference are set when the issue is made."""
    house = auth_queries.organisation()
    return paper.Issue(
        reference="BRF-0000-0000",
        number=1,
        issued_at=now,
        zone=reader.zone,
        organisation=house.name,
        verify_at=edition.verify_at,
        annex=edition.annex,
        locale=edition.locale,
        paper=edition.paper,
        audience=edition.audience_of(reader),
        template=snapshot.TEMPLATE,
    )


def identity(account: Account) -> paper.Account:
    """Give whose paper it is, in the paper's language."""
    return paper.Account(
        reference=account.reference,
        name=account.name,
        industry=code_words(account.industry) or None,
        region=_country(account.country) or code_words(account.region) or None,
        customer_since=account.customer_since,
        reference_customer=account.reference_customer,
    )


def _country(code: str | None) -> str:
    """Give the country's name in the paper's language; a code that is not known stays as it is."""
    return str(get_locale().territories.get(code or "", code or ""))


def open_cases(
    account: Account, *, reader: Actor, now: datetime
) -> tuple[Escalation | None, list[Escalation]]:
    """Give the open cases of the account, the gravest first, and that one."""
    query = (
        seen(account, Escalation, reader, now=now)
        .where(Escalation.state.in_(OPEN_STATES))
        .order_by(Escalation.severity, Escalation.opened_at)
    )
    found = list(db.session.scalars(query))
    return (found[0] if found else None), found


def seen(account: Account, what: Any, reader: Actor, *, now: datetime) -> sa.Select[Any]:
    """Select of the cases of an account what the reader may see: promises and compensation tell of
    closed ones too.
    """
    predicate = scope(
        reader,
        Subject.ESCALATION,
        account_id=Escalation.account_id,
        refs=(Escalation.reference,),
        restricted=Escalation.restricted,
        now=now,
    )
    return sa.select(what).where(Escalation.account_id == account.id, predicate)


def value_of(account: Account, *, reader: Actor, now: datetime) -> CustomerValue | None:
    """Give what the account is worth; None for a reader who may not see it."""
    try:
        return account_queries.value(account.id, at=now, viewer=reader)
    except NotFound:
        return None


def money(
    account: Account, value: CustomerValue | None, *, now: datetime
) -> tuple[paper.MoneyLine, ...]:
    """Give what is at stake, each with its source and day; the kinds overlap, nobody adds them
    up.
    """
    if value is None:
        return ()
    stake = account_queries.at_stake([account.id], at=now).total
    decision = value.decision
    years = decision.horizon_years
    kinds = (
        (paper.MoneyKind.ARR, stake, _("contracts in force")),
        (paper.MoneyKind.CONTRACTED_REMAINING, value.remaining.total, _("contracts, to their end")),
        (paper.MoneyKind.VALUE_IF_STAYS, decision.base, _("value policy, %(n)s years", n=years)),
    )
    return tuple(
        paper.MoneyLine(
            kind=kind,
            amount=_whole(figure.value),
            low=_whole(decision.low.value) if figure is decision.base else None,
            high=_whole(decision.high.value) if figure is decision.base else None,
            source=source,
            dated=figure.on or value.on,
        )
        for kind, figure, source in kinds
        if figure.value is not None
    )


def _whole(amount: Money | None) -> Money | None:
    """Leave the cents away: an estimate to the cent would pretend to know more than it does."""
    return None if amount is None else Money(amount.amount.quantize(Decimal(1)), amount.currency)


def quotes(cases: Sequence[Escalation]) -> tuple[paper.Quote, ...]:
    """Give the customer's own words of the gravest two cases."""
    return tuple(
        paper.Quote(
            text=case.customer_words,
            language=case.words_language,
            who=case.words_by or None,
            when=case.opened_at,
            channel=paper.Channel(case.channel.value),
        )
        for case in cases[:2]
    )


def promises(
    account: Account, *, reader: Actor, now: datetime, case: Escalation | None = None
) -> paper.Promises:
    """Give our promises to the customer that the reader may see, those of a case alone if one is
    given: the open ones and those of the last 90 days.
    """
    case_ref = case.reference if case else None
    rows = [
        row
        for row in account_queries.promises(
            reader, now=now, account_id=account.id, case_ref=case_ref
        )
        if case
        or row.state is PromiseState.OPEN
        or max(row.made_at, row.settled_at or row.made_at) > now - SINCE
    ]
    counts = Counter(row.state for row in rows)
    return paper.Promises(
        kept=counts[PromiseState.KEPT],
        open=counts[PromiseState.OPEN],
        broken=counts[PromiseState.BROKEN],
        renegotiated=counts[PromiseState.RENEGOTIATED],
        since=leading.day_in(case.opened_at if case else now - SINCE, account.zone),
        lines=tuple(
            paper.PromiseLine(
                state=paper.PromiseState(row.state.value),
                what=row.what,
                who=row.by,
                due=row.due_at,
                note=row.reason or None,
            )
            for row in rows
            if row.state is not PromiseState.KEPT
        ),
    )


def _worth(account: Account, value: CustomerValue) -> paper.Value:
    rank = account.value_tier.value if account.value_tier else None
    why = value.display.base.why
    return paper.Value(
        dated=value.on,
        tier=rank,
        revenue_to_date=value.revenue_to_date.value,
        last_12_months=value.last_12_months.value,
        basis=str(BASES[value.basis.value]) if value.basis.value else None,
        contracted_firm=value.remaining.firm.value,
        contracted_may_leave=value.remaining.may_leave.value,
        clv_low=value.display.low.value,
        clv_base=value.display.base.value,
        clv_high=value.display.high.value,
        horizon_years=value.display.horizon_years,
        discount=deals.discount_rate(),
        margin=value.margin.value,
        retention_source=why_words(why) if why else None,
        conversion=_conversion(account, value),
    )


def _conversion(account: Account, value: CustomerValue) -> str | None:
    """Say at which rate contracts in another currency were converted; None where none was."""
    found = policy_queries.rate(account.currency, value.currency, on=value.on)
    if found is None or account.currency == value.currency:
        return None
    return _(
        "Converted from %(currency)s at %(rate)s, the rate of %(day)s",
        currency=account.currency,
        rate=show_number(found[0]),
        day=show_day(found[1]),
    )


def _revenue(account: Account, *, reader: Actor, now: datetime) -> tuple[paper.Month, ...]:
    if not leading.books(reader):
        return ()
    months = account_queries.revenue_months([account.id], until=now.date())[account.id]
    bases = {m.basis for m in months}
    currencies = {m.amount.currency.code for m in months}
    if len(bases) != 1 or len(currencies) != 1:
        return ()
    return tuple(paper.Month(month=m.month, amount=m.amount) for m in months[-24:])


def matters(cases: Sequence[Escalation]) -> tuple[paper.Case, ...]:
    """Give open cases as lines: what each is, who has it, when it moves next."""
    names = auth_queries.names(case.owner_id for case in cases)
    return tuple(
        paper.Case(
            reference=case.reference,
            what=case.title,
            severity=paper.Severity(case.severity.value),
            who=names.get(case.owner_id or 0),
            due=case.next_due_at,
        )
        for case in cases
    )


def _people(
    account: Account, case: Escalation | None, *, reader: Actor
) -> tuple[paper.CustomerPerson, ...]:
    """Give who counts at the customer's, with what they must hear in the gravest case."""
    if not leading.books(reader):
        return ()
    needs = escalation_queries.needs_of(case) if case else {}
    query = sa.select(Contact).where(Contact.account_id == account.id, Contact.left_at.is_(None))
    return tuple(
        paper.CustomerPerson(
            name=contact.name,
            title=contact.title or None,
            role=paper.ContactRole(contact.role.value),
            sentiment=paper.Sentiment(contact.sentiment.value),
            must_hear=needs.get(contact.id),
        )
        for contact in db.session.scalars(
            query.order_by(Contact.influence.desc(), Contact.id).limit(8)
        )
    )


def _sources(account: Account, value: CustomerValue | None) -> tuple[paper.Source, ...]:
    """Name where the facts come from: the account's own source, the contracts, the policy."""
    known = [
        paper.Source(
            name=_("entered in Parley") if account.source == OURS else account.source,
            dated=leading.day_in(account.updated_at, account.zone),
            note=_("account and its people"),
        )
    ]
    if value is not None:
        _policy, number = policy_queries.in_force(ValuePolicy)
        known.append(paper.Source(name=_("value policy, version %(n)s", n=number), dated=value.on))
    return tuple(known)
