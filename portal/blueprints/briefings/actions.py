"""Making an issue, noting who read it, revoking it."""

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from portal.blueprints.accounts import queries as account_queries
from portal.blueprints.accounts.models import Account
from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.escalations import actions as escalations
from portal.blueprints.escalations import queries as case_queries
from portal.blueprints.escalations.models import OPEN_STATES, Escalation
from portal.core import events, files, jobs
from portal.core.access import Actor, K
from portal.core.db import db, next_reference
from portal.core.errors import Refused
from portal.core.i18n import LANGUAGES, _
from portal.reports import linter, snapshot

from . import queries, rules
from .models import BriefedCase, Briefing, Kind, Reading, State

PAPERS = ("A4", "Letter")


def issue(
    facts: linter.Paper,
    *,
    kind: Kind,
    account_id: int | None,
    subject_ref: str,
    reader: Actor,
    locale: str,
    paper: str,
    klass: K,
    by: Actor,
    now: datetime,
    cases: Collection[str] = (),
) -> Briefing:
    """Freeze the facts as the next numbered issue for a reader and queue its typesetting; `cases`
    are those that the facts may tell of.

    The number counts the issues of this kind about this subject. An issue that the linter refuses
    is a draft.
    """
    if locale not in LANGUAGES or paper not in PAPERS:
        raise Refused(
            _("We print in English, French and Italian, on A4 or Letter."), field="locale"
        )
    zone = ZoneInfo(auth_queries.organisation().zone)
    reference, _register = next_reference("BRF", year=now.astimezone(zone).year)
    number = queries.last_number(kind, subject_ref) + 1
    header = replace(facts.issue, reference=reference, number=number, issued_at=now)
    text = snapshot.dumps(replace(facts, issue=header), kind=kind.value)
    found = linter.lint(replace(facts, issue=header))
    row = Briefing(
        reference=reference,
        kind=kind,
        account_id=account_id,
        subject_ref=subject_ref,
        issue=number,
        reader_id=reader.id,
        author_id=by.id,
        locale=locale,
        paper=paper,
        classification=rules.classification(klass),
        klass=int(klass),
        snapshot=json.loads(text),
        snapshot_digest=snapshot.digest(text),
        problems=sorted({problem.lack.value for problem in found}),
        taken_at=now,
    )
    db.session.add(row)
    db.session.flush()
    db.session.add(Reading(briefing_id=row.id, person_id=reader.id, sent_at=now))
    db.session.add_all(BriefedCase(briefing_id=row.id, case_ref=one) for one in sorted(cases))
    _note_made(row, by=by, now=now)
    jobs.enqueue("briefings.render", key=f"render:{reference}", payload={"reference": reference})
    return row


def _note_made(row: Briefing, *, by: Actor, now: datetime) -> None:
    events.record(
        "briefings.made",
        by=by,
        now=now,
        record=row.reference,
        account_id=row.account_id,
        klass=K(row.klass),
        data={
            "kind": row.kind.value,
            "issue": row.issue,
            "reader": row.reader_id,
            "digest": row.snapshot_digest,
        },
    )


def make(viewer: Actor, about: str, *, now: datetime, **given: Any) -> Briefing:
    """Make the next issue about a customer or a case, as its reference says; `NotFound` where the
    viewer may not see it.
    """
    reference = about.strip().upper()
    if reference.startswith("ESC-"):
        case = case_queries.get(viewer, reference, now=now)
        return make_escalation_briefing(case, now=now, **given)
    account = account_queries.get(
        viewer, reference, now=now, klass=account_queries.own_class(viewer)
    )
    return make_account_briefing(account, now=now, **given)


def make_account_briefing(
    account: Account,
    *,
    reader: Actor,
    locale: str,
    paper: str,
    verify_at: str,
    annex: bool = False,
    by: Actor,
    now: datetime,
) -> Briefing:
    """Make the next issue of the briefing on an account for a reader, by what the reader may see.

    Who may not see the account at all is refused: nobody gets a briefing on what they may not know.
    """
    if not queries.may_be_told(account, reader=reader, now=now):
        raise Refused(_("This person may not see this customer."), field="reader_id")
    found = queries.account_facts(
        account, reader=reader, locale=locale, verify_at=verify_at, annex=annex, now=now
    )
    return issue(
        found.facts,
        kind=Kind.ACCOUNT,
        account_id=account.id,
        subject_ref=account.reference,
        reader=reader,
        locale=locale,
        paper=paper,
        klass=found.klass,
        by=by,
        now=now,
        cases=found.cases,
    )


