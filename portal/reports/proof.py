"""Page two of an account briefing: the proof, each part with its inputs, or the honest word that it is not known."""

from collections.abc import Sequence

from markupsafe import Markup

from portal.core.money import Money
from portal.reports import sections
from portal.reports.facts import (
    AccountBriefing,
    Answer,
    Case,
    Compensation,
    ContactRole,
    CustomerPerson,
    LaneKind,
    Risk,
    Sentiment,
    Source,
    Sponsorship,
    SponsorshipState,
    Value,
)
from portal.reports.sheet import Block, Column, Paragraph, Row, Rung, Section, Table
from portal.reports.words import Words, clip


def risk(facts: Risk | None, *, words: Words, rung: Rung) -> tuple[Section, ...]:
    """Give each factor's contribution to the score; no section where nothing explains a score."""
    if facts is None or not facts.factors:
        return ()
    _ = words.gettext
    p = words.pgettext
    ordered = sorted(facts.factors, key=lambda f: -f.points)
    shown, left = rung.some(ordered, 8)
    rows = [
        Row(
            (
                clip(f.name, rung.room(70)),
                words.number(f.points),
                words.joined(
                    (
                        clip(f.because, rung.room(90)) if f.because else None,
                        clip(f.source, rung.room(50)) if f.source else None,
                        words.day(f.dated) if f.dated else None,
                    )
                ),
            )
        )
        for f in shown
    ]
    judged = ""
    if facts.owner_score is not None:
        judged = _("the owner judges %(score)s") % {"score": words.number(facts.owner_score)}
        if facts.owner_reason:
            judged += f": {clip(facts.owner_reason, rung.room(100))}"
    rows.append(Row((p("paper", "Total"), words.number(facts.score), judged), "sum"))
    columns = (
        Column(p("paper", "Factor"), 36),
        Column(p("paper", "Points"), 10, "n"),
        Column(p("paper", "What moves it, source"), 54, "l s"),
    )
    note = words.joined(
        (
            clip(facts.policy, 60) if facts.policy else None,
            words.day(facts.dated) if facts.dated else None,
        )
    )
    head = _("Why the risk is %(score)s") % {"score": words.number(facts.score)}
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
    p = words.pgettext
    lines: tuple[tuple[str, Money | None, str], ...] = (
        (_("Revenue to date"), facts.revenue_to_date, clip(facts.basis, 40) if facts.basis else ""),
        (
            _("Revenue, last 12 months"),
            facts.last_12_months,
            clip(facts.basis, 40) if facts.basis else "",
        ),
        (_("Contracted remaining, firm"), facts.contracted_firm, _("cannot be ended early")),
        (
            _("Contracted remaining, may leave early"),
            facts.contracted_may_leave,
            _("can be ended by an exit clause"),
        ),
        (_("Expected lifetime value"), facts.clv_base, _clv_inputs(facts, words=words)),
    )
    columns = (
        Column(p("paper", "What"), 38),
        Column(p("paper", "Amount"), 20, "n"),
        Column(p("paper", "How it is counted"), 42, "l s"),
    )
    table = Table(
        columns, tuple(Row((name, sections.amount(m, words=words), how)) for name, m, how in lines)
    )
    note = words.joined(
        (_rank(facts, words=words), words.day(facts.dated) if facts.dated else _("date not known"))
    )
    extra = [clip(t, rung.room(200)) for t in (facts.retention_source, facts.conversion) if t]
    small = (
        (Paragraph(" ".join(t if t.endswith(".") else f"{t}." for t in extra), "src"),)
        if extra
        else ()
    )
    return Section(head, (table, *small), note)


