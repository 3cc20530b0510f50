"""Collecting the facts of papers on sponsorship, by what their reader may see."""

from datetime import date, datetime
from typing import Any

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account, Contact, Lane
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations import queries as escalation_queries
from portal.blueprints.escalations.models import Escalation
from portal.blueprints.sponsorship import queries as sponsorship_queries
from portal.blueprints.sponsorship.models import LaneKind, Nomination, NominationState, Sponsorship
from portal.blueprints.sponsorship.models import TouchpointState as Touched
from portal.blueprints.sponsorship.rules import criterion_name
from portal.core.access import Actor, K
from portal.core.db import db
from portal.core.i18n import _, speaking
from portal.reports import facts as paper

from ..rules import Edition
from . import collecting, leading

NEWS, CANDIDATES = 8, 8
TOLD = (Lane.CUSTOMER, Lane.INTERNAL)
"""The lanes of a timeline that a sponsor is told of: never what counsel or executives noted."""


def sponsor_facts(
    row: Sponsorship, *, reader: Actor, edition: Edition, now: datetime
) -> collecting.Collected[paper.SponsorBrief]:
    """Freeze what a sponsor may know before a touchpoint."""
    with speaking(edition.locale, reader.zone):
        account = account_queries.by_id(row.account_id)
        gravest, cases = collecting.open_cases(account, reader=reader, now=now)
        found = _sponsor(row, account, gravest, cases, reader=reader, edition=edition, now=now)
        told = _cases_told(account, reader=reader, now=now)
    marked = collecting.marked(found, K.CONFIDENTIAL)
    return collecting.Collected(marked, K.CONFIDENTIAL, told)


def _cases_told(account: Account, *, reader: Actor, now: datetime) -> frozenset[str]:
    """Give the cases that a paper on an account may tell of, by reference."""
    seen = collecting.seen(account, Escalation.reference, reader, now=now)
    return frozenset(db.session.scalars(seen))


def nomination_facts(
    row: Nomination, *, reader: Actor, edition: Edition, now: datetime
) -> collecting.Collected[paper.NominationDossier]:
    """Freeze what a panel may know of a nomination."""
    with speaking(edition.locale, reader.zone):
        account = account_queries.by_id(row.account_id)
        gravest, cases = collecting.open_cases(account, reader=reader, now=now)
        found = _dossier(row, account, gravest, cases, reader=reader, edition=edition, now=now)
        told = _cases_told(account, reader=reader, now=now)
    refs = told | frozenset(filter(None, [row.case_ref]))
    return collecting.Collected(collecting.marked(found, K.CONFIDENTIAL), K.CONFIDENTIAL, refs)


def _sponsor(
    row: Sponsorship,
    account: Account,
    gravest: Escalation | None,
    cases: list[Escalation],
    *,
    reader: Actor,
    edition: Edition,
    now: datetime,
) -> paper.SponsorBrief:
    profile = sponsorship_queries.sponsor_of(row)
    touches = sponsorship_queries.touchpoints(row)
    charter = sponsorship_queries.charter()
    texts = sponsorship_queries.texts_of(charter)
    met = [one.held_on for one in touches if one.held_on and one.state is Touched.HELD]
    nomination = sponsorship_queries.nomination_of(row)
    return paper.SponsorBrief(
        issue=collecting.header(reader, edition=edition, now=now),
        reader=collecting.addressee(reader),
        account=collecting.identity(account),
        reference=row.reference,
        lane=paper.LaneKind(row.lane.value),
        state=paper.SponsorshipState(row.state.value),
        outcome=row.outcome,
        sponsor=auth_queries.names([profile.person_id]).get(profile.person_id, ""),
        starts=row.starts_on,
        ends=row.ends_on,
        held=len(met),
        hours=profile.hours_month,
        next_touch=row.next_touch_on,
        touches=tuple(
            paper.Touch(
                state=paper.TouchState(one.state.value),
                planned=one.planned_on,
                held=one.held_on,
                note=one.note or None,
            )
            for one in touches
        ),
        executive=_executive(nomination, gravest, reader=reader),
        strip=leading.strip(account, gravest, now=now),
        quotes=collecting.quotes(cases),
        promises=collecting.promises(account, reader=reader, now=now),
        cases=collecting.matters(cases),
        news=_news(account, since=max(met, default=row.starts_on), reader=reader, now=now),
        dont=_points(texts.get("donts", "")),
        duties=_points(texts.get("duties", "")),
        charter=charter.number if charter else None,
    )


def _points(text: str) -> tuple[str, ...]:
    return tuple(line.strip(" -–•") for line in text.splitlines() if line.strip(" -–•"))


def _executive(
    nomination: Nomination, case: Escalation | None, *, reader: Actor
) -> paper.CustomerPerson | None:
    """Give the customer's executive, with what they must hear in the gravest case."""
    chosen = nomination.customer_executive_id
    contact = db.session.get(Contact, chosen) if chosen and leading.books(reader) else None
    if contact is None or contact.left_at is not None:
        return None
    needs = escalation_queries.needs_of(case) if case else {}
    return paper.CustomerPerson(
        name=contact.name,
        title=contact.title or None,
        role=paper.ContactRole(contact.role.value),
        sentiment=paper.Sentiment(contact.sentiment.value),
        must_hear=needs.get(contact.id),
    )


