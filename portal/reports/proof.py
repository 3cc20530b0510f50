"""Page two of an account briefing: the proof, each part with its inputs, or the honest word that
it is not known.
"""

from collections.abc import Sequence
from datetime import datetime

from markupsafe import Markup

from portal.core.money import Money
from portal.reports import paper, sections
from portal.reports.facts import (
    AccountBriefing,
    Answer,
    Case,
    Compensation,
    ContactRole,
    CustomerPerson,
    LaneKind,
    Risk,
    Source,
    Sponsorship,
    SponsorshipState,
    Value,
)
from portal.reports.masthead import sentiment
from portal.reports.sheet import Block, Column, Paragraph, Row, Rung, Section, Table
from portal.reports.words import Words, clip


def risk(facts: Risk | None, *, words: Words, rung: Rung) -> tuple[Section, ...]:
    """Give each factor's contribution to the score; no section where nothing explains a score."""
    if facts is None or not facts.factors:
        return ()
    _ = words.gettext
    pgettext = words.pgettext
    ordered = sorted(facts.factors, key=lambda f: -f.points)
    shown, left = rung.some(ordered, 8)
    rows = [
        Row(
            (
                clip(f.name, rung.room(70)),
                words.number(f.points),
                words.joined(
                    (
                        rung.fit(f.because, 90, what=clip(f.name, 40)) if f.because else None,
                        clip(f.source, rung.room(50)) if f.source else None,
                        words.day(f.dated) if f.dated else None,
                    )
                ),
            )
        )
        for f in shown
    ]
    head = _("Why the risk is %(score)s") % {"score": words.number(facts.score)}
    judged = ""
    if facts.owner_score is not None:
        judged = _("the owner judges %(score)s") % {"score": words.number(facts.owner_score)}
        if facts.owner_reason:
            judged += f": {rung.fit(facts.owner_reason, 100, what=head)}"
    rows.append(Row((pgettext("paper", "Total"), words.number(facts.score), judged), "sum"))
    columns = (
        Column(pgettext("paper", "Factor"), 36),
        Column(pgettext("paper", "Points"), 10, "n"),
        Column(pgettext("paper", "What moves it, source"), 54, "l s"),
    )
    note = words.joined(
        (
            clip(facts.policy, 60) if facts.policy else None,
            words.day(facts.dated) if facts.dated else None,
        )
    )
    return (Section(head, (Table(columns, tuple(rows)), *sections.more(left, words=words)), note),)


def value(facts: Value | None, *, words: Words, rung: Rung) -> Section:
    """Give what the customer is worth with every input; what is not known says so."""
    _ = words.gettext
    head = words.pgettext("paper", "What they are worth")
    if facts is None:
        return Section(
            head,
            (
                sections.none(
                    _("Customer value has not been computed: no revenue or contract is recorded.")
                ),
            ),
        )
    pgettext = words.pgettext
    lines: tuple[tuple[str, Money | None, str], ...] = (
        (
            words.pgettext("paper", "Revenue to date"),
            facts.revenue_to_date,
            clip(facts.basis, 40) if facts.basis else "",
        ),
        (
            words.pgettext("paper", "Revenue, last 12 months"),
            facts.last_12_months,
            clip(facts.basis, 40) if facts.basis else "",
        ),
        (_("Contracted remaining, firm"), facts.contracted_firm, _("cannot be ended early")),
        *_loose(facts.contracted_may_leave, words=words),
        (
            words.pgettext("paper", "Expected lifetime value"),
            facts.clv_base,
            _clv_inputs(facts, words=words),
        ),
    )
    columns = (
        Column(pgettext("paper", "What"), 38),
        Column(pgettext("paper", "Amount"), 20, "n"),
        Column(pgettext("paper", "How it is counted"), 42, "l s"),
    )
    table = Table(
        columns,
        tuple(
            Row((name, sections.amount(m, words=words, cents=False), how)) for name, m, how in lines
        ),
    )
    note = words.joined(
        (
            _rank(facts, words=words),
            words.day(facts.dated) if facts.dated else words.pgettext("paper", "date not known"),
        )
    )
    how = facts.retention_source
    small = (Paragraph(words.ended(clip(how, rung.room(200))), "src"),) if how else ()
    return Section(head, (table, *small), note)


def _loose(may_leave: Money | None, *, words: Words) -> tuple[tuple[str, Money | None, str], ...]:
    # Nothing that could be ended early is nothing to explain.
    if may_leave is not None and not may_leave.amount:
        return ()
    _ = words.gettext
    name = _("Contracted remaining, may leave early")
    return ((name, may_leave, _("can be ended by an exit clause")),)