def compensation(facts: Compensation | None, *, words: Words) -> Section:
    """Give what was given so far, each ground apart, never added up."""
    _ = words.gettext
    head = words.pgettext("paper", "Compensation to date")
    if facts is None:
        return Section(head, (sections.none(_("No compensation is recorded.")),))
    grounds = (
        (_("owed under the contract"), facts.owed),
        (_("direct loss"), facts.direct_loss),
        (_("inconvenience"), facts.effort),
        (_("goodwill"), facts.goodwill),
    )
    said = "; ".join(f"{name} {sections.amount(m, words=words)}" for name, m in grounds)
    note = _("since %(day)s") % {"day": words.since(facts.since)} if facts.since else ""
    day = _("as of %(day)s") % {"day": words.day(facts.dated)} if facts.dated else ""
    return Section(head, (Paragraph(f"{said[:1].upper()}{said[1:]}."),), words.joined((note, day)))


def sponsorship(facts: Sponsorship | None, *, words: Words, rung: Rung) -> Section:
    """Give the sponsor and the last and next touch."""
    _ = words.gettext
    p = words.pgettext
    head = p("paper", "Executive sponsor")
    if facts is None:
        return Section(head, (sections.none(_("No sponsor, and none nominated.")),))
    lane = {
        LaneKind.STRATEGIC: _("Strategic programme"),
        LaneKind.RECOVERY: _("Recovery programme"),
    }[facts.lane]
    state = {
        SponsorshipState.NOMINATED: _("nominated, not decided"),
        SponsorshipState.ACTIVE: p("sponsorship", "active"),
        SponsorshipState.ENDED: p("sponsorship", "ended"),
    }[facts.state]
    who = clip(facts.sponsor, rung.room(70)) if facts.sponsor else _("sponsor not named")
    parts = [f"{who} ({lane}, {state})"]
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
    return Section(head, (Paragraph(f"{', '.join(parts)}; {touch}, {ahead}."),))


def people(who: Sequence[CustomerPerson], *, words: Words, rung: Rung) -> Section:
    """Give who counts at the customer's, where they stand and what they need to hear."""
    _ = words.gettext
    p = words.pgettext
    head = p("paper", "Who counts there")
    if not who:
        return Section(head, (sections.none(_("Nobody at the customer’s is recorded.")),))
    shown, left = rung.some(who, 6)
    columns = (
        Column(p("paper", "Person"), 37),
        Column(p("paper", "Stands"), 16),
        Column(p("paper", "Must hear from us"), 47, "l"),
    )
    rows = tuple(Row(_person(person, words=words, rung=rung)) for person in shown)
    return Section(head, (Table(columns, rows), *sections.more(left, words=words)))


def cases(open_cases: Sequence[Case], *, words: Words, rung: Rung) -> Section:
    """Give the open cases: worst first as they come, with who has them and when they move next."""
    _ = words.gettext
    p = words.pgettext
    head = p("paper", "Open now")
    if not open_cases:
        return Section(head, (sections.none(_("No case is open.")),))
    shown, left = rung.some(open_cases, 6)
    columns = (
        Column(p("paper", "Case"), 22),
        Column(p("paper", "What"), 42),
        Column(p("paper", "Who and when"), 36, "l"),
    )
    rows = tuple(
        Row(
            (
                words.joined((clip(c.reference, 24), c.severity.value if c.severity else None)),
                clip(c.what, rung.room(110)),
                words.joined(
                    (
                        clip(c.who, rung.room(50)) if c.who else _("nobody named"),
                        words.moment(c.due) if c.due else None,
                    )
                ),
            )
        )
        for c in shown
    )
    return Section(head, (Table(columns, rows), *sections.more(left, words=words)))


def answers(known: Sequence[Answer], *, words: Words, rung: Rung) -> tuple[Section, ...]:
    """Give likely questions with their cleared answers, if there are any."""
    if not known:
        return ()
    _ = words.gettext
    shown, left = rung.some(known, 3)
    blocks: list[Block] = []
    for item in shown:
        blocks.append(
            Paragraph(
                words.said(clip(item.question, rung.room(120)), language=words.language), tag="h3"
            )
        )
        by = words.joined(
            (
                clip(item.cleared_by, 60) if item.cleared_by else None,
                words.day(item.cleared_on) if item.cleared_on else None,
            )
        )
        cleared = f" ({_('cleared: %(by)s') % {'by': by}})" if by else f" ({_('not cleared')})"
        blocks.append(Paragraph(clip(item.answer, rung.room(260)) + cleared))
    head = words.pgettext("paper", "Likely questions")
    return (Section(head, (*blocks, *sections.more(left, words=words))),)


