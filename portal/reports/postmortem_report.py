"""The post-mortem report: what happened, why, and what is done; for our people or the customer."""

import re
from datetime import datetime

from markupsafe import Markup

from portal.reports import labels, masthead, paper, sections
from portal.reports.annex import annexed
from portal.reports.facts import ActionLine, ActionState, CauseLine, LessonState, PostmortemReport
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

__all__ = ["KIND", "PAGES", "PostmortemReport", "build"]

KIND = "postmortem"
PAGES = 3
MOST_WHYS = 8
STAMP = re.compile(r"(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d))?$")


def build(facts: PostmortemReport, *, words: Words, rungs: tuple[Rung, Rung], digest: str) -> Sheet:
    """Make the sheet; `rungs` are those of page one and of the rest, `digest` the snapshot's."""
    rungs = annexed(rungs, words=words, asked=facts.issue.annex or facts.for_customer)
    rung = rungs[0]
    top = paper.Top(
        heading=rung.fit(facts.title, 200, what=words.pgettext("paper", "Title")),
        lead=_lead(facts, words=words, rung=rung),
    )
    kind = words.pgettext("paper", "Post-mortem")
    if facts.for_customer:
        kind = words.pgettext("paper", "What we learned")
    return paper.sheet(
        facts,
        words=words,
        rungs=rungs,
        digest=digest,
        top=top,
        kind=kind,
        reference=facts.reference,
        name=facts.account.name,
        identity=_identity(facts, words=words, room=rung.room(60)),
        front=(*_asked(facts, words=words), _timelines(facts, words=words, rung=rung)),
        back=(
            *_causes(facts, words=words, rung=rungs[1]),
            *_surprise(facts, words=words, rung=rungs[1]),
            *_findings(facts, words=words, rung=rungs[1]),
            _actions(facts, words=words, rung=rungs[1]),
            *_internal(facts, words=words, rung=rungs[1]),
            paper.proven(facts, words=words, digest=digest),
        ),
    )


def _identity(facts: PostmortemReport, *, words: Words, room: int) -> str:
    _ = words.gettext
    about = words.joined((facts.reference, clip(facts.account.name, room)))
    cases = words.joined([case.reference for case in facts.cases[:4]])
    lead = ""
    if facts.facilitator:
        lead = _("Led by %(name)s") % {"name": clip(facts.facilitator, room)}
    met = _("Meeting held %(day)s") % {"day": words.day(facts.met_on)} if facts.met_on else ""
    shown = ""
    if facts.published:
        shown = _("Published %(day)s") % {"day": words.day(facts.published)}
    elif facts.approval_due and not facts.for_customer:
        shown = _("Approval due %(day)s") % {"day": words.day(facts.approval_due)}
    return " ".join(words.ended(part) for part in (about, cases, lead, met, shown) if part)


def _lead(facts: PostmortemReport, *, words: Words, rung: Rung) -> Markup:
    _ = words.gettext
    if not facts.summary:
        return words.fill(_("The summary is not written yet."))
    what = words.pgettext("paper", "Summary")
    return words.fill("%(summary)s", summary=words.ended(rung.fit(facts.summary, 420, what=what)))


def _asked(facts: PostmortemReport, *, words: Words) -> tuple[Section, ...]:
    if facts.for_customer or facts.state in (LessonState.PUBLISHED, LessonState.WAIVED):
        return ()
    _ = words.gettext
    head = words.pgettext("paper", "Asked of the meeting")
    said = _("Are these causes and actions accepted?")
    if facts.state is LessonState.APPROVED:
        said = _("It is approved. Is it published as it stands?")
    blocks: list[Block] = [Paragraph(said, "q")]
    unowned = sum(not one.owner for one in facts.actions)
    if unowned:
        text = words.ngettext(
            "%(n)s action has no owner yet.", "%(n)s actions have no owner yet.", unowned
        )
        blocks.append(Paragraph(text % {"n": words.number(unowned)}))
    blocks.append(
        Paragraph(_("Facts and times, no guesses about fault: a judge may read this."), "src")
    )
    note = _("by %(when)s") % {"when": words.day(facts.approval_due)} if facts.approval_due else ""
    return (Section(head, tuple(blocks), note, "ask"),)


