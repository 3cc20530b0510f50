"""The nomination dossier: page one asks the panel, page two proves each criterion."""

from decimal import Decimal

from markupsafe import Markup

from portal.reports import labels, masthead, paper, proof, sections
from portal.reports.annex import annexed
from portal.reports.facts import (
    Candidate,
    CriterionLine,
    NominationDossier,
    NominationState,
    ScorePart,
)
from portal.reports.sheet import Block, Column, Paragraph, Row, Rung, Section, Sheet, Table
from portal.reports.sponsor_brief import who
from portal.reports.words import Words, clip

__all__ = ["KIND", "PAGES", "NominationDossier", "build"]

KIND = "nomination"
PAGES = 2
UNDECIDED = (NominationState.DRAFT, NominationState.SENT, NominationState.WAITING)


def build(
    facts: NominationDossier, *, words: Words, rungs: tuple[Rung, Rung], digest: str
) -> Sheet:
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
        kind=words.pgettext("paper", "Nomination dossier"),
        reference=facts.reference,
        name=facts.account.name,
        identity=_identity(facts, words=words, room=rung.room(60)),
        strip=masthead.strip(facts.strip, words=words, room=rung.room(60)),
        front=(
            _ask(facts, words=words, rung=rung),
            _outcome(facts, words=words, rung=rung),
            _candidates(facts, words=words, rung=rung),
        ),
        back=(
            _criteria(facts, words=words, rung=rungs[1]),
            _score(facts, words=words, rung=rungs[1]),
            proof.cases(facts.cases, words=words, rung=rungs[1]),
            sections.promises(facts.promises, words=words, rung=rungs[1]),
            paper.proven(facts, words=words, digest=digest),
        ),
    )


def _identity(facts: NominationDossier, *, words: Words, room: int) -> str:
    _ = words.gettext
    by = ""
    if facts.author:
        by = _("Nominated by %(name)s") % {"name": clip(facts.author, room)}
        if facts.sent:
            by = words.joined((by, words.day(facts.sent)))
    about = words.joined((facts.reference, labels.lane(facts.lane, words=words)))
    case = _("Follows %(case)s") % {"case": facts.case_reference} if facts.case_reference else ""
    state = labels.nomination_state(facts.state, words=words)
    parts = (about, case, by, state[:1].upper() + state[1:])
    return " ".join(words.ended(part) for part in parts if part)


def _lead(facts: NominationDossier, *, words: Words) -> Markup:
    _ = words.gettext
    met = sum(one.met is True for one in facts.criteria)
    lacking = [one for one in facts.criteria if one.met is None]
    all_of = _("%(met)s of %(all)s entry criteria") % {
        "met": words.number(met),
        "all": words.number(len(facts.criteria)),
    }
    text = _(
        "This customer meets %(criteria)s; %(taken)s of %(places)s places of the programme are "
        "taken."
    )
    said = words.fill(
        text,
        criteria=Markup("<b>%s</b>") % all_of,
        taken=words.number(facts.taken),
        places=words.number(facts.places),
    )
    if lacking:
        more = words.ngettext(
            "For %(n)s of them data is missing.", "For %(n)s of them data is missing.", len(lacking)
        )
        said += " " + words.fill(more, n=words.number(len(lacking)))
    return said


def _ask(facts: NominationDossier, *, words: Words, rung: Rung) -> Section:
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Decision asked of the panel")
    if facts.state not in UNDECIDED:
        state = labels.nomination_state(facts.state, words=words)
        blocks: list[Block] = [Paragraph(state[:1].upper() + state[1:] + ".", "q")]
        if facts.reason:
            blocks.append(Paragraph(rung.fit(facts.reason, 300, what=head)))
        return Section(pgettext("paper", "Decided"), tuple(blocks), "", "ask")
    rows = []
    for kind, name, text in (
        (
            NominationState.ADMITTED,
            pgettext("paper", "Admit"),
            _("A term begins, with the sponsor named below."),
        ),
        (
            NominationState.WAITING,
            pgettext("paper", "Wait"),
            _("On the waiting list, for the next free place."),
        ),
        (
            NominationState.DECLINED,
            pgettext("paper", "Decline"),
            _("With a reason, and when to come back."),
        ),
    ):
        policy = facts.answer is kind
        mark = (
            Markup(' <span class="x">%s</span>') % _("What the policy answers.") if policy else ""
        )
        cell = Markup('<span class="box"></span><b>%s.</b> %s%s') % (name, text, mark)
        rows.append(Row((cell,), "rec" if policy else ""))
    table = Table((Column(pgettext("paper", "Answer"), 100, "o l"),), tuple(rows), "opt")
    question = _("Is this customer admitted to the programme?")
    small = Paragraph(_("Another answer than the policy’s needs a reason."), "src")
    return Section(head, (Paragraph(question, "q"), table, small), "", "ask")