def _news(account: Account, *, since: date, reader: Actor, now: datetime) -> tuple[paper.News, ...]:
    """Give what happened with the account since a day, the oldest first, of what may be told."""
    entries = account_queries.timeline(reader, account.id, now=now, lanes=TOLD, limit=30).rows
    told = [
        paper.News(on=day, text=one.text)
        for one in entries
        if not one.redacted
        and not one.corrected_by
        and one.klass <= int(K.CONFIDENTIAL)
        and (day := leading.day_in(one.at, account.zone)) is not None
        and day > since
        and one.at <= now
    ]
    return tuple(reversed(told[:NEWS]))


def _dossier(
    row: Nomination,
    account: Account,
    gravest: Escalation | None,
    cases: list[Escalation],
    *,
    reader: Actor,
    edition: Edition,
    now: datetime,
) -> paper.NominationDossier:
    check = sponsorship_queries.checked(account, row.lane, now=now, nomination=row)
    taken, places = sponsorship_queries.places(row.lane)
    _policy, number = sponsorship_queries.policy_in_force()
    matches = sponsorship_queries.matches(account, row.lane, now=now, nomination=row)
    handed_in = row.state is not NominationState.DRAFT and bool(row.criteria)
    stake = account_queries.at_stake([account.id], at=now).total.value
    scored = check.score if row.lane is LaneKind.STRATEGIC else None
    return paper.NominationDossier(
        issue=collecting.header(reader, edition=edition, now=now),
        reader=collecting.addressee(reader),
        account=collecting.identity(account),
        reference=row.reference,
        lane=paper.LaneKind(row.lane.value),
        state=paper.NominationState(row.state.value),
        case_reference=row.case_ref,
        outcome=row.outcome or None,
        why=row.why or None,
        expertise=tuple(row.expertise),
        author=auth_queries.names([row.author_id]).get(row.author_id or 0),
        sent=leading.day_in(row.sent_at, reader.zone),
        score=row.score if handed_in else (scored.value if scored else None),
        answer=_answer(row, check, matches, full=taken >= places),
        executive=_executive(row, gravest, reader=reader),
        strip=leading.strip(account, gravest, now=now),
        criteria=_stored(row, edition.locale) if handed_in else _today(check),
        score_parts=tuple(
            paper.ScorePart(
                name=_factor(part.factor),
                of=part.of,
                points=part.points,
                source=None if part.points is None else part.fact.source.split(",")[0],
                dated=None if part.points is None else part.fact.on,
            )
            for part in (scored.parts if scored else ())
        ),
        candidates=_candidates(row, matches),
        taken=taken,
        places=places,
        yearly=stake if leading.books(reader) else None,
        cases=collecting.matters(cases),
        promises=collecting.promises(account, reader=reader, now=now),
        policy=row.policy_number if handed_in else number,
        reason=row.reason or None,
    )


def _answer(
    row: Nomination, check: Any, matches: list[Any], *, full: bool
) -> paper.NominationState | None:
    """Give what the policy answers to a nomination that nobody has decided."""
    if row.state not in sponsorship_queries.UNDECIDED:
        return None
    if not check.eligible:
        return paper.NominationState.DECLINED
    able = any(match.possible for _carried, match in matches)
    if able and not (full and row.lane is LaneKind.STRATEGIC):
        return paper.NominationState.ADMITTED
    return paper.NominationState.WAITING


def _today(check: Any) -> tuple[paper.CriterionLine, ...]:
    return tuple(
        paper.CriterionLine(
            name=criterion_name(one.key),
            met=one.met,
            evidence=one.evidence or None,
            threshold=one.threshold or None,
            needed=one.needed or None,
            source=_source(one.source),
            dated=one.as_of,
        )
        for one in check.criteria
    )


def _stored(row: Nomination, language: str) -> tuple[paper.CriterionLine, ...]:
    return tuple(
        paper.CriterionLine(
            name=criterion_name(one["key"]),
            met=one["met"],
            evidence=one["evidence"].get(language) or None,
            threshold=one["threshold"].get(language) or None,
            needed=one.get("needed", {}).get(language) or None,
            source=_source(one["source"]),
            dated=one["as_of"] or None,
        )
        for one in sponsorship_queries.stored(row)
    )


def _source(source: str) -> str | None:
    return _("the score") if source == "score" else source or None


def _candidates(row: Nomination, matches: list[Any]) -> tuple[paper.Candidate, ...]:
    chosen = row.proposed_sponsor_id
    order = sorted(matches, key=lambda pair: pair[0].row.id != chosen)
    policy, _number = sponsorship_queries.policy_in_force()
    lanes = ("strategic", "recovery")
    return tuple(
        paper.Candidate(
            name=one.name,
            title=one.user.title or None,
            points=match.points,
            accounts=one.load.accounts,
            places=sum(one.places(LaneKind(lane), policy) for lane in lanes),
            against=" ".join(o.message for o in match.objections if o.stops) or None,
            proposed=one.row.id == chosen,
        )
        for one, match in order[:CANDIDATES]
    )


def _factor(key: str) -> str:
    words = {
        "arr_percentile": _("Size by ARR"),
        "growth_potential": _("Growth potential"),
        "reference_customer": _("Reference customer"),
        "logo": _("Logo we show"),
        "regulator_exposed": _("Exposed to a regulator"),
        "renewal_near": _("Renewal is near"),
        "risk": _("Risk"),
    }
    return str(words.get(key, _("An executive who answers")))
