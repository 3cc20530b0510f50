"""The sponsor's brief: one page before a touchpoint."""

from markupsafe import Markup

from portal.reports import labels, masthead, paper, proof, sections
from portal.reports.annex import annexed
from portal.reports.facts import CustomerPerson, SponsorBrief, SponsorshipState, Touch, TouchState
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

__all__ = ["KIND", "PAGES", "SponsorBrief", "build"]

KIND = "sponsor"
PAGES = 1


def build(facts: SponsorBrief, *, words: Words, rungs: tuple[Rung, Rung], digest: str) -> Sheet:
    """Make the sheet; only the first of `rungs` counts, `digest` is the snapshot's."""
    rungs = annexed(rungs, words=words, asked=facts.issue.annex)
    rung = rungs[0]
    top = paper.Top(
        heading=rung.fit(facts.account.name, 200, what=words.pgettext("paper", "Name")),
        lead=_lead(facts, words=words, rung=rung),
    )
    return paper.sheet(
        facts,
        words=words,
        rungs=rungs,
        digest=digest,
        top=top,
        kind=words.pgettext("paper", "Sponsor brief"),
        reference=facts.reference,
        name=facts.account.name,
        identity=_identity(facts, words=words),
        strip=_strip(facts, words=words, room=rung.room(60)),
        front=(
            _come_away(facts, words=words, rung=rung),
            _since(facts, words=words, rung=rung),
            sections.quotes(facts.quotes, words=words, rung=rung),
            sections.promises(facts.promises, words=words, rung=rung),
            proof.cases(facts.cases, words=words, rung=rung),
            *_charter(facts, words=words, rung=rung),
            *paper.left_out(facts.issue, words=words),
        ),
    )


def who(person: CustomerPerson | None, *, words: Words, room: int) -> str:
    """Give the name and title of the customer's executive, or that nobody is named."""
    if person is None:
        return words.pgettext("paper", "Nobody named")
    title = clip(person.title, room) if person.title else None
    return words.joined((clip(person.name, room), title))


def _identity(facts: SponsorBrief, *, words: Words) -> str:
    _ = words.gettext
    term = _("%(first)s to %(last)s") % {
        "first": words.since(facts.starts),
        "last": words.since(facts.ends),
    }
    held = words.ngettext("%(n)s touchpoint held", "%(n)s touchpoints held", facts.held)
    counted = held % {"n": words.number(facts.held)}
    hours = ""
    if facts.hours:
        hours = _("%(n)s h a month agreed") % {"n": words.number(facts.hours)}
    lane = words.joined((labels.lane(facts.lane, words=words), term))
    lane = lane[:1].upper() + lane[1:]
    return " ".join(words.ended(part) for part in (facts.reference, lane, counted, hours) if part)


def _lead(facts: SponsorBrief, *, words: Words, rung: Rung) -> Markup:
    _ = words.gettext
    outcome = rung.fit(facts.outcome, 200, what=words.pgettext("paper", "Outcome")).rstrip(".")
    agreed = Markup("<b>%s</b>") % (outcome or words.pgettext("paper", "not written yet"))
    person = who(facts.executive, words=words, room=rung.room(60))
    if facts.state is SponsorshipState.ENDED:
        return words.fill(
            _("The sponsorship has ended. It was to bring: %(outcome)s."), outcome=agreed
        )
    if facts.next_touch is None:
        return words.fill(
            _("No touchpoint is planned. The sponsorship is to bring: %(outcome)s."), outcome=agreed
        )
    when = words.day(facts.next_touch, weekday=True, long=True)
    if words.past(facts.next_touch):
        text = _("The touchpoint of %(when)s is overdue. You are to bring about: %(outcome)s.")
        return words.fill(text, when=when, outcome=agreed)
    if facts.executive is None:
        text = _("Your next touchpoint is on %(when)s. You are to bring about: %(outcome)s.")
        return words.fill(text, when=when, outcome=agreed)
    text = _("On %(when)s you meet %(who)s. You are to bring about: %(outcome)s.")
    return words.fill(text, when=when, who=person, outcome=agreed)


