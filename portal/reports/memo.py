"""The compensation memo: page one asks for a signature, page two proves that it may be given."""

from decimal import Decimal

from markupsafe import Markup

from portal.core.money import Money
from portal.reports import charts, labels, masthead, memo_proof, paper, sections
from portal.reports.annex import annexed
from portal.reports.facts import CompensationMemo, MemoPart, MemoState, WorthLevel
from portal.reports.sheet import (
    Block,
    Column,
    Figure,
    Paragraph,
    Row,
    Rung,
    Section,
    Sheet,
    Table,
)
from portal.reports.words import Words, clip, has_cents

__all__ = ["KIND", "PAGES", "CompensationMemo", "build"]

KIND = "compensation"
PAGES = 2


def build(facts: CompensationMemo, *, words: Words, rungs: tuple[Rung, Rung], digest: str) -> Sheet:
    """Make the sheet; `rungs` are those of page one and two, `digest` is the snapshot's."""
    rungs = annexed(rungs, words=words, asked=facts.issue.annex)
    rung = rungs[0]
    top = paper.Top(
        heading=rung.fit(facts.account.name, 200, what=words.pgettext("paper", "Name")),
        lead=_lead(facts, words=words),
    )
    return paper.sheet(
        facts,
        words=words,
        rungs=rungs,
        digest=digest,
        top=top,
        kind=words.pgettext("paper", "Compensation memo"),
        reference=facts.reference,
        name=facts.account.name,
        identity=_identity(facts, words=words, room=rung.room(60)),
        front=(
            _contract(facts, words=words, rung=rung),
            _ask(facts, words=words, rung=rung),
            _steps(facts, words=words, rung=rung),
            _first(facts, words=words, rung=rung),
            *sections.will_not_offer(facts.not_offered, words=words, rung=rung),
            _precedents(facts, words=words),
        ),
        back=(
            memo_proof.pays(facts, words=words),
            memo_proof.signing(facts, words=words, rung=rungs[1]),
            memo_proof.budget(facts, words=words),
            memo_proof.checks(facts, words=words, rung=rungs[1]),
            memo_proof.by_hand(facts, words=words, rung=rungs[1]),
            paper.proven(facts, words=words, digest=digest),
        ),
    )


def _identity(facts: CompensationMemo, *, words: Words, room: int) -> str:
    _ = words.gettext
    about = facts.reference
    if facts.case_reference:
        about = _("%(reference)s on %(case)s") % {
            "reference": facts.reference,
            "case": facts.case_reference,
        }
    graded = masthead.severity(facts.severity, words=words) if facts.severity else None
    asked = ""
    if facts.requested_by:
        asked = _("Requested by %(name)s") % {"name": clip(facts.requested_by, room)}
        if facts.requested_on:
            asked = words.joined((asked, words.day(facts.requested_on)))
    state = labels.memo_state(facts.state, words=words)
    parts = (words.joined((about, graded)), asked, state[:1].upper() + state[1:])
    return " ".join(words.ended(part) for part in parts if part)


def _lead(facts: CompensationMemo, *, words: Words) -> Markup:
    _ = words.gettext
    if not facts.parts or facts.face is None or facts.cost is None:
        return words.fill(_("No offer is written yet: what the customer gets is not named."))
    worth = Markup("<b>%s</b>") % words.fill(
        _("%(face)s to the customer at a cost of %(cost)s to us"),
        face=words.money(facts.face),
        cost=words.money(facts.cost),
    )
    text = _("We ask for a signature on an offer worth %(worth)s.")
    if facts.state is not MemoState.REQUESTED:
        text = _("An offer worth %(worth)s: %(state)s.")
    state = labels.memo_state(facts.state, words=words)
    said = words.fill(text, worth=worth, state=state)
    base = facts.worth.base if facts.worth else WorthLevel()
    if base.points is None:
        return said
    pays = _("It pays if it raises the odds of keeping them by %(points)s points.")
    if base.can_pay is False:
        pays = _("It would have to raise the odds of keeping them by %(points)s points: it cannot.")
    return said + " " + words.fill(pays, points=words.number(base.points))