def compensation(facts: Compensation | None, *, words: Words) -> Section:
    """Give what was given so far, each ground apart, never added up."""
    _ = words.gettext
    head = words.pgettext("paper", "Compensation to date")
    if facts is None:
        return Section(
            head, (sections.none(words.pgettext("paper", "No compensation is recorded.")),)
        )
    grounds = (
        (words.pgettext("paper", "owed under the contract"), facts.owed),
        (words.pgettext("paper", "direct loss"), facts.direct_loss),
        (words.pgettext("paper", "inconvenience"), facts.effort),
        (words.pgettext("paper", "goodwill"), facts.goodwill),
    )
    note = _("since %(day)s") % {"day": words.day(facts.since)} if facts.since else ""
    given = [(name, m) for name, m in grounds if m is None or m.amount]
    if not given:
        return Section(head, (sections.none(_("None was given.")),), note)
    said = words.listed([f"{name} {sections.amount(m, words=words)}" for name, m in given])
    return Section(head, (Paragraph(f"{said[:1].upper()}{said[1:]}."),), note)


def sponsorship(facts: Sponsorship | None, *, words: Words, rung: Rung) -> Section:
    """Give the sponsor and the last and next touch."""
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Executive sponsor")
    if facts is None:
        return Section(head, (sections.none(_("No sponsor, and none nominated.")),))
    lane = {
        LaneKind.STRATEGIC: words.pgettext("paper", "Strategic programme"),
        LaneKind.RECOVERY: words.pgettext("paper", "Recovery programme"),
    }[facts.lane]
    state = {
        SponsorshipState.ACTIVE: pgettext("sponsorship", "active"),
        SponsorshipState.ENDED: pgettext("sponsorship", "ended"),
    }
    if facts.state is SponsorshipState.NOMINATED:
        said = _("%(lane)s: nominated, not decided yet.") % {"lane": lane}
        if facts.sponsor:
            said = f"{said.rstrip('.')} ({clip(facts.sponsor, rung.room(70))})."
        said = said[:1].upper() + said[1:]
        return Section(head, (Paragraph(said),))
    who = clip(facts.sponsor, rung.room(70)) if facts.sponsor else _("Sponsor not named")
    parts = [f"{who} ({lane}, {state[facts.state]})"]
    if facts.until:
        parts.append(_("until %(day)s") % {"day": words.day(facts.until)})
    touch = (
        _("last touch %(day)s") % {"day": words.day(facts.last_touch)}
        if facts.last_touch
        else _("no touch recorded")
    )
    ahead = (
        _("next %(day)s") % {"day": words.day(facts.next_touch)}
        if facts.next_touch
        else _("next one not planned")
    )
    return Section(head, (Paragraph(words.listed([", ".join(parts), f"{touch}, {ahead}."])),))


def people(who: Sequence[CustomerPerson], *, words: Words, rung: Rung) -> Section:
    """Give who counts at the customer's, where they stand and what they need to hear."""
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Who counts there")
    if not who:
        return Section(head, (sections.none(_("Nobody at the customer’s is recorded.")),))
    shown, left = rung.some(who, 6)
    # Where nobody's need is recorded, a column of "not recorded" would say it once too often.
    needs = any(person.must_hear for person in shown)
    columns = (
        Column(pgettext("paper", "Person"), 37 if needs else 70),
        Column(pgettext("paper", "Stands"), 16 if needs else 30),
        Column(pgettext("paper", "Must hear from us"), 47, "l"),
    )[: 3 if needs else 2]
    rows = tuple(Row(person(p, words=words, rung=rung)[: len(columns)]) for p in shown)
    return Section(head, (Table(columns, rows), *sections.more(left, words=words)))


def cases(open_cases: Sequence[Case], *, words: Words, rung: Rung) -> Section:
    """Give the open cases: worst first as they come, with who has them and when they move next."""
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Open now")
    if not open_cases:
        return Section(head, (sections.none(words.pgettext("paper", "No case is open.")),))
    shown, left = rung.some(open_cases, 6)
    columns = (
        Column(pgettext("paper", "Case"), 22),
        Column(pgettext("paper", "What"), 42),
        Column(pgettext("paper", "Who and when"), 36, "l"),
    )
    rows = tuple(
        Row(
            (
                words.joined((clip(c.reference, 24), c.severity.value if c.severity else None)),
                rung.fit(c.what, 110, what=clip(c.reference, 24)),
                Markup("%s%s")
                % (
                    clip(c.who, rung.room(50)) if c.who else pgettext("paper", "nobody named"),
                    _due(c, words=words),
                ),
            )
        )
        for c in shown
    )
    return Section(head, (Table(columns, rows), *sections.more(left, words=words)))


def _due(case: Case, *, words: Words) -> Markup:
    if case.due is None:
        return Markup("")
    if isinstance(case.due, datetime) and case.due < words.issued_at:
        late = words.gettext("late since %(when)s") % {"when": words.moment(case.due)}
        return Markup(', <span class="x">%s</span>') % late
    return Markup(", %s") % words.moment(case.due)


