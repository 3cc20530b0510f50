"""The small records that hang on a case, read in one statement, and the words for them."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from portal.blueprints.accounts.rules.codes import code_words
from portal.blueprints.auth.models import User
from portal.blueprints.notifications.models import Notification
from portal.blueprints.notifications.models import State as MailState
from portal.blueprints.policies.models import Decision
from portal.blueprints.policies.rules import FIELDS, fact_words
from portal.blueprints.policies.rules.words import team_words, word
from portal.core import access
from portal.core.access import Actor, K, Subject
from portal.core.db import db
from portal.core.i18n import _, again, for_each_language, get_locale, show_money, show_percent
from portal.core.money import Money

from ..models import (
    Escalation,
    ExitCriterion,
    FormalNotice,
    Hold,
    NoticeChannel,
    NoticeKind,
    Resolution,
    Severity,
    Transfer,
    Trigger,
)
from ..rules import words as rules_words
from .around import PRESENT_FOR, affected, authors, present, watching
from .finding import (
    LONG_TRACK,
    LONG_TRACK_ASKED,
    LOWERING_ASKED,
    RAISING_PROPOSED,
    SEVERITY_DECIDED,
    TRIGGER_DECIDED,
    TRIGGER_PROPOSED,
)
from .parts import CASE_ID, CASE_REF, TEXT, with_merged
from .parts import part as _part
from .playing import steps_part
from .working import working_parts


@dataclass(frozen=True)
class Beside:
    """A small record that hangs on a case: a criterion, a transfer, a hold, a notice, a mail."""

    part: str
    id: int
    a: str | None
    b: str | None
    c: str | None
    d: str | None
    e: str | None
    f: str | None
    at: datetime | None
    until: datetime | None
    who: str | None


@dataclass(frozen=True)
class Decided:
    """A decision on the case, with what was recommended and what was chosen."""

    id: int
    kind: str
    reason: str
    policy: str
    facts: dict[str, Any]
    recommended: dict[str, Any]
    chosen: dict[str, Any]
    at: datetime
    who: str | None


def of_part(beside: Iterable[Beside], part: str) -> list[Any]:
    """Give the records of one part."""
    return [one for one in beside if one.part == part]


@dataclass(frozen=True)
class Moved:
    """A case that changed hands or level, in the reader's words where the words are ours."""

    why: str
    summary: str
    before: str | None
    after: str | None
    levels: tuple[str, str] | None
    at: datetime | None
    who: str | None


def moved(one: Beside) -> Moved:
    """Read a transfer from its part of the union."""
    said = json.loads(one.f or "null") or {}
    why, summary = (
        again(said[name]) if name in said else text or ""
        for name, text in (("why", one.a), ("summary", one.b))
    )
    before, _to, after = (one.e or "").partition(">")
    levels = (before, after) if after else None
    return Moved(why, summary, one.c, one.d, levels, one.at, one.who)


def decided(one: Beside) -> Decided:
    """Read a decision from its part of the union."""
    facts, recommended, chosen = (json.loads(text or "{}") for text in (one.b, one.c, one.d))
    assert one.at is not None
    return Decided(
        id=one.id,
        kind=one.a or "",
        reason=_(one.e) if one.e else "",  # Our own words are kept in English.
        policy=one.f or "",
        facts=facts,
        recommended=recommended,
        chosen=chosen,
        at=one.at,
        who=one.who,
    )


def beside(row: Escalation, viewer: Actor, *, now: datetime) -> Iterable[Beside]:
    """Read everything small that hangs on a case in one statement."""
    given = {
        "case_id": row.id,
        "case_ref": row.reference,
        "now": now,
        "present_since": now - PRESENT_FOR,
    }
    db.session.flush()
    rows = db.session.connection().execute(_everything(viewer), given)
    return [Beside(*one) for one in rows]


