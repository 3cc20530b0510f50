"""The portfolio report: what is at risk, who must act, customer by customer."""

from collections.abc import Sequence

from markupsafe import Markup

from portal.reports import masthead, paper, sections
from portal.reports.annex import annexed
from portal.reports.facts import Band, Holding, PortfolioCase, PortfolioReport, Severity
from portal.reports.sheet import Column, Row, Rung, Section, Sheet, Table
from portal.reports.words import Words, clip

__all__ = ["KIND", "PAGES", "PortfolioReport", "build"]

KIND = "portfolio_risk"
PAGES = 6


def build(facts: PortfolioReport, *, words: Words, rungs: tuple[Rung, Rung], digest: str) -> Sheet:
    """Make the sheet; `rungs` are those of page one and of the rest, `digest` the snapshot's."""
    rungs = annexed(rungs, words=words, asked=facts.issue.annex)
    rung = rungs[0]
    top = paper.Top(
        heading=rung.fit(facts.scope, 120, what=words.pgettext("paper", "Name")),
        lead=_lead(facts, words=words),
    )
    return paper.sheet(
        facts,
        words=words,
        rungs=rungs,
        digest=digest,
        top=top,
        kind=words.pgettext("paper", "Portfolio report"),
        reference=facts.reference,
        name=facts.scope,
        identity=_identity(facts, words=words),
        front=(
            _bands(facts, words=words),
            _cases(facts.cases, words=words, rung=rung),
            _renewals(facts.renewals, words=words, rung=rung),
        ),
        back=(
            _holdings(facts, words=words, rung=rungs[1]),
            paper.proven(facts, words=words, digest=digest),
        ),
    )


def _identity(facts: PortfolioReport, *, words: Words) -> str:
    counted = words.ngettext("%(n)s customer", "%(n)s customers", facts.accounts)
    text = counted % {"n": words.number(facts.accounts)}
    dated = ""
    if facts.dated is not None:
        dated = words.gettext("risk as of %(day)s") % {"day": words.day(facts.dated)}
    return words.ended(words.joined((facts.reference, text, dated)))


def _lead(facts: PortfolioReport, *, words: Words) -> Markup:
    _ = words.gettext
    if not facts.accounts:
        return words.fill(_("There is no customer here that this reader may see."))
    said = [_at_risk(facts, words=words)]
    if facts.yearly is not None:
        text = _("All of them together bring %(amount)s a year.")
        said.append(words.fill(text, amount=words.money(facts.yearly, cents=False)))
    cases = words.ngettext("%(n)s grave case is open.", "%(n)s grave cases are open.", facts.grave)
    said.append(words.fill(cases, n=words.number(facts.grave)))
    return Markup(" ").join(said)


def _at_risk(facts: PortfolioReport, *, words: Words) -> Markup:
    if not any(one.band for one in facts.bands):
        return words.fill(words.gettext("No customer’s risk is assessed yet."))
    red = sum(one.accounts for one in facts.bands if one.band is Band.RED)
    text = words.ngettext(
        "%(red)s of %(all)s customers is at high risk.",
        "%(red)s of %(all)s customers are at high risk.",
        red,
    )
    stake = Markup("")
    if facts.at_risk is not None and facts.at_risk.amount:
        text = words.ngettext(
            "%(red)s of %(all)s customers is at high risk, with %(stake)s a year.",
            "%(red)s of %(all)s customers are at high risk, with %(stake)s a year.",
            red,
        )
        stake = Markup("<b>%s</b>") % words.money(facts.at_risk, cents=False)
    bold = Markup("<b>%s</b>") % words.number(red)
    return words.fill(text, red=bold, all=words.number(facts.accounts), stake=stake)


def _band(band: Band | None, *, words: Words) -> str:
    if band is None:
        return words.pgettext("paper", "Not assessed yet")
    name = masthead.band(band, words=words)
    name = name[:1].upper() + name[1:]
    return Markup('<span class="x">%s</span>') % name if band is Band.RED else name


def _bands(facts: PortfolioReport, *, words: Words) -> Section:
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "By risk")
    if not facts.bands:
        return Section(head, (sections.none(_("No customer is listed.")),))
    columns = (
        Column(pgettext("paper", "Risk (0–100)"), 34),
        Column(pgettext("paper", "Customers"), 22, "n"),
        Column(pgettext("paper", "Revenue a year"), 24, "n"),
        Column(pgettext("paper", "Revenue not known"), 20, "n l"),
    )
    rows = [
        Row(
            (
                _band(one.band, words=words),
                words.number(one.accounts),
                sections.amount(one.yearly, words=words, cents=False),
                words.number(one.unknown),
            )
        )
        for one in facts.bands
    ]
    unknown = sum(one.unknown for one in facts.bands)
    total = sections.amount(facts.yearly, words=words, cents=False)
    everybody = (
        pgettext("paper", "Total"),
        words.number(facts.accounts),
        total,
        words.number(unknown),
    )
    rows.append(Row(everybody, "sum"))
    note = _("Of contracts in force, in one currency at the rates of the day")
    return Section(head, (Table(columns, tuple(rows)),), note)


