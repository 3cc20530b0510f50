"""The parts that every briefing shares: masthead words, strip, ask, money, words, promises,
changes.
"""

from collections.abc import Sequence

from markupsafe import Markup

from portal.core.money import Money
from portal.reports import linter
from portal.reports.facts import (
    Ask,
    MoneyKind,
    MoneyLine,
    Option,
    PromiseLine,
    Promises,
    PromiseState,
    Quote,
)
from portal.reports.masthead import channel
from portal.reports.sheet import (
    Block,
    Bullets,
    Column,
    Paragraph,
    Quotation,
    Row,
    Rung,
    Section,
    Table,
)
from portal.reports.words import ARROW, Words, clean, clip, has_cents, lines

BROKEN_FIRST = (
    PromiseState.BROKEN,
    PromiseState.OPEN,
    PromiseState.RENEGOTIATED,
    PromiseState.KEPT,
)


def ask(facts: Ask | None, *, words: Words, rung: Rung) -> Section:
    """Give the decision asked, its options and what happens if nobody decides."""
    _ = words.gettext
    head = words.pgettext("paper", "Decision asked of\u00a0you")
    if facts is not None and facts.of:
        head = _("Decision asked of %(name)s") % {"name": clip(facts.of, 44)}
    if facts is None or not clean(facts.question):
        return Section(head, (none(_("No decision is asked of you in this issue.")),), css="ask")
    question, pointer = rung.split(facts.question, 240, what=head)
    if facts.recommended and any(o.label == facts.recommended for o in facts.options):
        question += " " + _("We recommend %(option)s.") % {"option": clip(facts.recommended, 12)}
    blocks: list[Block] = [Paragraph(f"{question} {pointer}".rstrip(), "q")]
    if facts.options:
        blocks += _options(facts, words=words, rung=rung)
    else:
        blocks.append(none(_("No options are recorded.")))
    consequence = (
        rung.fit(facts.if_nothing, 300, what=head)
        if facts.if_nothing
        else words.pgettext("paper", "not known.")
    )
    blocks.append(Paragraph(_if_nothing(consequence, words=words)))
    note = words.pgettext("paper", "no date given")
    if facts.deadline is not None:
        note = _("by %(when)s") % {"when": words.moment(facts.deadline)}
    if facts.language and facts.language != words.language:
        note = words.joined((note, _in_language(facts.language, words=words)))
    return Section(head, tuple(blocks), note, "ask")


def _in_language(code: str, *, words: Words) -> str:
    pgettext = words.pgettext
    return {
        "en": pgettext("written", "put in English"),
        "fr": pgettext("written", "put in French"),
        "it": pgettext("written", "put in Italian"),
    }.get(code, "")


def money(
    rows: Sequence[MoneyLine], *, words: Words, rung: Rung, conversion: str | None = None
) -> Section:
    """Give the amounts at stake, each with its source and day, never added up; `conversion` says at
    which rate they were converted.
    """
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Money at stake")
    if not rows:
        return Section(head, (none(_("No amount at stake is recorded.")),))
    shown, left = rung.some(rows, 8)
    cents = any(line.amount is not None and has_cents(line.amount) for line in shown)
    columns = (
        Column(pgettext("paper", "What"), 43),
        Column(pgettext("paper", "Amount"), 20, "n"),
        Column(pgettext("paper", "Source and date"), 37, "l s"),
    )
    table = Table(
        columns,
        tuple(
            Row(
                (
                    money_name(line, words=words, room=rung.room(90)),
                    amount(line.amount, words=words, cents=cents),
                    _source(line, words=words, room=rung.room(80)),
                )
            )
            for line in shown
        ),
    )
    note = _("They overlap: not to be added up") if len(rows) > 1 else ""
    rate = (Paragraph(words.ended(clip(conversion, rung.room(160))), "src"),) if conversion else ()
    return Section(head, (table, *more(left, words=words), *rate), note)