@lru_cache(128)
def _everything(viewer: Actor) -> sa.Select[Any]:
    """Make the statement once for each reader: making it takes longer than sending it. What does
    not differ by reader is made once for all: a name for another row of a table takes 100 kB.
    """
    readable = tuple(
        int(k) for k in K if access.sees(viewer, Subject.ESCALATION, klass=k, related=True)
    )
    parts = (
        _criteria(),
        _transfers(),
        _decisions(readable),
        _holds(),
        _notices(),
        _mails(readable),
        *working_parts(),
        steps_part(),
        authors(viewer, readable),
        affected(viewer),
        present(viewer),
        watching(),
    )
    union = sa.union_all(*parts).subquery()
    return sa.select(union).order_by(union.c.part, union.c.id)


@cache
def _criteria() -> sa.Select[Any]:
    by = aliased(User, name="met_by")
    part = _part(
        "criteria",
        ExitCriterion.id,
        sa.cast(ExitCriterion.text, TEXT),
        at=ExitCriterion.met_at,
        until=ExitCriterion.customer_agreed_at,
        who=by.name,
    )
    return part.outerjoin(by, by.id == ExitCriterion.met_by_id).where(
        ExitCriterion.escalation_id == CASE_ID
    )


@cache
def _transfers() -> sa.Select[Any]:
    before, after, by = (aliased(User, name=n) for n in ("before", "after", "moved_by"))
    part = _part(
        "transfers",
        Transfer.id,
        Transfer.why,
        Transfer.summary,
        before.name,
        after.name,
        sa.cast(Transfer.from_level.concat(">").concat(Transfer.to_level), TEXT),
        sa.cast(Transfer.said, TEXT),
        at=Transfer.at,
        until=sa.null(),
        who=by.name,
    )
    return (
        part.outerjoin(before, before.id == Transfer.from_id)
        .outerjoin(after, after.id == Transfer.to_id)
        .outerjoin(by, by.id == Transfer.by_id)
        .where(Transfer.escalation_id == CASE_ID)
    )


@cache
def _decisions(readable: tuple[int, ...]) -> sa.Select[Any]:
    by = aliased(User, name="decider")
    documents = [
        sa.cast(document, TEXT)
        for document in (Decision.facts, Decision.recommendation, Decision.chosen)
    ]
    policy = sa.cast(Decision.policy_kind, TEXT) + " " + sa.cast(Decision.policy_number, TEXT)
    part = _part(
        "decision",
        Decision.id,
        Decision.kind,
        *documents,
        Decision.reason,
        policy,
        at=Decision.decided_at,
        until=sa.null(),
        who=by.name,
    )
    return part.outerjoin(by, by.id == Decision.person_id).where(
        Decision.record_ref == CASE_REF, Decision.klass.in_(readable)
    )


@cache
def _holds() -> sa.Select[Any]:
    part = _part(
        "holds", Hold.id, Hold.room, Hold.record_ref, at=Hold.since, until=sa.null(), who=sa.null()
    )
    return part.where(Hold.escalation_id == CASE_ID, Hold.released_at.is_(None))


@cache
def _notices() -> sa.Select[Any]:
    part = _part(
        "notices",
        FormalNotice.id,
        sa.cast(FormalNotice.kind, TEXT),
        sa.cast(FormalNotice.channel, TEXT),
        FormalNotice.sender,
        sa.cast(FormalNotice.legal_deadline, TEXT),
        at=FormalNotice.received_at,
        until=sa.null(),
        who=sa.null(),
    )
    return part.where(FormalNotice.escalation_id.in_(with_merged(CASE_ID)))


@cache
def _mails(readable: tuple[int, ...]) -> sa.Select[Any]:
    """Read the messages to the customer that have not left yet."""
    part = _part(
        "mails",
        Notification.id,
        sa.cast(Notification.context, TEXT),
        Notification.address,
        at=Notification.send_at,
        until=sa.null(),
        who=sa.null(),
    )
    return part.where(
        Notification.record_ref == CASE_REF,
        Notification.contact_id.is_not(None),
        Notification.state == MailState.WAITING,
        sa.true() if int(K.CONFIDENTIAL) in readable else sa.false(),
    )


