"""Making issues: of every kind, for one reader, from facts frozen at a moment."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.concessions import queries as concession_queries
from portal.blueprints.concessions.models import Concession
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import OPEN_STATES, Escalation
from portal.blueprints.postmortems import queries as postmortem_queries
from portal.blueprints.postmortems.models import Postmortem
from portal.blueprints.sponsorship import queries as sponsorship_queries
from portal.blueprints.sponsorship.models import Nomination, Sponsorship
from portal.core import jobs, veiling
from portal.core.access import Actor, Role, permissions_of
from portal.core.db import db, next_reference
from portal.core.errors import Refused
from portal.core.i18n import LANGUAGES, _
from portal.reports import linter, snapshot

from .. import queries, rules
from ..models import BriefedCase, Briefing, Kind, Reading
from ..rules import CUSTOMER, Edition
from .recording import log

PAPERS = ("A4", "Letter")


class Unchanged(Refused):
    """An issue that would say nothing its reader was not told."""


class About(NamedTuple):
    """What an issue is about: its kind, the public reference, and the customer, if it is one's."""

    kind: Kind
    reference: str
    account_id: int | None


def issue(
    found: queries.Collected[Any],
    about: About,
    *,
    reader: Actor,
    edition: Edition,
    by: Actor,
    now: datetime,
) -> Briefing:
    """Freeze facts as the next numbered issue for a reader and queue its typesetting.

    The number counts the issues of this kind about this subject. An issue that the linter refuses
    is a draft; one that is asked for as final is refused then, with what it lacks; one that is
    asked for as news (`Unchanged`) where nothing has changed since the reader's last.
    """
    if edition.locale not in LANGUAGES or edition.paper not in PAPERS:
        raise Refused(
            _("We print in English, French and Italian, on A4 or Letter."), field="locale"
        )
    found = _as_read(found, about, reader=reader, now=now)
    lacking = linter.lint(found.facts)
    if edition.final and lacking:
        what = ", ".join(rules.lacks(sorted({one.lack.value for one in lacking})))
        raise Refused(_("It cannot be final yet; missing: %(what)s.", what=what), field="final")
    if edition.expires_at is not None and edition.expires_at <= now:
        raise Refused(_("This day is over: it would have expired already."), field="expires_on")
    if edition.news and not queries.is_news(found, about.kind, about.reference, reader, now=now):
        raise Unchanged(_("Nothing has changed since the last issue."), field="about")
    zone = ZoneInfo(auth_queries.organisation().zone)
    reference, _register = next_reference("BRF", year=now.astimezone(zone).year)
    number = queries.last_number(about.kind, about.reference) + 1
    header = replace(found.facts.issue, reference=reference, number=number, issued_at=now)
    text = snapshot.dumps(replace(found.facts, issue=header), kind=about.kind.value)
    lacking = linter.lint(replace(found.facts, issue=header))
    row = Briefing(
        reference=reference,
        kind=about.kind,
        account_id=about.account_id,
        subject_ref=about.reference,
        issue=number,
        audience=edition.audience_of(reader),
        reader_id=reader.id,
        author_id=by.id,
        locale=edition.locale,
        paper=edition.paper,
        classification=header.classification.value,
        klass=int(found.klass),
        snapshot=json.loads(text),
        snapshot_digest=snapshot.digest(text),
        problems=sorted({problem.lack.value for problem in lacking}),
        taken_at=now,
        expires_at=edition.expires_at,
    )
    db.session.add(row)
    db.session.flush()
    db.session.add(Reading(briefing_id=row.id, person_id=reader.id))
    db.session.add_all(BriefedCase(briefing_id=row.id, case_ref=one) for one in sorted(found.cases))
    _note_made(row, by=by, now=now)
    jobs.enqueue("briefings.render", key=f"render:{reference}", payload={"reference": reference})
    return row