def _cases(cases: Sequence[PortfolioCase], *, words: Words, rung: Rung) -> Section:
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Grave cases")
    if not cases:
        return Section(head, (sections.none(words.pgettext("paper", "No case is open.")),))
    shown, left = rung.some(cases, 8)
    columns = (
        Column(pgettext("paper", "Case"), 22),
        Column(pgettext("paper", "What"), 44),
        Column(pgettext("paper", "Who and when"), 34, "l"),
    )
    rows = []
    for one in shown:
        name = Markup("%s<br/>%s") % (
            one.reference,
            Markup('<span class="x">E1</span>')
            if one.severity is Severity.E1
            else one.severity.value,
        )
        what = Markup("<b>%s</b><br/>%s") % (
            clip(one.customer, rung.room(60)),
            rung.fit(one.ask or one.what, 110, what=one.reference),
        )
        due = words.moment(one.due) if one.due else None
        who = clip(one.who, 44) if one.who else pgettext("paper", "nobody named")
        rows.append(Row((name, what, words.joined((who, due)))))
    return Section(head, (Table(columns, tuple(rows)), *sections.more(left, words=words)))


def _renewals(found: Sequence[Holding], *, words: Words, rung: Rung) -> Section:
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Renewals next")
    if not found:
        return Section(head, (sections.none(_("None in the next 90 days.")),))
    shown, left = rung.some(found, 6)
    columns = (
        Column(pgettext("paper", "Customer"), 42),
        Column(pgettext("paper", "Renewal"), 20),
        Column(pgettext("paper", "Revenue a year"), 22, "n"),
        Column(pgettext("paper", "Risk (0–100)"), 16, "n l"),
    )
    rows = tuple(
        Row(
            (
                clip(one.name, rung.room(60)),
                words.day(one.renewal) if one.renewal else "–",
                sections.amount(one.yearly, words=words, cents=False),
                _risk(one, words=words),
            )
        )
        for one in shown
    )
    note = _("In the next 90 days")
    return Section(head, (Table(columns, rows), *sections.more(left, words=words)), note)


def _risk(one: Holding, *, words: Words) -> str:
    if one.score is None:
        return "–"
    score = words.number(one.score)
    return Markup('<span class="x">%s</span>') % score if one.band is Band.RED else score


def _holdings(facts: PortfolioReport, *, words: Words, rung: Rung) -> Section:
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Customer by customer")
    if not facts.holdings:
        return Section(head, (sections.none(_("No customer is listed.")),), css="wide")
    shown, left = rung.some(facts.holdings, 120)
    columns = (
        Column(pgettext("paper", "Customer"), 30),
        Column(pgettext("paper", "Owner"), 18),
        Column(pgettext("paper", "Risk (0–100)"), 10, "n"),
        Column(pgettext("paper", "Revenue a year"), 16, "n"),
        Column(pgettext("paper", "Open now"), 12),
        Column(pgettext("paper", "Renewal"), 14, "l"),
    )
    rows = tuple(_holding(one, words=words, rung=rung) for one in shown)
    note = _("Highest risk first; what nobody recorded is not known")
    table = Table(columns, rows)
    return Section(head, (table, *sections.more(left, words=words)), note, "wide long")


def _holding(one: Holding, *, words: Words, rung: Rung) -> Row:
    name = Markup('<b>%s</b><br/><span class="s">%s</span>') % (
        clip(one.name, max(30, rung.room(60))),
        one.reference,
    )
    cases = "–"
    if one.open_cases:
        graded = one.severity.value if one.severity else None
        cases = words.joined((words.number(one.open_cases), graded))
    if one.late_promises:
        late = words.ngettext("%(n)s promise late", "%(n)s promises late", one.late_promises)
        mark = Markup('<br/><span class="x">%s</span>') % (
            late % {"n": words.number(one.late_promises)}
        )
        cases = Markup("%s%s") % (cases, mark)
    return Row(
        (
            name,
            clip(one.owner, 40) if one.owner else words.pgettext("paper", "nobody named"),
            _risk(one, words=words),
            sections.amount(one.yearly, words=words, cents=False),
            cases,
            words.day(one.renewal) if one.renewal else "–",
        )
    )
