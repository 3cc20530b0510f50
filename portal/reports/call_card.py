"""The call card: one page before a call, to be read while the phone rings."""

from portal.reports import masthead, paper, proof, sections, situation
from portal.reports.annex import annexed
from portal.reports.facts import CallCard
from portal.reports.sheet import (
    Block,
    Bullets,
    Column,
    Paragraph,
    Row,
    Rung,
    Section,
    Sheet,
    Table,
)
from portal.reports.words import Words, clip

__all__ = ["KIND", "PAGES", "CallCard", "build"]

KIND = "call"
PAGES = 1


def build(facts: CallCard, *, words: Words, rungs: tuple[Rung, Rung], digest: str) -> Sheet:
    """Make the sheet; only the first of `rungs` counts, `digest` is the snapshot's."""
    rungs = annexed(rungs, words=words, asked=facts.issue.annex)
    rung = rungs[0]
    top = paper.Top(
        heading=rung.fit(facts.account.name, 200, what=words.pgettext("paper", "Name")),
        lead=situation.sentence(facts.situation, words=words, rung=rung),
    )
    return paper.sheet(
        facts,
        words=words,
        rungs=rungs,
        digest=digest,
        top=top,
        kind=words.pgettext("paper", "Call card"),
        reference=facts.reference,
        name=facts.account.name,
        identity=facts.reference,
        strip=_strip(facts, words=words, room=rung.room(60)),
        front=(
            _say(facts, words=words, rung=rung),
            _avoid(facts, words=words, rung=rung),
            _room(facts, words=words, rung=rung),
            _last(facts, words=words, rung=rung),
            *((sections.ask(facts.ask, words=words, rung=rung),) if facts.ask else ()),
            sections.promises(facts.promises, words=words, rung=rung),
            *_after(facts, words=words),
            *paper.left_out(facts.issue, words=words),
        ),
    )


def _strip(facts: CallCard, *, words: Words, room: int) -> Table:
    pgettext = words.pgettext
    usual = masthead.strip(facts.strip, words=words, room=room)
    heads = (
        Column(pgettext("paper", "The call"), 27),
        Column(pgettext("paper", "In the room"), 25),
        Column(usual.columns[0].head, 23),
        Column(usual.columns[2].head, 25, "l"),
    )
    first = clip(facts.guests[0].name, room) if facts.guests else ""
    count = words.ngettext("%(n)s person", "%(n)s people", len(facts.guests))
    cells = (
        masthead.two_lines(words.moment(facts.at), clip(facts.reader.name, room)),
        masthead.two_lines(
            first or pgettext("paper", "Nobody named"),
            count % {"n": words.number(len(facts.guests))} if len(facts.guests) > 1 else "",
            broken=not facts.guests,
        ),
        usual.rows[0].cells[0],
        usual.rows[0].cells[2],
    )
    return Table(heads, (Row(cells),), "strip")


def _say(facts: CallCard, *, words: Words, rung: Rung) -> Section:
    head = words.pgettext("paper", "Say")
    if not facts.say:
        return Section(head, (sections.none(words.gettext("Nothing is prepared.")),), css="ask")
    blocks: list[Block] = [
        Paragraph(f"{number}. {rung.fit(text, 200, what=head)}", "q")
        for number, text in enumerate(facts.say, 1)
    ]
    return Section(head, tuple(blocks), css="ask")


def _avoid(facts: CallCard, *, words: Words, rung: Rung) -> Section:
    head = words.pgettext("paper", "Do not say")
    if not facts.avoid:
        return Section(head, (sections.none(words.gettext("Nothing is prepared.")),))
    return Section(head, (Bullets(tuple(rung.fit(text, 200, what=head) for text in facts.avoid)),))


def _room(facts: CallCard, *, words: Words, rung: Rung) -> Section:
    pgettext = words.pgettext
    head = pgettext("paper", "In the room")
    if not facts.guests:
        text = words.gettext("Nobody of the customer’s is named.")
        return Section(head, (sections.none(text),))
    columns = (
        Column(pgettext("paper", "Who"), 40),
        Column(pgettext("paper", "Stands"), 18),
        Column(pgettext("paper", "At stake for them"), 42, "l"),
    )
    shown, left = rung.some(facts.guests, 6)
    rows = tuple(Row(proof.person(one, words=words, rung=rung)) for one in shown)
    return Section(head, (Table(columns, rows), *sections.more(left, words=words)))


def _last(facts: CallCard, *, words: Words, rung: Rung) -> Section:
    head = words.pgettext("paper", "The last word")
    if facts.last is None:
        text = words.gettext("Nobody has noted a word between us yet.")
        return Section(head, (sections.none(text),))
    said = sections.quotes((facts.last,), words=words, rung=rung)
    return Section(head, said.blocks)


def _after(facts: CallCard, *, words: Words) -> tuple[Section, ...]:
    if not facts.after:
        return ()
    text = words.gettext("Write down what you promised: %(where)s")
    said = Paragraph(text.replace("%(where)s", facts.after), "src")
    return (Section(words.pgettext("paper", "Afterwards"), (said,)),)