def _timelines(facts: PostmortemReport, *, words: Words, rung: Rung) -> Section:
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "What happened, side by side")
    if not facts.moments:
        return Section(head, (sections.none(_("No timeline is written yet.")),))
    shown, left = rung.some(facts.moments, 16)
    columns: tuple[Column, ...] = (
        Column(pgettext("paper", "When"), 12),
        Column(pgettext("paper", "What happened"), 24),
        Column(pgettext("paper", "What the customer heard"), 22),
        Column(pgettext("paper", "What we promised"), 19),
        Column(pgettext("paper", "What we decided"), 23, "l"),
    )
    if facts.for_customer:
        columns = (
            Column(pgettext("paper", "When"), 16),
            Column(pgettext("paper", "What you heard from us"), 46),
            Column(pgettext("paper", "What we promised"), 38, "l"),
        )
    rows = []
    before = ""
    for moment in shown:
        when, before = _when(moment.stamp, before=before, words=words)
        told: tuple[tuple[str, ...], ...] = (moment.heard, moment.promised)
        if not facts.for_customer:
            told = (moment.happened, *told, moment.decided)
        rows.append(Row((when, *(_cell(lane, head=head, rung=rung) for lane in told))))
    zone = _("Times in %(zone)s") % {"zone": words.zone.key.replace("_", " ")}
    table = Table(columns, tuple(rows), "" if facts.for_customer else "lanes")
    return Section(head, (table, *_more(left, facts, words=words)), zone, "wide")


def _more(left: int, facts: PostmortemReport, *, words: Words) -> tuple[Paragraph, ...]:
    """Say how many are not printed; a customer has no portal to look into."""
    if not left or not facts.for_customer:
        return sections.more(left, words=words)
    text = words.ngettext("%(n)s more, on request", "%(n)s more, on request", left)
    return (Paragraph(text % {"n": words.number(left)}, "src"),)


def _when(stamp: str, *, before: str, words: Words) -> tuple[str, str]:
    """Give the words of a stamp, its day only where it is another than the row before's."""
    found = STAMP.match(stamp)
    if found is None:
        return "", before
    try:
        day = datetime.fromisoformat(found.group(1)).date()
    except ValueError:
        return clip(stamp, 24), before
    time = found.group(2) or ""
    if found.group(1) == before:
        return time, before
    name = Markup("<b>%s</b>") % words.day(day)
    return (name + Markup("<br/>%s") % time if time else name), found.group(1)


def _cell(texts: tuple[str, ...], *, head: str, rung: Rung) -> str:
    kept = [rung.fit(text, 110, what=head) for text in texts]
    return Markup("<br/>").join(kept) if kept else ""


def _causes(facts: PostmortemReport, *, words: Words, rung: Rung) -> tuple[Section, ...]:
    if facts.facts_only:
        return ()
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Why it could happen")
    if not facts.causes:
        return (Section(head, (sections.none(_("No cause is named yet.")),)),)
    shown, left = rung.some(facts.causes, 6)
    blocks: list[Block] = []
    columns = (
        Column(pgettext("paper", "Factor"), 30),
        Column(pgettext("paper", "In words"), 70, "l"),
    )
    rows = []
    for one in shown:
        text: str = rung.fit(one.text, 260, what=clip(one.factor, 40))
        if not facts.for_customer:
            whys = [
                f"{n}. {rung.fit(why, 130, what=clip(one.factor, 40))}"
                for n, why in zip(_numbers(one), one.whys[:MOST_WHYS], strict=False)
            ]
            text = Markup("<br/>").join([text, *whys, *_shown_by(one, words=words, rung=rung)])
        rows.append(Row((_named(one, facts, words=words, rung=rung), text)))
    blocks.append(Table(columns, tuple(rows)))
    note = "" if facts.for_customer else _("Each with the whys behind it")
    return (Section(head, (*blocks, *_more(left, facts, words=words)), note),)


def _named(one: CauseLine, facts: PostmortemReport, *, words: Words, rung: Rung) -> Markup:
    """Name a factor, for our people with how much it weighed."""
    name = Markup("<b>%s</b>") % clip(one.factor, rung.room(60))
    if facts.for_customer or one.weight is None:
        return name
    weighed = labels.weight(one.weight, words=words)
    return name + Markup('<br/><span class="s">%s</span>') % weighed


