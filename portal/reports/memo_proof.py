"""Page two of a compensation memo: when it pays, who signs, what the budget and the rules say."""

from markupsafe import Markup

from portal.reports import labels, sections
from portal.reports.facts import CompensationMemo, Signing
from portal.reports.sheet import Bullets, Column, Paragraph, Row, Rung, Section, Table
from portal.reports.words import Words, clip


def pays(facts: CompensationMemo, *, words: Words) -> Section:
    """Give by how much the offer must raise retention to pay for itself."""
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "When it pays")
    note = _("Cost to us divided by three-year value")
    if facts.worth is None:
        return Section(head, (sections.none(_("What the customer is worth is not known.")),), note)
    levels = (facts.worth.low, facts.worth.base, facts.worth.high)
    unknown = pgettext("paper", "not known")
    values = [sections.amount(one.value, words=words, cents=False) for one in levels]
    points = [unknown if one.points is None else words.number(one.points) for one in levels]
    able = {None: unknown, True: pgettext("paper", "yes"), False: pgettext("paper", "no")}
    table = Table(
        (
            Column("", 40),
            Column(pgettext("paper", "Low"), 20, "n"),
            Column(pgettext("paper", "Base"), 20, "n"),
            Column(pgettext("paper", "High"), 20, "n l"),
        ),
        (
            Row((_("Three-year value if they stay"), *values)),
            Row((_("Offer must add, points of retention"), *points)),
            Row((_("Can it pay for itself?"), *(able[one.can_pay] for one in levels)), "sum"),
        ),
    )
    small = Paragraph(
        _("A customer who leaves counts as worth nothing. Value never decides alone."), "src"
    )
    return Section(head, (table, small), note)


def signing(facts: CompensationMemo, *, words: Words, rung: Rung) -> Section:
    """Give whose signatures it needs and why, and who gave them."""
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Who may sign")
    if not facts.path:
        why = _("No signature is needed: all of it is owed.")
        if not facts.parts:
            why = _("Nothing is offered yet, so nobody is asked.")
        return Section(head, (sections.none(why),))
    given = Markup("")
    if facts.given is not None:
        given = words.fill(
            _("Given in the last 12 months before this: %(amount)s."),
            amount=Markup("<b>%s</b>") % words.money(facts.given),
        )
    columns = (
        Column(pgettext("paper", "Role"), 24),
        Column(pgettext("paper", "Why"), 44),
        Column(pgettext("paper", "Here"), 32, "l"),
    )
    rows = tuple(
        Row(
            (
                labels.seat(one.seat, words=words),
                rung.fit(one.why, 140, what=head),
                _here(one, words=words),
            )
        )
        for one in facts.path
    )
    note = ""
    if facts.policy is not None:
        note = _("Compensation policy, version %(n)s") % {"n": words.number(facts.policy)}
    small = Paragraph(
        _("Who wrote the request does not sign it. Another amount voids every signature."), "src"
    )
    table = Table(columns, rows)
    return Section(head, (*((Paragraph(given),) if given else ()), table, small), note)


def _here(one: Signing, *, words: Words) -> str:
    _ = words.gettext
    if one.on is not None:
        return words.joined(
            (clip(one.who or "", 60), words.gettext("signed %(day)s") % {"day": words.day(one.on)})
        )
    who = clip(one.who, 80) if one.who else words.pgettext("paper", "nobody named")
    if not one.now:
        return words.pgettext("paper", "later")
    return Markup("<b>%s</b>") % (words.pgettext("paper", "you") if one.mine else who)


def budget(facts: CompensationMemo, *, words: Words) -> Section:
    """Give the budget of the region, what this offer takes of it, and what is left."""
    _ = words.gettext
    pgettext = words.pgettext
    head = pgettext("paper", "Budget")
    if facts.budget is None:
        return Section(head, (sections.none(_("No budget is recorded for this quarter.")),))
    columns = (
        Column(pgettext("paper", "What"), 40),
        Column(pgettext("paper", "Budget"), 20, "n"),
        Column(pgettext("paper", "This offer"), 20, "n"),
        Column(pgettext("paper", "Left now"), 20, "n l"),
    )
    amounts = (facts.budget, facts.draws, facts.budget_left)
    row = Row(
        (
            _("Gestures of the region, this quarter"),
            *(sections.amount(m, words=words) for m in amounts),
        )
    )
    note = _("Face value of all but what is owed")
    return Section(head, (Table(columns, (row,)),), note)


def checks(facts: CompensationMemo, *, words: Words, rung: Rung) -> Section:
    """Give what the rules of the policy say against the offer."""
    _ = words.gettext
    head = words.pgettext("paper", "Checks")
    said: list[str] = []
    if facts.still_owed is not None and facts.still_owed.amount:
        owed = _("The contract owes %(amount)s more by measured availability.")
        said.append(str(words.fill(owed, amount=words.money(facts.still_owed))))
    if facts.insurer is not None:
        told = (
            _("The insurer’s question is answered.")
            if facts.insurer
            else _("The insurer’s question is open: nobody signs before.")
        )
        said.append(told)
    for one in facts.objections:
        text = rung.fit(one.text, 200, what=head)
        said.append(
            Markup('<span class="x">%s</span> %s') % (words.pgettext("paper", "Stop:"), text)
            if one.stops
            else text
        )
    if not facts.objections and facts.parts:
        said.insert(0, _("No rule of the policy stands against it."))
    if facts.taxes:
        taxes = words.ended("; ".join(facts.taxes))
        said.append(
            Markup("<b>%s</b> %s") % (words.headed(_("Tax")), rung.fit(taxes, 400, what=head))
        )
    if facts.revenue:
        said.append(facts.revenue)
    if not said:
        return Section(head, (sections.none(_("There is nothing to check yet.")),))
    shown, left = rung.some(said, 8)
    return Section(head, (Bullets(tuple(shown)), *sections.more(left, words=words)))


def by_hand(facts: CompensationMemo, *, words: Words, rung: Rung) -> Section:
    """Give room for the signatures that are outstanding."""
    pgettext = words.pgettext
    head = pgettext("paper", "Signatures")
    waiting = [one for one in facts.path if one.on is None]
    if not waiting:
        return Section(head, (sections.none(words.gettext("None is outstanding.")),))
    shown, left = rung.some(waiting, 5)
    columns = (
        Column(pgettext("paper", "Role"), 34),
        Column(pgettext("paper", "Signature"), 42),
        Column(pgettext("paper", "Date"), 24, "l"),
    )
    rows = tuple(Row((labels.seat(one.seat, words=words), "", ""), "pen") for one in shown)
    note = words.gettext("Counts once it is entered in the portal")
    return Section(head, (Table(columns, rows), *sections.more(left, words=words)), note)