def notice_words(one: Beside) -> tuple[str, str]:
    """Name a formal notice and how it came."""
    return rules_words.notice_words(NoticeKind(one.a or "")), rules_words.notice_channel_words(
        NoticeChannel(one.b or "")
    )


def legal_day(one: Beside) -> date | None:
    """Give the legal deadline of a formal notice, None while legal has set none."""
    return date.fromisoformat(one.d) if one.d else None


def decision_words(one: Decided) -> tuple[str, str, str]:
    """Say what was decided: its name, what was chosen, and what was recommended where that
    differs.
    """
    names: dict[str, str] = {
        SEVERITY_DECIDED: _("Severity"),
        LOWERING_ASKED: _("Lower severity asked for"),
        LONG_TRACK_ASKED: _("Long track asked for"),
        LONG_TRACK: _("Long track"),
        RAISING_PROPOSED: _("Higher severity proposed"),
        TRIGGER_PROPOSED: _("Graver trigger proposed"),
        TRIGGER_DECIDED: _("Trigger"),
        "escalations.route": _("Route"),
        "escalations.closure": _("Closing"),
    }
    chosen, recommended = _choice(one, one.chosen), _choice(one, one.recommended)
    differs = one.chosen != one.recommended and one.kind != LOWERING_ASKED
    return names.get(one.kind, one.kind), chosen, recommended if differs else ""


def _choice(one: Decided, given: dict[str, Any]) -> str:
    """Put a choice into words."""
    if one.kind == "escalations.route":
        team = team_words(given.get("team_name") or "")
        return ", ".join(name for name in (given.get("owner_name"), team) if name)
    parts = []
    if "long_track" in given:
        parts.append(_("on the long track") if given["long_track"] else _("not on the long track"))
    if given.get("trigger"):
        parts.append(rules_words.trigger_words(Trigger(given["trigger"])))
    if given.get("severity"):
        parts.append(rules_words.severity_words(Severity(given["severity"])))
    if given.get("resolution"):
        parts.append(rules_words.resolution_words(Resolution(given["resolution"])))
    return ", ".join(parts)


def fact_rows(one: Decided, currency: str) -> list[tuple[str, str]]:
    """Give the facts of a decision as a page lists them, those that were known; amounts are in the
    reporting `currency`.
    """
    rows = []
    for key, value in one.facts.items():
        if value in (None, "", []) or key in ("second", "promise", "marks"):
            continue
        rows.append((_fact_name(key), _fact_value(key, value, currency)))
    return rows


def _fact_value(key: str, value: Any, currency: str) -> str:
    """Put the value of a fact into the reader's words and numbers."""
    if isinstance(value, list):
        shown = (_fact_value(key, one, currency) for one in value)
        return (" " if key in ("reasons", "quotes") else ", ").join(shown)
    if isinstance(value, dict):
        return again(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if not isinstance(value, str):
        return str(value)
    match key:
        case "arr":
            return show_money(Money(Decimal(value), currency))
        case "arr_share":
            return show_percent(Decimal(value), 1)
        case "language":
            return str(get_locale().languages.get(value, value))
        case "country":
            return str(get_locale().territories.get(value, value))
        case "region" | "segment" | "industry":
            return code_words(value)
        case "rule":
            return _(value)
        case _:
            return word(value)


def _fact_name(key: str) -> str:
    """Name a fact that a decision rested on."""
    return _fact_names().get(key) or (fact_words(key) if key in FIELDS else key)


@for_each_language
def _fact_names() -> dict[str, str]:
    return {
        "reasons": _("reasons"),
        "phrases": _("phrases found"),
        "quotes": _("what they wrote"),
        "rule": _("rule"),
        "position": _("place of the rule"),
        "template": _("message proposed"),
        "before": _("before"),
        "criteria": _("exit criteria"),
        "days": _("days open"),
        "review": _("looked at again on"),
    }