def _shown_by(one: CauseLine, *, words: Words, rung: Rung) -> tuple[Markup, ...]:
    if not one.evidence:
        return ()
    told = rung.fit(one.evidence, 200, what=clip(one.factor, 40))
    said = words.gettext("What shows it: %(evidence)s") % {"evidence": told}
    return (Markup('<span class="s">%s</span>') % said,)


def _surprise(facts: PostmortemReport, *, words: Words, rung: Rung) -> tuple[Section, ...]:
    if not facts.surprise or facts.for_customer or facts.facts_only:
        return ()
    head = words.pgettext("paper", "Why we were surprised")
    return (Section(head, (Paragraph(rung.fit(facts.surprise, 600, what=head)),)),)


def _numbers(one: CauseLine) -> tuple[str, ...]:
    return one.numbers or tuple(str(n) for n in range(1, len(one.whys) + 1))


def _findings(facts: PostmortemReport, *, words: Words, rung: Rung) -> tuple[Section, ...]:
    if facts.for_customer:
        return ()
    pgettext = words.pgettext
    found = []
    for head, texts in (
        (pgettext("paper", "What went well"), facts.well),
        (pgettext("paper", "What went badly"), facts.badly),
        (pgettext("paper", "What was luck"), facts.luck),
    ):
        if not texts:
            found.append(Section(head, (sections.none(words.gettext("Nothing is recorded.")),)))
            continue
        shown, left = rung.some(texts, 5)
        said = Bullets(tuple(words.ended(rung.fit(text, 180, what=head)) for text in shown))
        found.append(Section(head, (said, *_more(left, facts, words=words))))
    return tuple(found)


def _actions(facts: PostmortemReport, *, words: Words, rung: Rung) -> Section:
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "So that it does not happen again")
    if not facts.actions:
        return Section(head, (sections.none(_("No action is agreed yet.")),))
    shown, left = rung.some(facts.actions, 10)
    columns = [
        Column(pgettext("paper", "Action"), 50 if not facts.for_customer else 66),
        Column(pgettext("paper", "Owner"), 18),
        Column(pgettext("paper", "By when"), 16),
        Column(pgettext("paper", "State"), 16 if not facts.for_customer else 18, "l"),
    ]
    rows = tuple(Row(_action(one, words=words, rung=rung)) for one in shown)
    if facts.for_customer:
        columns = [columns[0], *columns[2:]]
        rows = tuple(Row((row.cells[0], *row.cells[2:])) for row in rows)
    return Section(head, (Table(tuple(columns), rows), *_more(left, facts, words=words)))


def _action(one: ActionLine, *, words: Words, rung: Rung) -> tuple[str, ...]:
    pgettext = words.pgettext
    head = pgettext("paper", "Action")
    what: str = rung.fit(one.what, 150, what=head)
    if one.priority:
        what = Markup("<b>%s</b>") % what
    if one.verification:
        proof = words.gettext("Verified by: %(how)s") % {
            "how": rung.fit(one.verification, 110, what=head)
        }
        what = Markup('%s<br/><span class="s">%s</span>') % (what, proof)
    state: str = labels.action_state(one.state, words=words)
    if one.late and one.state is ActionState.OPEN:
        state = Markup('<span class="x">%s</span>') % pgettext("action", "Late")
    owner = clip(one.owner, rung.room(40)) if one.owner else pgettext("paper", "nobody named")
    return (what, owner, words.day(one.due), state)


def _internal(facts: PostmortemReport, *, words: Words, rung: Rung) -> tuple[Section, ...]:
    if facts.for_customer:
        return ()
    _ = words.gettext
    pgettext = words.pgettext
    cost = Section(
        pgettext("paper", "What it cost"),
        (
            Paragraph(_("%(amount)s so far, to us.") % {"amount": words.money(facts.cost)})
            if facts.cost is not None
            else sections.none(_("What it cost us is not known.")),
        ),
    )
    head = pgettext("paper", "Cases and people")
    said: list[str] = []
    for case in facts.cases[:6]:
        graded = masthead.severity(case.severity, words=words) if case.severity else None
        opened = words.day(case.opened) if case.opened else None
        said.append(
            words.joined((case.reference, rung.fit(case.title, 90, what=head), graded, opened))
        )
    if facts.people:
        shown, _left = rung.some(facts.people, 10)
        said.append(
            _("Took part: %(names)s") % {"names": words.joined([clip(one, 50) for one in shown])}
        )
    if not said:
        return (cost,)
    return (cost, Section(head, (Bullets(tuple(said)),)))