def _strip(facts: SponsorBrief, *, words: Words, room: int) -> Table:
    pgettext = words.pgettext
    heads = (
        Column(pgettext("paper", "Next touchpoint"), 23),
        Column(pgettext("paper", "Their side"), 27),
        Column(pgettext("paper", "With you"), 24),
        Column(pgettext("paper", "Renewal"), 26, "l"),
    )
    usual = masthead.strip(facts.strip, words=words, room=room).rows[0].cells
    late = facts.next_touch is None or words.past(facts.next_touch)
    running = facts.state is SponsorshipState.ACTIVE
    when = pgettext("paper", "None planned")
    if facts.next_touch:
        when = words.day(facts.next_touch, weekday=True)
    person = facts.executive
    cells = (
        masthead.two_lines(when, "", broken=late and running),
        masthead.two_lines(
            clip(person.name, room) if person else pgettext("paper", "Nobody named"),
            clip(person.title, room) if person and person.title else "",
            broken=person is None,
        ),
        usual[0],
        usual[3],
    )
    return Table(heads, (Row(cells),), "strip")


def _come_away(facts: SponsorBrief, *, words: Words, rung: Rung) -> Section:
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Come away with")
    hear = facts.executive.must_hear if facts.executive else None
    rows: list[tuple[str, str]] = [
        (
            pgettext("paper", "The outcome, agreed anew"),
            rung.fit(facts.outcome, 160, what=head) or pgettext("paper", "not written yet"),
        ),
        (
            pgettext("paper", "What they must hear"),
            rung.fit(hear, 160, what=head) if hear else pgettext("paper", "not recorded"),
        ),
        (
            pgettext("paper", "A next day"),
            _("This term ends %(day)s") % {"day": words.day(facts.ends)},
        ),
    ]
    table = Table(
        (
            Column(pgettext("paper", "Outcome"), 40, "o"),
            Column(pgettext("paper", "What stands behind it"), 60, "l"),
        ),
        tuple(
            Row((Markup('<span class="box"></span><b>%s.</b>') % name, text)) for name, text in rows
        ),
        "opt",
    )
    question = _("A yes to the outcome, a next day, and no new promise that nobody can keep.")
    return Section(head, (Paragraph(question, "q"), table), "", "ask")


def _since(facts: SponsorBrief, *, words: Words, rung: Rung) -> Section:
    _ = words.gettext
    head = words.pgettext("paper", "Since you last met")
    met = [one for one in facts.touches if one.state is TouchState.HELD and one.held]
    last = met[-1] if met else None
    note = _("no touchpoint was held yet")
    if last is not None and last.held is not None:
        note = words.day(last.held, weekday=True)
    blocks: list[Block] = []
    if last is not None and last.note:
        noted = rung.fit(last.note, 240, what=head)
        blocks.append(Paragraph(_("Noted then: %(note)s") % {"note": words.ended(noted)}))
    blocks += _missed(facts.touches, words=words)
    shown, left = rung.some(facts.news, 5)
    if shown:
        said = tuple(
            f"{words.headed(words.day(one.on))} {rung.fit(one.text, 130, what=head)}"
            for one in shown
        )
        blocks.append(Bullets(said))
    if not blocks:
        blocks.append(sections.none(_("Nothing is recorded since.")))
    return Section(head, (*blocks, *sections.more(left, words=words)), note)


def _missed(touches: tuple[Touch, ...], *, words: Words) -> list[Block]:
    missed = [
        one for one in touches if one.state in (TouchState.MISSED_BY_US, TouchState.MISSED_BY_THEM)
    ]
    if not missed:
        return []
    said = [
        f"{words.day(one.planned)} ({labels.touch_state(one.state, words=words)})"
        for one in missed[-3:]
    ]
    text = words.gettext("Missed: %(days)s.") % {"days": words.listed(said)}
    return [Paragraph(Markup('<span class="x">%s</span>') % text)]


def _charter(facts: SponsorBrief, *, words: Words, rung: Rung) -> tuple[Section, ...]:
    pgettext = words.pgettext
    note = ""
    if facts.charter is not None:
        note = words.gettext("Charter, version %(n)s") % {"n": words.number(facts.charter)}
    found = []
    for head, points in (
        (pgettext("paper", "Do not"), facts.dont),
        (pgettext("paper", "Yours to do"), facts.duties),
    ):
        if points:
            shown, left = rung.some(points, 4)
            said = Bullets(tuple(words.ended(rung.fit(one, 160, what=head)) for one in shown))
            found.append(Section(head, (said, *sections.more(left, words=words)), note))
    text = words.gettext(
        "Two minutes in the portal: what they said, and anything you promised; a promise goes "
        "into the ledger."
    )
    return (*found, Section(pgettext("paper", "Afterwards"), (Paragraph(text),)))