def money_name(line: MoneyLine, *, words: Words, room: int = 90) -> str:
    """Give what an amount counts: the person's words, else the name of its kind."""
    if line.text and clean(line.text):
        name = clip(line.text, room)
    elif line.kind is not None:
        name = money_kind(line.kind, words=words)
    else:
        name = words.pgettext("paper", "Not named")
    return (
        words.gettext("of which %(what)s") % {"what": name[:1].lower() + name[1:]}
        if line.part
        else name
    )


def money_kind(kind: MoneyKind, *, words: Words) -> str:
    """Give the name of a kind of amount."""
    _ = words.gettext
    return {
        MoneyKind.ARR: words.pgettext("paper", "Annual recurring revenue"),
        MoneyKind.ARR_UP_FOR_RENEWAL: _("Annual revenue, up for renewal"),
        MoneyKind.CONTRACTED_REMAINING: _("Contracted, still to be invoiced"),
        MoneyKind.CLAIMED: _("Claimed by the customer"),
        MoneyKind.PROVEN_LOSS: _("Loss proven by documents"),
        MoneyKind.OWED: words.pgettext("paper", "Owed under the contract"),
        MoneyKind.VALUE_IF_STAYS: _("Three-year value if they stay"),
        MoneyKind.EXPECTED_LOSS: _("Expected loss over 12 months"),
    }[kind]


def quotes(said: Sequence[Quote], *, words: Words, rung: Rung) -> Section:
    """Give the customer's own words, in their language, with a translation beneath where there is
    one.
    """
    _ = words.gettext
    head = words.pgettext("paper", "In their words")
    spoken = [quote for quote in said if clean(quote.text)]
    if not spoken:
        return Section(head, (none(_("The customer’s own words are not recorded.")),))
    shown, left = rung.some(spoken, 2)
    blocks: list[Block] = []
    for quote in shown:
        written, pointer = _spoken(quote, rung=rung, what=head)
        written[0] = _opened(written, language=quote.language, words=words)
        blocks.append(Quotation(tuple(written), quote.language))
        speaker = _speaker(quote, words=words, rung=rung)
        blocks.append(Paragraph(f"{speaker} {pointer}".rstrip(), "src"))
    return Section(head, (*blocks, *more(left, words=words)))


def promises(facts: Promises, *, words: Words, rung: Rung) -> Section:
    """Give our promises, broken ones first, then by date."""
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Promises")
    if not facts.lines and not (facts.kept or facts.open or facts.broken or facts.renegotiated):
        return Section(head, (none(_("No promise to this customer is recorded.")),))
    columns = (
        Column(pgettext("paper", "State"), 15),
        Column(pgettext("paper", "What we said"), 43),
        Column(pgettext("paper", "Who"), 22),
        Column(pgettext("paper", "By when"), 20, "l"),
    )
    ordered = sorted(
        facts.lines, key=lambda line: (BROKEN_FIRST.index(line.state), str(line.due or "~"))
    )
    shown, left = rung.some(ordered, 7)
    rows = tuple(Row(_promise(line, words=words, rung=rung)) for line in shown)
    blocks: tuple[Block, ...] = (Table(columns, rows),)
    if not rows:
        blocks = (none(_("Every promise was kept; none is open.")),)
    return Section(head, blocks + more(left, words=words), _counts(facts, words=words))


def will_not_offer(
    points: Sequence[str] | None, *, words: Words, rung: Rung
) -> tuple[Section, ...]:
    """Give what we will not offer, or no section at all where the edition may not show it."""
    if points is None:
        return ()
    head = words.pgettext("paper", "What we will not offer")
    known = [point for point in points if clean(point)]
    if not known:
        return (Section(head, (none(words.gettext("No limit is recorded.")),)),)
    shown, left = rung.some(known, 4)
    kept = tuple(words.ended(rung.fit(point, 200, what=head)) for point in shown)
    # In running text a pointer would read as if it belonged to the next sentence.
    pointing = any(ARROW in point for point in kept)
    said = Bullets(kept) if pointing else Paragraph(" ".join(kept))
    return (Section(head, (said, *more(left, words=words))),)