def answers(known: Sequence[Answer], *, words: Words, rung: Rung) -> tuple[Section, ...]:
    """Give likely questions with their cleared answers, if there are any."""
    if not known:
        return ()
    _ = words.gettext
    head = words.pgettext("paper", "Likely questions")
    shown, left = rung.some(known, 3)
    blocks: list[Block] = []
    for item in shown:
        question = rung.fit(item.question, 120, what=head)
        blocks.append(Paragraph(words.said(question, language=words.language), tag="h3"))
        answer = rung.fit(item.answer, 260, what=head)
        blocks.append(Paragraph(f"{answer} ({_cleared(item, words=words)})"))
    return (Section(head, (*blocks, *sections.more(left, words=words))),)


def sources(facts: AccountBriefing, *, words: Words, rung: Rung, digest: str) -> Section:
    """Give where the facts come from, what the reader may not see, and the digest that proves the
    paper.
    """
    _ = words.gettext
    shown, left = rung.some(facts.sources, 8)
    blocks: list[Block] = []
    said = [_source(s, words=words, rung=rung) for s in shown]
    blocks.append(
        Paragraph(words.ended(words.listed(said)), "src")
        if said
        else sections.none(_("No source is recorded."))
    )
    blocks += sections.more(left, words=words)
    blocks += paper.left_out_line(facts.issue, words=words)
    if digest:
        grouped = " ".join(digest[i : i + 8] for i in range(0, 64, 8))
        blocks.append(Paragraph(_("SHA-256 of the facts: %(digest)s") % {"digest": grouped}, "src"))
    return Section(words.pgettext("paper", "Sources"), tuple(blocks))


def _cleared(item: Answer, *, words: Words) -> str:
    _ = words.gettext
    if not item.cleared_by and not item.cleared_on:
        return _("not cleared")
    day = words.day(item.cleared_on) if item.cleared_on else None
    by = clip(item.cleared_by, 60) if item.cleared_by else None
    return _("cleared: %(by)s") % {"by": words.joined((by, day))}


def _clv_inputs(facts: Value, *, words: Words) -> str:
    _ = words.gettext
    parts = []
    if facts.clv_low is not None and facts.clv_high is not None:
        ends = {
            "low": words.money(facts.clv_low, cents=False),
            "high": words.money(facts.clv_high, cents=False),
        }
        parts.append(_("range %(low)s to %(high)s") % ends)
    if facts.horizon_years is not None:
        years = words.ngettext("%(n)s year", "%(n)s years", facts.horizon_years)
        parts.append(years % {"n": words.number(facts.horizon_years)})
    if facts.margin is not None:
        parts.append(_("margin %(share)s").replace("%(share)s", words.percent(facts.margin)))
    if facts.discount is not None:
        parts.append(_("discount %(share)s").replace("%(share)s", words.percent(facts.discount)))
    return words.joined(parts) or words.pgettext("paper", "inputs not known")


def _rank(facts: Value, *, words: Words) -> str:
    _ = words.gettext
    tier = _("Tier %(tier)s") % {"tier": clip(facts.tier, 20)} if facts.tier else None
    rank = _("percentile %(n)s") % {"n": facts.percentile} if facts.percentile is not None else None
    return words.joined((tier, rank))


def person(person: CustomerPerson, *, words: Words, rung: Rung) -> tuple[str, ...]:
    """Give somebody at the customer's as cells: who, where they stand, what they must hear."""
    role = {
        ContactRole.ECONOMIC_BUYER: words.pgettext("paper", "holds the budget"),
        ContactRole.CHAMPION: words.pgettext("paper", "speaks for us"),
        ContactRole.EXECUTIVE_COUNTERPART: words.pgettext("paper", "executive counterpart"),
        ContactRole.LEGAL: words.pgettext("paper", "legal"),
        ContactRole.USER: words.pgettext("paper", "user"),
    }
    title = clip(person.title, rung.room(60)) if person.title else None
    name = Markup("<b>%s</b>") % clip(person.name, rung.room(70))
    rest = words.joined((title, role[person.role] if person.role else None))
    return (
        name + (Markup(", %s") % rest if rest else Markup("")),
        sentiment(person.sentiment, words=words)
        if person.sentiment
        else words.pgettext("paper", "not known"),
        rung.fit(person.must_hear, 110, what=clip(person.name, 40))
        if person.must_hear
        else words.pgettext("paper", "not recorded"),
    )


def _source(source: Source, *, words: Words, rung: Rung) -> str:
    day = words.day(source.dated) if source.dated else words.pgettext("paper", "date not known")
    return words.joined(
        (
            clip(source.name, rung.room(60)),
            clip(source.note, rung.room(80)) if source.note else None,
            day,
        )
    )