def _outcome(facts: NominationDossier, *, words: Words, rung: Rung) -> Section:
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "What it shall bring")
    blocks: list[Block] = []
    if facts.outcome:
        blocks.append(
            Paragraph(Markup("<b>%s</b>") % words.ended(rung.fit(facts.outcome, 260, what=head)))
        )
    else:
        blocks.append(sections.none(_("The outcome in words is not written yet.")))
    if facts.why:
        blocks.append(Paragraph(rung.fit(facts.why, 420, what=pgettext("paper", "Why"))))
    pairs = [
        (
            pgettext("paper", "Customer’s executive"),
            who(facts.executive, words=words, room=rung.room(60)),
        )
    ]
    if facts.expertise:
        asked = rung.fit(", ".join(facts.expertise), 90, what=head)
        pairs.append((pgettext("paper", "Expertise asked for"), asked))
    if facts.yearly is not None:
        pairs.append(
            (pgettext("paper", "Annual recurring revenue"), words.money(facts.yearly, cents=False))
        )
    table = Table(
        (
            Column(pgettext("paper", "What"), 40),
            Column(pgettext("paper", "Who or how much"), 60, "l"),
        ),
        tuple(Row(pair) for pair in pairs),
    )
    return Section(head, (*blocks, table))


def _candidates(facts: NominationDossier, *, words: Words, rung: Rung) -> Section:
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Who could sponsor")
    if not facts.candidates:
        return Section(head, (sections.none(_("No sponsor has a profile yet.")),))
    shown, left = rung.some(facts.candidates, 6)
    columns = (
        Column(pgettext("paper", "Sponsor"), 40),
        Column(pgettext("paper", "Fits, of 100"), 16, "n"),
        Column(pgettext("paper", "Places taken"), 16, "n"),
        Column(pgettext("paper", "Against it"), 28, "l s"),
    )
    rows = tuple(_candidate(one, words=words, rung=rung) for one in shown)
    note = _("Language, zone, expertise, industry, hours and conflicts count; nothing else")
    return Section(head, (Table(columns, rows), *sections.more(left, words=words)), note)


def _candidate(one: Candidate, *, words: Words, rung: Rung) -> Row:
    pgettext = words.pgettext
    name = Markup("<b>%s</b>") % clip(one.name, rung.room(60))
    if one.proposed:
        name += Markup(' <span class="x">%s</span>') % pgettext("paper", "Proposed.")
    if one.title:
        name += Markup("<br/>%s") % clip(one.title, rung.room(50))
    against = rung.fit(one.against, 90, what=clip(one.name, 40)) if one.against else "–"
    points = "–" if one.points is None else words.number(one.points)
    held = words.gettext("%(n)s of %(all)s") % {
        "n": words.number(one.accounts),
        "all": words.number(one.places),
    }
    return Row((name, points, held, against), "rec" if one.proposed else "")


def _criteria(facts: NominationDossier, *, words: Words, rung: Rung) -> Section:
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Entry criteria")
    if not facts.criteria:
        return Section(head, (sections.none(_("No criterion was checked.")),))
    columns = (
        Column(pgettext("paper", "Criterion"), 30),
        Column(pgettext("paper", "What we know"), 36),
        Column(pgettext("paper", "Evidence and date"), 20),
        Column(pgettext("paper", "Met?"), 14, "l"),
    )
    rows = tuple(_criterion(one, words=words, rung=rung) for one in facts.criteria)
    note = ""
    if facts.policy is not None:
        note = _("Sponsorship policy, version %(n)s; data that is missing counts as not met") % {
            "n": words.number(facts.policy)
        }
    return Section(head, (Table(columns, rows),), note)


def _criterion(one: CriterionLine, *, words: Words, rung: Rung) -> Row:
    pgettext = words.pgettext
    met = {
        True: pgettext("criterion", "Met"),
        False: pgettext("criterion", "Not met"),
        None: pgettext("criterion", "Data missing"),
    }[one.met]
    name: str = clip(one.name, rung.room(70))
    if one.threshold:
        name = Markup('%s<br/><span class="s">%s</span>') % (
            name,
            clip(one.threshold, rung.room(80)),
        )
    known: str = rung.fit(one.evidence, 110, what=clip(one.name, 40)) if one.evidence else "–"
    if one.needed and one.met is not True:
        needed = rung.fit(one.needed, 110, what=clip(one.name, 40))
        known = Markup('%s<br/><span class="s">%s</span>') % (known, needed)
    mark = met if one.met else Markup('<span class="x">%s</span>') % met
    return Row((name, known, _source(one, words=words), mark))


def _source(one: CriterionLine | ScorePart, *, words: Words) -> str:
    """Give the record that says something, and of which day; a dash where neither is known."""
    source = clip(one.source, 40) if one.source else None
    return words.joined((source, words.day(one.dated) if one.dated else None)) or "–"


def _score(facts: NominationDossier, *, words: Words, rung: Rung) -> Section:
    _ = words.gettext
    pgettext = words.pgettext
    score = words.number(facts.score) if facts.score is not None else pgettext("paper", "not known")
    head = _("Why the score is %(score)s") % {"score": score}
    if not facts.score_parts:
        return Section(head, (sections.none(_("This programme asks for no score.")),))
    shown, left = rung.some(facts.score_parts, 9)
    columns = (
        Column(pgettext("paper", "Factor"), 40),
        Column(pgettext("paper", "Evidence and date"), 30),
        Column(pgettext("paper", "Points"), 15, "n"),
        Column(pgettext("paper", "At most"), 15, "n l"),
    )
    rows = [
        Row(
            (
                clip(one.name, rung.room(60)),
                _source(one, words=words),
                "–" if one.points is None else words.number(one.points),
                words.number(one.of),
            )
        )
        for one in shown
    ]
    most = sum((one.of for one in facts.score_parts), Decimal(0))
    rows.append(Row((pgettext("paper", "Total"), "", score, words.number(most)), "sum"))
    return Section(head, (Table(columns, tuple(rows)), *sections.more(left, words=words)))