def problem_name(problem: linter.Problem, *, words: Words) -> str:
    """Give the printed name of what a problem concerns."""
    match problem.subject:
        case MoneyLine() as line:
            return money_name(line, words=words)
        case Quote() as quote:
            return quote.who or words.gettext("speaker not recorded")
        case subject:
            return subject or ""


def none(text: str) -> Paragraph:
    """Give the paragraph that says that something is not known."""
    return Paragraph(text, "none")


def more(left: int, *, words: Words) -> tuple[Paragraph, ...]:
    """Give the line that says how many are not printed, or nothing."""
    if not left:
        return ()
    text = words.ngettext("%(n)s more in the portal", "%(n)s more in the portal", left)
    return (Paragraph(text % {"n": words.number(left)}, "src"),)


def amount(money: Money | None, *, words: Words, cents: bool | None = None) -> str:
    """Give an amount, or that it is not known."""
    return (
        words.pgettext("paper", "not known") if money is None else words.money(money, cents=cents)
    )


def _if_nothing(consequence: str, *, words: Words) -> Markup:
    head = words.gettext("If nothing is decided:")
    return Markup("<b>%s</b> %s") % (head, consequence)


def _options(facts: Ask, *, words: Words, rung: Rung) -> list[Block]:
    pgettext = words.pgettext
    # A column that nobody filled would only take the room of the words.
    covered = any(o.cover for o in facts.options)
    priced = covered or any(o.cost is not None or o.effort for o in facts.options)
    columns = (
        Column(pgettext("paper", "Option"), 60 if covered else 81 if priced else 100, "o"),
        Column(pgettext("paper", "Cost"), 19, "n" if covered else "n l"),
        Column(pgettext("paper", "Until when, cover"), 21, "l s"),
    )[: 3 if covered else 2 if priced else 1]
    # The recommended option is never the one that falls off the page.
    order = range(len(facts.options))
    first = sorted(order, key=lambda i: facts.options[i].label != facts.recommended)
    kept, left = rung.some(first, 5)
    rows = tuple(
        _option(
            facts.options[i],
            words=words,
            rung=rung,
            recommended=facts.options[i].label == facts.recommended,
            columns=len(columns),
        )
        for i in sorted(kept)
    )
    return [Table(columns, rows, "opt"), *more(left, words=words)]


def _option(option: Option, *, words: Words, rung: Rung, recommended: bool, columns: int) -> Row:
    mark = (
        Markup(' <span class="x">%s</span>') % words.pgettext("paper", "Recommended.")
        if recommended
        else Markup("")
    )
    what = words.gettext("Option %(label)s") % {"label": clip(option.label, 12)}
    title = rung.fit(option.title, 90, what=what)
    head = Markup('<span class="box"></span><b>%s. %s</b>%s %s') % (
        clip(option.label, 12),
        words.ended(title),
        mark,
        rung.fit(option.consequence or "", 200, what=what),
    )
    cost = [words.money(option.cost)] if option.cost is not None else []
    cost += [rung.fit(option.effort, 40, what=what)] if option.effort else []
    cover = rung.fit(option.cover or "", 60, what=what)
    cells = (head, ", ".join(cost) or words.pgettext("paper", "not known"), cover)
    return Row(cells[:columns], "rec" if recommended else "")


