"""What changed between two issues: found from their facts, and said in the reader’s language."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TypeVar

from markupsafe import Markup

from portal.core.money import Money
from portal.reports.facts import (
    AccountBriefing,
    Change,
    ChangeKind,
    Changes,
    CustomerPerson,
    Deadline,
    EscalationBriefing,
    MoneyKind,
    MoneyLine,
    PromiseLine,
    PromiseState,
    Risk,
)
from portal.reports.linter import CustomerBriefing
from portal.reports.masthead import sentiment, severity, trend
from portal.reports.sections import money_kind, more, none
from portal.reports.sheet import Block, Bullets, Column, Row, Rung, Section, Table
from portal.reports.words import Words

T = TypeVar("T")
FIGURES = frozenset(
    {
        ChangeKind.RISK,
        ChangeKind.SEVERITY,
        ChangeKind.TREND,
        ChangeKind.MONEY,
        ChangeKind.DEADLINE,
        ChangeKind.RENEWAL,
        ChangeKind.SENTIMENT,
    }
)
"""What has a before and an after, and stands in the table; the rest is told in words."""
NOISE = Decimal("0.05")
"""How far an estimate moves, as a share of what it was, without being news."""


IN_A_BOOK = 0
"""In place of the number of the issue that was read: it was told in a book."""


@dataclass(frozen=True, slots=True)
class Ends:
    """A figure that changed: its name, what it was and what it is, as text; None: not known."""

    name: str
    before: str | None
    after: str | None


def changed(
    facts: Changes | None, *, words: Words, rung: Rung, about_case: bool = False, most: int = 5
) -> Section:
    """Give what changed since the issue this reader read last, in words and a small table, or say
    that this is their first.
    """
    _ = words.gettext
    head = words.pgettext("paper", "Changed since you last read")
    if facts is None:
        first = _("This is your first issue about this customer.")
        if about_case:
            first = _("This is your first issue about this case.")
        return Section(head, (none(first),))
    when = words.joined((words.day(facts.read_at, weekday=True), words.time(facts.read_at)))
    note = _("No. %(n)s, %(when)s") % {"n": words.number(facts.since_number), "when": when}
    if facts.since_number == IN_A_BOOK:
        note = _("In a book, %(when)s") % {"when": when}
    told = [one for one in facts.items if change(one, words=words, rung=rung)]
    if not told:
        return Section(head, (none(_("Nothing that this briefing follows has changed.")),), note)
    shown, left = rung.some(told, most)
    said = [change(one, words=words, rung=rung) for one in shown if one.kind not in FIGURES]
    blocks: tuple[Block, ...] = (Bullets(tuple(said)),) if said else ()
    return Section(
        head, (*blocks, *_table(shown, words=words, rung=rung), *more(left, words=words)), note
    )


def _table(shown: Sequence[Change], *, words: Words, rung: Rung) -> tuple[Table, ...]:
    pgettext, bold = words.pgettext, Markup("<b>%s</b>")
    found = [ends(one, words=words, rung=rung) for one in shown if one.kind in FIGURES]
    rows = tuple(
        Row((one.name, one.before or "–", bold % one.after if one.after else "–"))
        for one in found
        if one
    )
    heads = (
        Column(pgettext("paper", "What"), 44),
        Column(pgettext("paper", "Before"), 28),
        Column(pgettext("paper", "Now"), 28, "l"),
    )
    return (Table(heads, rows),) if rows else ()


def change(facts: Change, *, words: Words, rung: Rung) -> Markup:
    """Say one change; a change without its subject or figures gives nothing to say."""
    if facts.kind in FIGURES:
        found = ends(facts, words=words, rung=rung)
        return _from_to(found, words=words) if found else Markup("")
    subject = _subject(facts, words=words, rung=rung)
    if facts.kind is ChangeKind.NOTE:
        return words.fill("%(subject)s", subject=subject)
    return _event(facts, subject=subject, words=words)


def _subject(facts: Change, *, words: Words, rung: Rung) -> str:
    what = words.pgettext("paper", "Changed since you last read")
    return rung.fit(facts.subject or "", 170, what=what)


def ends(facts: Change, *, words: Words, rung: Rung) -> Ends | None:
    """Give a changed figure with its two ends; None for what is told in words, and where neither
    end is known.
    """
    name, before, after = _named_ends(facts, words=words, rung=rung)
    return Ends(name, before, after) if before or after else None


def _named_ends(facts: Change, *, words: Words, rung: Rung) -> tuple[str, str | None, str | None]:
    pgettext = words.pgettext
    match facts.kind:
        case ChangeKind.RISK:
            scores = (facts.score_before, facts.score_after)
            return pgettext("paper", "Risk score"), *_both(scores, words.number)
        case ChangeKind.SEVERITY:
            graded = (facts.severity_before, facts.severity_after)
            return pgettext("paper", "Severity"), *_both(graded, partial(severity, words=words))
        case ChangeKind.TREND:
            trends = (facts.trend_before, facts.trend_after)
            return pgettext("paper", "Trend"), *_both(trends, partial(trend, words=words))
        case ChangeKind.MONEY:
            name = _subject(facts, words=words, rung=rung) or (
                money_kind(facts.money_kind, words=words)
                if facts.money_kind
                else pgettext("paper", "Amount")
            )
            return name, *_both((facts.before, facts.after), words.money)
        case ChangeKind.SENTIMENT if facts.subject:
            moods = (facts.sentiment_before, facts.sentiment_after)
            name = _subject(facts, words=words, rung=rung)
            return name, *_both(moods, partial(sentiment, words=words))
        case ChangeKind.DEADLINE | ChangeKind.RENEWAL:
            is_renewal = facts.kind is ChangeKind.RENEWAL
            name = pgettext("paper", "Renewal") if is_renewal else pgettext("paper", "Deadline")
            return name, *_both((facts.day_before, facts.day_after), words.moment)
    return "", None, None


def _both(
    values: tuple[T | None, T | None], say: Callable[[T], str]
) -> tuple[str | None, str | None]:
    before, after = (None if value is None else say(value) for value in values)
    return before, after


def _from_to(found: Ends, *, words: Words) -> Markup:
    _, bold = words.gettext, Markup("<b>%s</b>")
    name, before, after = found.name, found.before, found.after
    if after is None:
        return words.fill(
            _("%(name)s: no longer known, was %(before)s"), name=name, before=before or "–"
        )
    if before is None:
        return words.fill(_("%(name)s: new, %(after)s"), name=name, after=bold % after)
    return words.fill(
        _("%(name)s: %(after)s, was %(before)s"), name=name, after=bold % after, before=before
    )


def _event(facts: Change, *, subject: str, words: Words) -> Markup:
    _ = words.gettext
    if not subject:
        return Markup("")
    text = {
        ChangeKind.OWNER: _("New owner: %(subject)s"),
        ChangeKind.PROMISE_MADE: _("Promised: %(subject)s"),
        ChangeKind.PROMISE_KEPT: _("Promise kept: %(subject)s"),
        ChangeKind.PROMISE_BROKEN: _("Promise broken: %(subject)s"),
        ChangeKind.CASE_OPENED: _("Opened: %(subject)s"),
        ChangeKind.CASE_CLOSED: _("Closed: %(subject)s"),
        ChangeKind.ASKED: _("Newly asked: %(subject)s"),
        ChangeKind.SAID: _("The customer said: “%(subject)s”"),
        ChangeKind.PERSON_CAME: _("New at the customer’s: %(subject)s"),
        ChangeKind.PERSON_LEFT: _("No longer at the customer’s: %(subject)s"),
    }[facts.kind]
    return words.fill(text, subject=subject)


def between(
    before: CustomerBriefing, after: CustomerBriefing, *, kept: Collection[str] = ()
) -> tuple[Change, ...]:
    """Find what changed from one issue's facts to another's, in the order in which it matters;
    `kept` are the promises that were kept, for an issue lists those alone that were not.
    """
    return (
        *_amounts(before.money, after.money),
        *_risk(before.strip.risk, after.strip.risk),
        *_standing(before, after),
        *_promises(before.promises.lines, after.promises.lines, kept=kept),
        *_asked(before, after),
        *_said(before, after),
        *_owner(before.strip.owner, after.strip.owner),
        *_people(before, after),
        *_days(ChangeKind.DEADLINE, before.situation.deadline, after.situation.deadline),
        *_days(ChangeKind.RENEWAL, before.strip.renewal, after.strip.renewal),
        *_cases(before, after),
    )


def _amounts(before: Sequence[MoneyLine], after: Sequence[MoneyLine]) -> list[Change]:
    was = {(line.kind, line.text): line.amount for line in before}
    now = {(line.kind, line.text): line.amount for line in after}
    return [
        Change(
            kind=ChangeKind.MONEY,
            money_kind=key[0],
            subject=key[1],
            before=was.get(key),
            after=now.get(key),
        )
        for key in (*now, *(key for key in was if key not in now))
        if was.get(key) != now.get(key) and not _drifts(key[0], was.get(key), now.get(key))
    ]


def _drifts(kind: MoneyKind | None, before: Money | None, after: Money | None) -> bool:
    """Say whether an amount moved by itself, which is no news: less is left of a contract with each
    day, and an estimate never stands quite still.
    """
    if before is None or after is None or before.currency != after.currency:
        return False
    if kind is MoneyKind.CONTRACTED_REMAINING:
        return after.amount < before.amount
    moved = abs(after.amount - before.amount)
    return kind is MoneyKind.VALUE_IF_STAYS and moved <= NOISE * abs(before.amount)


def _risk(before: Risk | None, after: Risk | None) -> list[Change]:
    was, now = before.score if before else None, after.score if after else None
    if was == now:
        return []
    return [Change(kind=ChangeKind.RISK, score_before=was, score_after=now)]


def _promises(
    before: Sequence[PromiseLine], after: Sequence[PromiseLine], *, kept: Collection[str]
) -> list[Change]:
    was = {line.what: line.state for line in before}
    kinds = {
        PromiseState.KEPT: ChangeKind.PROMISE_KEPT,
        PromiseState.BROKEN: ChangeKind.PROMISE_BROKEN,
        PromiseState.OPEN: ChangeKind.PROMISE_MADE,
        PromiseState.RENEGOTIATED: ChangeKind.PROMISE_MADE,
    }
    return [
        Change(kind=kinds[line.state], subject=line.what)
        for line in sorted(after, key=lambda line: line.state is not PromiseState.BROKEN)
        if was.get(line.what) is not line.state
    ] + [
        Change(kind=ChangeKind.PROMISE_KEPT, subject=what)
        for what, state in was.items()
        if state is not PromiseState.KEPT and what in kept
    ]


def _asked(before: CustomerBriefing, after: CustomerBriefing) -> list[Change]:
    was, now = before.ask.question if before.ask else None, after.ask
    if now is None or now.question == was:
        return []
    return [Change(kind=ChangeKind.ASKED, subject=now.question)]


def _said(before: CustomerBriefing, after: CustomerBriefing) -> list[Change]:
    was = {quote.text for quote in before.quotes}
    new = [quote.text for quote in after.quotes if quote.text not in was]
    return [Change(kind=ChangeKind.SAID, subject=text) for text in new]


def _people(before: CustomerBriefing, after: CustomerBriefing) -> list[Change]:
    if not isinstance(before, AccountBriefing) or not isinstance(after, AccountBriefing):
        return []
    was = {one.name: one for one in before.people}
    now = {one.name: one for one in after.people}
    return [
        *(_person(ChangeKind.PERSON_CAME, now[name]) for name in now if name not in was),
        *(_person(ChangeKind.PERSON_LEFT, was[name]) for name in was if name not in now),
        *(
            Change(
                kind=ChangeKind.SENTIMENT,
                subject=name,
                sentiment_before=was[name].sentiment,
                sentiment_after=one.sentiment,
            )
            for name, one in now.items()
            if name in was and was[name].sentiment is not one.sentiment
        ),
    ]


def _person(kind: ChangeKind, one: CustomerPerson) -> Change:
    return Change(kind=kind, subject=", ".join(part for part in (one.name, one.title) if part))


def _owner(before: str | None, after: str | None) -> list[Change]:
    return [Change(kind=ChangeKind.OWNER, subject=after)] if after and after != before else []


def _days(kind: ChangeKind, before: Deadline | None, after: Deadline | None) -> list[Change]:
    return [] if before == after else [Change(kind=kind, day_before=before, day_after=after)]


def _standing(before: CustomerBriefing, after: CustomerBriefing) -> list[Change]:
    if not isinstance(before, EscalationBriefing) or not isinstance(after, EscalationBriefing):
        return []
    was, now, found = before.case, after.case, []
    if was.severity is not now.severity:
        found.append(
            Change(
                kind=ChangeKind.SEVERITY, severity_before=was.severity, severity_after=now.severity
            )
        )
    if was.trend is not now.trend:
        found.append(Change(kind=ChangeKind.TREND, trend_before=was.trend, trend_after=now.trend))
    return found


def _cases(before: CustomerBriefing, after: CustomerBriefing) -> list[Change]:
    if not isinstance(before, AccountBriefing) or not isinstance(after, AccountBriefing):
        return []
    was = {case.reference: case.what for case in before.cases}
    now = {case.reference: case.what for case in after.cases}
    opened = [
        Change(kind=ChangeKind.CASE_OPENED, subject=f"{reference}, {what}")
        for reference, what in now.items()
        if reference not in was
    ]
    return opened + [
        Change(kind=ChangeKind.CASE_CLOSED, subject=f"{reference}, {what}")
        for reference, what in was.items()
        if reference not in now
    ]
