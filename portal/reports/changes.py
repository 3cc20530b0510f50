"""What changed between two issues: found from their facts, and said in the reader’s language."""

from collections.abc import Sequence

from markupsafe import Markup

from portal.reports.facts import (
    AccountBriefing,
    Change,
    ChangeKind,
    Changes,
    Deadline,
    EscalationBriefing,
    MoneyLine,
    PromiseLine,
    PromiseState,
    Risk,
)
from portal.reports.linter import CustomerBriefing
from portal.reports.masthead import severity, trend
from portal.reports.sections import money_kind, more, none
from portal.reports.sheet import Bullets, Rung, Section
from portal.reports.words import Words


def changed(
    facts: Changes | None, *, words: Words, rung: Rung, about_case: bool = False
) -> Section:
    """Give what changed since the issue this reader read last, or say that this is their first."""
    _ = words.gettext
    head = words.pgettext("paper", "Changed since you last read")
    if facts is None:
        first = _("This is your first issue about this customer.")
        if about_case:
            first = _("This is your first issue about this case.")
        return Section(head, (none(first),))
    when = words.joined((words.day(facts.read_at, weekday=True), words.time(facts.read_at)))
    note = _("No. %(n)s, %(when)s") % {"n": words.number(facts.since_number), "when": when}
    said = [text for text in (change(c, words=words, rung=rung) for c in facts.items) if text]
    if not said:
        return Section(head, (none(_("Nothing that this briefing follows has changed.")),), note)
    shown, left = rung.some(said, 5)
    return Section(head, (Bullets(tuple(shown)), *more(left, words=words)), note)


def change(facts: Change, *, words: Words, rung: Rung) -> Markup:
    """Say one change; a change without its subject or figures gives nothing to say."""
    _ = words.gettext
    what = words.pgettext("paper", "Changed since you last read")
    subject = rung.fit(facts.subject or "", 170, what=what)
    if facts.kind is ChangeKind.NOTE:
        return words.fill("%(subject)s", subject=subject)
    if facts.kind is ChangeKind.RISK:
        return _from_to(
            words.pgettext("paper", "Risk score"),
            None if facts.score_before is None else words.number(facts.score_before),
            None if facts.score_after is None else words.number(facts.score_after),
            words=words,
        )
    if facts.kind is ChangeKind.SEVERITY:
        graded = (facts.severity_before, facts.severity_after)
        ends = (severity(one, words=words) if one else None for one in graded)
        return _from_to(words.pgettext("paper", "Severity"), *ends, words=words)
    if facts.kind is ChangeKind.TREND:
        ends = (
            trend(one, words=words) if one else None
            for one in (facts.trend_before, facts.trend_after)
        )
        return _from_to(words.pgettext("paper", "Trend"), *ends, words=words)
    if facts.kind is ChangeKind.MONEY:
        name = subject or (
            money_kind(facts.money_kind, words=words)
            if facts.money_kind
            else words.pgettext("paper", "Amount")
        )
        before, after = (None if m is None else words.money(m) for m in (facts.before, facts.after))
        return _from_to(name, before, after, words=words)
    if facts.kind in (ChangeKind.DEADLINE, ChangeKind.RENEWAL):
        name = (
            words.pgettext("paper", "Deadline")
            if facts.kind is ChangeKind.DEADLINE
            else words.pgettext("paper", "Renewal")
        )
        before, after = (
            None if d is None else words.moment(d) for d in (facts.day_before, facts.day_after)
        )
        return _from_to(name, before, after, words=words)
    return _event(facts, subject=subject, words=words)


def _from_to(name: str, before: str | None, after: str | None, *, words: Words) -> Markup:
    _ = words.gettext
    bold = Markup("<b>%s</b>")
    if after is None:
        return (
            words.fill(
                _("%(name)s: no longer known, was %(before)s"), name=name, before=before or "–"
            )
            if before
            else Markup("")
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
    }[facts.kind]
    return words.fill(text, subject=subject)


def between(before: CustomerBriefing, after: CustomerBriefing) -> tuple[Change, ...]:
    """Find what changed from one issue's facts to another's, in the order in which it matters."""
    return (
        *_amounts(before.money, after.money),
        *_risk(before.strip.risk, after.strip.risk),
        *_standing(before, after),
        *_promises(before.promises.lines, after.promises.lines),
        *_owner(before.strip.owner, after.strip.owner),
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
        if was.get(key) != now.get(key)
    ]


def _risk(before: Risk | None, after: Risk | None) -> list[Change]:
    was, now = before.score if before else None, after.score if after else None
    if was == now:
        return []
    return [Change(kind=ChangeKind.RISK, score_before=was, score_after=now)]


def _promises(before: Sequence[PromiseLine], after: Sequence[PromiseLine]) -> list[Change]:
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
    ]


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
