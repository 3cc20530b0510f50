"""Bringing in post-mortems that were written elsewhere: a file as a whole, or not at all."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.core import events
from portal.core.access import Actor, K
from portal.core.db import db, next_reference
from portal.core.i18n import _

from .. import queries, rules
from ..models import ImportedPostmortem


@dataclass
class Outcome:
    """What an import did, or would do: how many were new, changed, and there already; what is
    wrong.
    """

    created: int = 0
    updated: int = 0
    skipped: int = 0
    errors: list[rules.Problem] = field(default_factory=list)


def import_file(
    content: bytes, *, name: str, most_bytes: int, dry_run: bool = False, by: Actor, now: datetime
) -> Outcome:
    """Bring a file of post-mortems in: every record is checked before the first one is written, and
    where one is wrong none is. A record that came before is changed where it says something else.
    """
    if len(content) > most_bytes:
        reason = _("The file is larger than %(n)s bytes.", n=most_bytes)
        return Outcome(errors=[rules.Problem(1, "", "", str(reason))])
    records, twice, errors = _checked(rules.raw_records(content, name=name))
    places, wrong = _places(records)
    errors = sorted([*errors, *wrong], key=lambda one: one.line)
    if errors:
        return Outcome(errors=errors)
    known = queries.by_keys(record.key for record in records)
    outcome = Outcome(skipped=twice)
    for record in records:
        row = known.get(record.key)
        if row is not None and row.digest == record.digest:
            outcome.skipped += 1
            continue
        outcome.created += row is None
        outcome.updated += row is not None
        if not dry_run:
            account_id = places.get(record.line)
            _put(row, record, account_id=account_id, source=name, now=now)
    if not dry_run:
        _note(outcome, content, by=by, now=now)
    return outcome


def _checked(found: Any) -> tuple[list[rules.Imported], int, list[rules.Problem]]:
    """Read what a file holds, with how many records stand in it again, and what is wrong."""
    records: dict[str, rules.Imported] = {}
    errors: list[rules.Problem] = []
    twice = 0
    for raw in found:
        if isinstance(raw, rules.Problem):
            errors.append(raw)
            continue
        record, wrong = rules.imported(raw)
        errors += wrong
        if record is None:
            continue
        first = records.setdefault(record.key, record)
        twice += first is not record
        if first.digest != record.digest:
            reason = _("Line %(n)s says something else under the same key.", n=first.line)
            errors.append(rules.Problem(record.line, "uuid", record.key, str(reason)))
    return list(records.values()), twice, errors


def _places(
    records: Sequence[rules.Imported],
) -> tuple[dict[int, int], list[rules.Problem]]:
    """Give the account of each record that names one, by line; who names what we do not know, or a
    case of another customer, is said.
    """
    accounts = queries.accounts_called(record.account for record in records)
    cases = queries.cases_called(record.case for record in records)
    found: dict[int, int] = {}
    errors = []
    for record in records:
        account = accounts.get(record.account.upper())
        if record.account and account is None:
            reason = str(_("There is no such account."))
            errors.append(rules.Problem(record.line, "account", record.account, reason))
        if record.case and record.case not in cases:
            reason = str(_("There is no such case."))
            errors.append(rules.Problem(record.line, "case", record.case, reason))
        owner = cases.get(record.case, account)
        if account is not None and owner != account:
            reason = str(_("This case is another customer’s."))
            errors.append(rules.Problem(record.line, "case", record.case, reason))
        if owner is not None:
            found[record.line] = owner
    return found, errors


def _put(
    row: ImportedPostmortem | None,
    record: rules.Imported,
    *,
    account_id: int | None,
    source: str,
    now: datetime,
) -> None:
    if row is None:
        year = rules.local_day(now, zone=queries.house().zone).year
        reference, register = next_reference("PM", year=year)
        row = ImportedPostmortem(
            reference=reference,
            register_year=year,
            register_number=register,
            key=record.key,
            created_at=now,
        )
        db.session.add(row)
    for name, value in _columns(record, now=now).items():
        setattr(row, name, value)
    row.account_id, row.case_ref = account_id, record.case or None
    row.source, row.updated_at = source[-200:], now


def _columns(record: rules.Imported, *, now: datetime) -> dict[str, Any]:
    names = ("digest", "title", "title_derived", "company", "product", "url", "archive_url")
    found: dict[str, Any] = {name: getattr(record, name) for name in (*names, "summary", "body")}
    found["categories"], found["keywords"] = list(record.categories), list(record.keywords)
    found["more"] = dict(record.more)
    for name in ("started", "ended", "published"):
        moment = getattr(record, name)
        found[f"{name}_on"] = moment.on if moment else None
        found[f"{name}_at"] = moment.at if moment else None
    known = found["started_on"] or found["published_on"] or found["ended_on"]
    found["sort_on"] = known or rules.local_day(now, zone=queries.house().zone)
    said = (record.title, record.company, record.product, *record.categories, *record.keywords)
    text = " ".join((*said, record.summary, record.body))
    found["words_key"] = queries.folded(text)[: queries.LONGEST_KEY]
    return found


def _note(outcome: Outcome, content: bytes, *, by: Actor, now: datetime) -> None:
    """Record an import as one event: which file, how many, who."""
    events.record(
        "postmortems.imported",
        by=by,
        now=now,
        klass=K.INTERNAL,
        data={
            "file": hashlib.sha256(content).hexdigest(),
            "created": outcome.created,
            "updated": outcome.updated,
            "skipped": outcome.skipped,
        },
    )