def _source(line: MoneyLine, *, words: Words, room: int) -> Markup:
    _ = words.gettext
    parts: list[str] = []
    if line.low is not None and line.high is not None:
        ends = (words.money(line.low), words.money(line.high))
        parts.append(_("range %(low)s to %(high)s") % {"low": ends[0], "high": ends[1]})
    if line.source:
        parts.insert(0, clip(line.source, room))
    lacks = Markup('<span class="x">%s</span>')
    if line.amount is not None and not line.source:
        parts.insert(0, lacks % words.pgettext("paper", "source missing"))
    day = (
        words.day(line.dated)
        if line.dated
        else (lacks % words.pgettext("paper", "date missing") if line.amount is not None else "")
    )
    if day:
        parts.insert(1, day)
    return Markup(", ").join(parts)


def _opened(written: list[str], *, language: str, words: Words) -> str:
    whole = words.said("\n".join(written), language=language).split("\n")
    written[-1] = whole[-1]
    return whole[0]


def _speaker(quote: Quote, *, words: Words, rung: Rung) -> str:
    who = clip(quote.who, rung.room(70)) if quote.who else words.gettext("speaker not recorded")
    parts = [who, clip(quote.role, rung.room(60)) if quote.role else None]
    parts.append(channel(quote.channel, words=words) if quote.channel else None)
    parts.append(words.day(quote.when) if quote.when else words.pgettext("paper", "date not known"))
    said = words.joined(parts)
    if not quote.translation or quote.language[:2].lower() == words.language:
        return said
    what = words.pgettext("paper", "In their words")
    kept, pointer = rung.split(quote.translation, 320, what=what, language=words.language)
    translated = words.said(kept, language=words.language)
    text = words.gettext("%(who)s: %(translation)s") % {"who": said, "translation": translated}
    return f"{text} {pointer}".rstrip()


def _spoken(quote: Quote, *, rung: Rung, what: str) -> tuple[list[str], str]:
    """Give the lines of a quotation that its place keeps, and where the whole of it stands."""
    room = rung.room(420)
    written = lines(quote.text, room)
    if sum(map(len, written)) <= room and clean(" ".join(written)) == clean(quote.text):
        return written, ""
    kept, pointer = rung.split(quote.text, 420, what=what, language=quote.language)
    return [kept], pointer


def _promise(line: PromiseLine, *, words: Words, rung: Rung) -> tuple[str, ...]:
    pgettext = words.pgettext
    late = line.state is PromiseState.OPEN and line.due is not None and words.past(line.due)
    state = {
        PromiseState.OPEN: pgettext("promise", "Late") if late else pgettext("promise", "Open"),
        PromiseState.KEPT: pgettext("promise", "Kept"),
        PromiseState.BROKEN: pgettext("promise", "Broken"),
        PromiseState.RENEGOTIATED: pgettext("promise", "Renegotiated"),
    }[line.state]
    bad = late or line.state is PromiseState.BROKEN
    head = pgettext("paper", "Promises")
    what = rung.fit(line.what, 130, what=head)
    if line.note:
        what = f"{what} ({rung.fit(line.note, 110, what=head).rstrip('.')})"
    return (
        Markup('<span class="x">%s</span>') % state if bad else state,
        what,
        clip(line.who, rung.room(60)) if line.who else words.pgettext("paper", "nobody named"),
        words.moment(line.due) if line.due else words.pgettext("paper", "no date"),
    )


def _counts(facts: Promises, *, words: Words) -> str:
    ngettext = words.ngettext
    parts = [
        (ngettext("%(n)s kept", "%(n)s kept", facts.kept), facts.kept),
        (ngettext("%(n)s open", "%(n)s open", facts.open), facts.open),
        (ngettext("%(n)s broken", "%(n)s broken", facts.broken), facts.broken),
        (
            ngettext("%(n)s renegotiated", "%(n)s renegotiated", facts.renegotiated),
            facts.renegotiated,
        ),
    ]
    counted = ", ".join(text % {"n": words.number(count)} for text, count in parts if count)
    if not facts.since or not counted:
        return counted
    return words.gettext("since %(day)s: %(counts)s") % {
        "day": words.day(facts.since),
        "counts": counted,
    }