def _contract(facts: CompensationMemo, *, words: Words, rung: Rung) -> Section:
    """Give what the contract says: how far we are liable, and under which law."""
    pgettext = words.pgettext
    head, remedy = pgettext("paper", "The contract first"), pgettext("paper", "Sole remedy")
    unknown = pgettext("paper", "not recorded")
    cap = words.money(facts.liability_cap) if facts.liability_cap is not None else unknown
    said = rung.fit(facts.sole_remedy, 160, what=remedy) if facts.sole_remedy else unknown
    law = clip(facts.governing_law, 40) if facts.governing_law else unknown
    columns = (
        Column(pgettext("paper", "Liability cap"), 26),
        Column(remedy, 48),
        Column(pgettext("paper", "Governing law"), 26, "l"),
    )
    note = words.gettext("Beyond the cap legal signs, at any amount")
    return Section(head, (Table(columns, (Row((cap, said, law)),)),), note)


def _ask(facts: CompensationMemo, *, words: Words, rung: Rung) -> Section:
    _ = words.gettext
    pgettext = words.pgettext
    waiting = [one for one in facts.path if one.now]
    mine = any(one.mine for one in waiting)
    head = pgettext("paper", "Decision asked of\u00a0you")
    if not mine and waiting:
        head = _("Decision asked of %(name)s") % {
            "name": words.joined([labels.seat(one.seat, words=words) for one in waiting[:2]])
        }
    if facts.face is None or facts.state is not MemoState.REQUESTED:
        nothing = sections.none(_("No signature is asked for in this issue."))
        return Section(head if mine else pgettext("paper", "Decision"), (nothing,), css="ask")
    cents = has_cents(facts.face) or (facts.cost is not None and has_cents(facts.cost))
    table = Table(
        (
            Column(pgettext("paper", "Answer"), 56, "o"),
            Column(pgettext("paper", "To them"), 22, "n"),
            Column(pgettext("paper", "Our cost"), 22, "n l"),
        ),
        (
            Row(
                (
                    _boxed(pgettext("paper", "Sign"), _("The offer as it stands below.")),
                    words.money(facts.face, cents=cents),
                    sections.amount(facts.cost, words=words, cents=cents),
                ),
                "rec",
            ),
            Row(
                (_boxed(pgettext("paper", "Refuse"), _("With a reason that they read.")), "–", "–")
            ),
        ),
        "opt",
    )
    blocks: list[Block] = [
        Paragraph(_("Do you sign this offer?") if mine else _("Is this offer signed?"), "q"),
        table,
        Paragraph(
            Markup("<b>%s</b> %s")
            % (
                _("If nothing is decided:"),
                _("nothing is offered, and the case stays open while the request waits."),
            )
        ),
        *_range(facts, words=words),
    ]
    note = pgettext("paper", "no date given")
    if facts.answer_by is not None:
        note = _("by %(when)s") % {"when": words.moment(facts.answer_by)}
    return Section(head, tuple(blocks), note, "ask")


def _range(facts: CompensationMemo, *, words: Words) -> tuple[Paragraph, ...]:
    found = facts.recommended
    if found is None:
        return ()
    said = words.gettext(
        "The policy recommends %(low)s to %(high)s, target %(target)s; customer value plays no "
        "part in it."
    ) % {
        "low": words.money(found.low),
        "high": words.money(found.high),
        "target": words.money(found.target),
    }
    return (Paragraph(said, "src"),)


def _boxed(title: str, rest: str) -> Markup:
    return Markup('<span class="box"></span><b>%s.</b> %s') % (title, rest)


def _steps(facts: CompensationMemo, *, words: Words, rung: Rung) -> Section:
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "From owed to gesture")
    if not facts.parts or facts.face is None:
        return Section(head, (sections.none(_("No part of an offer is named.")),))
    amounts = [m for part in facts.parts for m in (part.face, part.cost)]
    cents = any(has_cents(m) for m in amounts)
    shown, left = rung.some(facts.parts, 9)
    rows = [_part(part, words=words, rung=rung, cents=cents) for part in shown]
    lapses = ""
    if facts.lapses is not None:
        lapses = _("Lapses %(when)s") % {"when": words.moment(facts.lapses)}
    total = (
        words.money(facts.face, cents=cents),
        sections.amount(facts.cost, words=words, cents=cents),
    )
    rows.append(Row((pgettext("paper", "Offer"), lapses, *total), "sum"))
    columns = (
        Column(pgettext("paper", "Step"), 17),
        Column(pgettext("paper", "Ground and evidence"), 47),
        Column(pgettext("paper", "To them"), 18, "n"),
        Column(pgettext("paper", "Our cost"), 18, "n l"),
    )
    note = clip(facts.product, rung.room(60)) if facts.product else ""
    return Section(head, (Table(columns, tuple(rows)), *sections.more(left, words=words)), note)