def sources(facts: AccountBriefing, *, words: Words, rung: Rung, digest: str) -> Section:
    """Give where the facts come from, what the reader may not see, and the digest that proves the paper."""
    _ = words.gettext
    shown, left = rung.some(facts.sources, 8)
    blocks: list[Block] = []
    said = [_source(s, words=words, rung=rung) for s in shown]
    blocks.append(
        Paragraph("; ".join(said) + ".", "src")
        if said
        else sections.none(_("No source is recorded."))
    )
    blocks += sections.more(left, words=words)
    if facts.issue.left_out:
        text = words.ngettext(
            "%(n)s record is left out because this reader may not see it.",
            "%(n)s records are left out because this reader may not see them.",
            facts.issue.left_out,
        )
        blocks.append(Paragraph(text % {"n": words.number(facts.issue.left_out)}, "src"))
    if digest:
        grouped = " ".join(digest[i : i + 8] for i in range(0, 64, 8))
        blocks.append(Paragraph(_("SHA-256 of the facts: %(digest)s") % {"digest": grouped}, "src"))
    return Section(words.pgettext("paper", "Sources"), tuple(blocks))


def _clv_inputs(facts: Value, *, words: Words) -> str:
    _ = words.gettext
    parts = []
    if facts.clv_low is not None and facts.clv_high is not None:
        ends = {"low": words.money(facts.clv_low), "high": words.money(facts.clv_high)}
        parts.append(_("range %(low)s to %(high)s") % ends)
    if facts.horizon_years is not None:
        years = words.ngettext("%(n)s year", "%(n)s years", facts.horizon_years)
        parts.append(years % {"n": words.number(facts.horizon_years)})
    if facts.margin is not None:
        parts.append(_("margin %(share)s").replace("%(share)s", words.percent(facts.margin)))
    if facts.discount is not None:
        parts.append(_("discount %(share)s").replace("%(share)s", words.percent(facts.discount)))
    return words.joined(parts) or _("inputs not known")


def _rank(facts: Value, *, words: Words) -> str:
    _ = words.gettext
    tier = _("Tier %(tier)s") % {"tier": clip(facts.tier, 20)} if facts.tier else None
    rank = _("percentile %(n)s") % {"n": facts.percentile} if facts.percentile is not None else None
    return words.joined((tier, rank))


def _person(person: CustomerPerson, *, words: Words, rung: Rung) -> tuple[str, ...]:
    _ = words.gettext
    p = words.pgettext
    role = {
        ContactRole.ECONOMIC_BUYER: _("holds the budget"),
        ContactRole.CHAMPION: _("speaks for us"),
        ContactRole.EXECUTIVE_COUNTERPART: _("executive counterpart"),
        ContactRole.LEGAL: _("legal"),
        ContactRole.USER: _("user"),
    }
    stands = {
        Sentiment.WITH_US: p("sentiment", "With us"),
        Sentiment.NEUTRAL: p("sentiment", "Neutral"),
        Sentiment.WAVERING: p("sentiment", "Wavering"),
        Sentiment.AGAINST_US: p("sentiment", "Against us"),
    }
    title = clip(person.title, rung.room(60)) if person.title else None
    name = Markup("<b>%s</b>") % clip(person.name, rung.room(70))
    rest = words.joined((title, role[person.role] if person.role else None))
    return (
        name + (Markup(", %s") % rest if rest else Markup("")),
        stands[person.sentiment] if person.sentiment else _("not known"),
        clip(person.must_hear, rung.room(110)) if person.must_hear else _("not recorded"),
    )


def _source(source: Source, *, words: Words, rung: Rung) -> str:
    day = words.day(source.dated) if source.dated else words.gettext("date not known")
    return words.joined(
        (
            clip(source.name, rung.room(60)),
            clip(source.note, rung.room(80)) if source.note else None,
            day,
        )
    )