def make_escalation_briefing(
    case: Escalation,
    *,
    reader: Actor,
    locale: str,
    paper: str,
    verify_at: str,
    annex: bool = False,
    by: Actor,
    now: datetime,
) -> Briefing:
    """Make the next issue of the briefing on an open case for a reader, by what the reader may see.

    Who may not see the case is refused: one that is restricted is told to whom it names alone.
    """
    if not queries.may_be_told_of(case, reader=reader, now=now):
        raise Refused(_("This person may not see this case."), field="reader_id")
    if case.state not in OPEN_STATES:
        raise Refused(_("This case is not open: nothing is asked of anybody in it."), field="about")
    found = queries.escalation_facts(
        case, reader=reader, locale=locale, verify_at=verify_at, annex=annex, now=now
    )
    return issue(
        found.facts,
        kind=Kind.ESCALATION,
        account_id=case.account_id,
        subject_ref=case.reference,
        reader=reader,
        locale=locale,
        paper=paper,
        klass=found.klass,
        by=by,
        now=now,
        cases=found.cases,
    )


def keep_pdf(row: Briefing, pdf: bytes, *, pages: int, by: Actor, now: datetime) -> None:
    """Store the finished PDF; from now on it is the record."""
    stored = files.put(
        pdf,
        name=f"{row.reference}.pdf",
        media_type="application/pdf",
        klass=row.klass,
        now=now,
        account_id=row.account_id,
        record_ref=row.reference,
    )
    row.file_id, row.pdf_digest, row.pages, row.issued_at = stored.id, stored.digest, pages, now
    row.state = State.DRAFT if row.problems else State.ISSUED
    for case in queries.cases_briefed(row):
        escalations.note_briefed(case, by=by, now=now, reference=row.reference)
    events.record(
        "briefings.issued",
        by=by,
        now=now,
        record=row.reference,
        account_id=row.account_id,
        klass=K(row.klass),
        data={"state": row.state.value, "digest": stored.digest, "pages": pages},
    )


def give_up(row: Briefing, *, why: str, by: Actor, now: datetime) -> None:
    """Note that an issue could not be typeset, and why."""
    row.state, row.failed_because = State.FAILED, why[:60]
    events.record(
        "briefings.failed",
        by=by,
        now=now,
        record=row.reference,
        account_id=row.account_id,
        data={"why": why[:60]},
    )


def mark_read(row: Briefing, *, downloaded: bool, by: Actor, now: datetime) -> None:
    """Note that somebody opened the page or fetched the PDF; read is what the addressee does."""
    mine = sa.and_(Reading.briefing_id == row.id, Reading.person_id == by.id)
    values: dict[str, Any] = {"opened_at": sa.func.coalesce(Reading.opened_at, now)}
    if by.id == row.reader_id:
        values["read_at"] = sa.func.coalesce(Reading.read_at, now)
    if downloaded:
        values["downloads"] = Reading.downloads + 1
    db.session.execute(sa.update(Reading).where(mine).values(**values))
    events.record(
        "briefings.downloaded" if downloaded else "briefings.opened",
        by=by,
        now=now,
        record=row.reference,
        account_id=row.account_id,
        klass=K(row.klass),
        data={"reader": by.id == row.reader_id},
    )


def revoke(row: Briefing, *, reason: str, by: Actor, now: datetime) -> None:
    """Take an issue back: it stays on file, is marked on every page that names it, and opens
    no more.
    """
    if row.state is State.REVOKED:
        raise Refused(_("This issue was revoked already."))
    if not reason.strip():
        raise Refused(_("Please say why it is revoked."), field="reason")
    row.state, row.revoked_at, row.revoked_because = State.REVOKED, now, reason
    events.record(
        "briefings.revoked",
        by=by,
        now=now,
        record=row.reference,
        account_id=row.account_id,
        klass=K(row.klass),
        changes={"reason": (None, reason)},
    )