def _part(part: MemoPart, *, words: Words, rung: Rung, cents: bool) -> Row:
    head = words.pgettext("paper", "From owed to gesture")
    what = words.ended(rung.fit(part.what, 130, what=head))
    proof = rung.fit(part.evidence, 110, what=head) if part.evidence else ""
    if not proof:
        proof = Markup('<span class="s">%s</span>') % words.pgettext("paper", "no evidence named")
    money = (words.money(part.face, cents=cents), words.money(part.cost, cents=cents))
    name = Markup("<b>%s</b>") % labels.ground(part.ground, words=words)
    return Row((name, Markup("%s %s") % (what, proof), *money))


def _first(facts: CompensationMemo, *, words: Words, rung: Rung) -> Section:
    pgettext = words.pgettext
    head = pgettext("paper", "Apology, fix and why")
    said: list[str] = []
    pairs = (
        (pgettext("paper", "Apology"), facts.apology),
        (pgettext("paper", "Fix"), facts.fix),
        (pgettext("paper", "Why"), facts.why),
    )
    for name, text in pairs:
        kept = pgettext("paper", "not written yet.")
        if text:
            kept = words.ended(rung.fit(text, 220, what=name))
        said.append(Markup("<b>%s</b> %s") % (words.headed(name), kept))
    note = words.gettext("They come before any amount")
    return Section(head, tuple(Paragraph(one) for one in said), note)


def _precedents(facts: CompensationMemo, *, words: Words) -> Section:
    _ = words.gettext
    head = words.pgettext("paper", "Same harm, same answer")
    found = facts.precedents
    if len(found) < 3 or facts.gesture is None or facts.median is None:
        if not found:
            return Section(head, (sections.none(_("No comparable decision yet.")),))
        text = words.ngettext(
            "%(n)s comparable decision of the last three years: too few to compare.",
            "%(n)s comparable decisions of the last three years: too few to compare.",
            len(found),
        )
        return Section(head, (sections.none(text % {"n": words.number(len(found))}),))
    same = found[0].face.currency.code == facts.gesture.currency.code
    offer = facts.gesture.amount if same else None
    caption = _("Comparable decisions gave a gesture of %(median)s in the middle") % {
        "median": words.money(facts.median)
    }
    lowest, highest = min(one.face.amount for one in found), max(one.face.amount for one in found)
    code = facts.median.currency.code
    alt = _(
        "Dots on a line: %(n)s comparable decisions from %(low)s to %(high)s, the median is "
        "%(median)s, this offer %(offer)s."
    ) % {
        "n": words.number(len(found)),
        "low": words.money(Money(lowest, code)),
        "high": words.money(Money(highest, code)),
        "median": words.money(facts.median),
        "offer": words.money(facts.gesture),
    }
    drawing = charts.dots(
        [one.face.amount for one in found],
        middle=facts.median.amount,
        offer=offer,
        names=(words.pgettext("paper", "median"), words.pgettext("paper", "this offer")),
        ends=tuple(words.money(Money(n, code), cents=False) for n in (Decimal(0), _top(facts))),
    )
    note = _("Same trigger, kind of problem and segment; the last three years")
    figure = Figure(caption, alt, "precedents.svg", drawing)
    seen = [one for one in found if one.reference][:4]
    listed = words.listed(
        [f"{one.reference} {words.money(one.face)}, {words.day(one.day)}" for one in seen]
    )
    said = (Paragraph(words.ended(listed), "src"),) if listed else ()
    return Section(head, (figure, *said), note)


def _top(facts: CompensationMemo) -> Decimal:
    amounts = [one.face.amount for one in facts.precedents]
    return charts.rounded_up(max([*amounts, facts.gesture.amount if facts.gesture else Decimal(0)]))