def _as_read(
    found: queries.Collected[Any], about: About, *, reader: Actor, now: datetime
) -> queries.Collected[Any]:
    """Give the facts without the numbers of cases that people wrote in them and that do not open
    for their reader.
    """
    kind = about.kind.value
    text = snapshot.dumps(found.facts, kind=kind)
    said = veiling.as_read_by(reader, text, now=now, but={about.reference})
    if said == text:
        return found
    return replace(found, facts=snapshot.loads(said, kind=kind, shape=type(found.facts)))


def _note_made(row: Briefing, *, by: Actor, now: datetime) -> None:
    log(
        row,
        "briefings.made",
        by=by,
        now=now,
        data={
            "kind": row.kind.value,
            "issue": row.issue,
            "reader": row.reader_id,
            "digest": row.snapshot_digest,
            **({"expires": row.expires_at.isoformat()} if row.expires_at else {}),
        },
    )


def make(
    viewer: Actor,
    about: str,
    *,
    reader: Actor,
    edition: Edition,
    by: Actor,
    now: datetime,
) -> Briefing:
    """Make the next issue about what a reference names (a customer, a case, a compensation, a
    sponsorship, a nomination, a post-mortem, or a portfolio), for a reader and by what they may
    see; `NotFound` where the viewer may not see it.
    """
    found = _subject(viewer, about.strip(), now=now)
    given: dict[str, Any] = {
        "reader": edition_of(reader, edition, kind=rules.kind_of(about.strip())),
        "edition": edition,
    }
    return found.make(found.row, by=by, now=now, **given)


def edition_of(reader: Actor, edition: Edition, *, kind: str) -> Actor:
    """Give a reader as the audience whose edition is asked for: with that role alone, which must be
    one of theirs.
    """
    if edition.audience == "":
        return reader
    if edition.audience == CUSTOMER:
        if kind != "postmortem":
            raise Refused(
                _("Only a post-mortem has an edition for the customer."), field="audience"
            )
        return reader
    roles = frozenset({Role(edition.audience)})
    if not roles <= reader.roles:
        raise Refused(_("This person does not have the role of that edition."), field="audience")
    return replace(reader, roles=roles, permissions=permissions_of(roles))


class _Subject(NamedTuple):
    row: Any
    make: Callable[..., Briefing]


def _subject(viewer: Actor, about: str, *, now: datetime) -> _Subject:
    """Find what a reference names, as far as the viewer may see it."""
    reference = about.upper()
    match reference.partition("-")[0]:
        case "ESC":
            return _Subject(case_queries.get(viewer, reference, now=now), make_escalation_briefing)
        case "CON":
            return _Subject(concession_queries.get(viewer, reference, now=now), make_memo)
        case "SPO":
            row = sponsorship_queries.get_sponsorship(viewer, reference, now=now)
            return _Subject(row, make_sponsor_brief)
        case "NOM":
            nomination = sponsorship_queries.get_nomination(viewer, reference, now=now)
            return _Subject(nomination, make_dossier)
        case "PM":
            return _Subject(postmortem_queries.get(viewer, reference, now=now), make_report)
        case "ACC":
            klass = account_queries.own_class(viewer)
            account = account_queries.get(viewer, reference, now=now, klass=klass)
            return _Subject(account, make_account_briefing)
    return _Subject(queries.portfolio_named(viewer, about, now=now), make_portfolio)


def make_account_briefing(
    account: Account, *, reader: Actor, edition: Edition, by: Actor, now: datetime
) -> Briefing:
    """Make the next issue of the briefing on an account for a reader, by what the reader may see.

    Who may not see the account at all is refused: nobody gets a briefing on what they may not know.
    """
    if not queries.sees(reader, account.reference, now=now):
        raise Refused(_("This person may not see this customer."), field="reader_id")
    found = queries.account_facts(account, reader=reader, edition=edition, now=now)
    about = About(Kind.ACCOUNT, account.reference, account.id)
    return issue(found, about, reader=reader, edition=edition, by=by, now=now)


def make_escalation_briefing(
    case: Escalation, *, reader: Actor, edition: Edition, by: Actor, now: datetime
) -> Briefing:
    """Make the next issue of the briefing on an open case for a reader, by what the reader may see.

    Who may not see the case is refused: one that is restricted is told to whom it names alone.
    """
    if not queries.sees(reader, case.reference, now=now):
        raise Refused(_("This person may not see this case."), field="reader_id")
    if case.state not in OPEN_STATES:
        raise Refused(_("This case is not open: nothing is asked of anybody in it."), field="about")
    found = queries.escalation_facts(case, reader=reader, edition=edition, now=now)
    about = About(Kind.ESCALATION, case.reference, case.account_id)
    return issue(found, about, reader=reader, edition=edition, by=by, now=now)


def make_delta(
    case: Escalation, *, reader: Actor, edition: Edition, by: Actor, now: datetime
) -> Briefing:
    """Make half a page of what changed in a case since its reader read of it last."""
    if not queries.sees(reader, case.reference, now=now):
        raise Refused(_("This person may not see this case."), field="reader_id")
    found = queries.delta_facts(case, reader=reader, edition=edition, now=now)
    about = About(Kind.DELTA, case.reference, case.account_id)
    return issue(found, about, reader=reader, edition=edition, by=by, now=now)


def make_memo(
    row: Concession, *, reader: Actor, edition: Edition, by: Actor, now: datetime
) -> Briefing:
    """Make the next issue of the memo on a compensation for somebody who signs or reads it."""
    if not queries.sees(reader, row.reference, now=now):
        raise Refused(_("This person may not see this compensation."), field="reader_id")
    found = queries.memo_facts(row, reader=reader, edition=edition, now=now)
    about = About(Kind.COMPENSATION, row.reference, row.account_id)
    return issue(found, about, reader=reader, edition=edition, by=by, now=now)


def make_sponsor_brief(
    row: Sponsorship, *, reader: Actor, edition: Edition, by: Actor, now: datetime
) -> Briefing:
    """Make the next issue of the brief for a sponsor before a touchpoint."""
    if not queries.sees(reader, row.reference, now=now):
        raise Refused(_("This person may not see this sponsorship."), field="reader_id")
    found = queries.sponsor_facts(row, reader=reader, edition=edition, now=now)
    about = About(Kind.SPONSOR, row.reference, row.account_id)
    return issue(found, about, reader=reader, edition=edition, by=by, now=now)


def make_dossier(
    row: Nomination, *, reader: Actor, edition: Edition, by: Actor, now: datetime
) -> Briefing:
    """Make the next issue of the dossier on a nomination for one of the panel."""
    if not queries.sees(reader, row.reference, now=now):
        raise Refused(_("This person may not see this nomination."), field="reader_id")
    found = queries.nomination_facts(row, reader=reader, edition=edition, now=now)
    about = About(Kind.NOMINATION, row.reference, row.account_id)
    return issue(found, about, reader=reader, edition=edition, by=by, now=now)


def make_report(
    row: Postmortem, *, reader: Actor, edition: Edition, by: Actor, now: datetime
) -> Briefing:
    """Make the next issue of the report on a post-mortem, for our people or for the customer."""
    if not queries.sees(reader, row.reference, now=now):
        raise Refused(_("This person may not read this post-mortem."), field="reader_id")
    found = queries.postmortem_facts(row, reader=reader, edition=edition, now=now)
    about = About(Kind.POSTMORTEM, row.reference, row.account_id)
    return issue(found, about, reader=reader, edition=edition, by=by, now=now)


def make_portfolio(
    subject: str, *, reader: Actor, edition: Edition, by: Actor, now: datetime
) -> Briefing:
    """Make the next issue of the report on a portfolio: ALL, MINE (the reader's own) or a
    region.
    """
    found = queries.portfolio_facts(subject, reader=reader, edition=edition, now=now)
    about = About(Kind.PORTFOLIO_RISK, subject, None)
    return issue(found, about, reader=reader, edition=edition, by=by, now=now)
