"""Revenue by month: what it shows, the drawing, and the figures behind it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from portal.reports import charts
from portal.reports.facts import Month
from portal.reports.sections import none
from portal.reports.sheet import Column, Figure, Row, Section, Table
from portal.reports.words import Words, clip

FLAT = Decimal("0.02")


def revenue(months: Sequence[Month], *, basis: str | None, words: Words) -> Section:
    """Draw the revenue of up to 36 months under what it shows, with the figures in a table behind
    it.
    """
    _ = words.gettext
    head = words.pgettext("paper", "Revenue by month")
    row = sorted(months, key=lambda m: m.month)[-36:]
    if len(row) < 2:
        return Section(head, (none(_("Fewer than two months of revenue are recorded.")),))
    caption = finding(row, words=words)
    ends = (words.long_month(row[0].month), words.long_month(row[-1].month))
    note = words.joined(
        (
            clip(basis, 40) if basis else None,
            _("%(first)s to %(last)s") % {"first": ends[0], "last": ends[1]},
        )
    )
    alt = _(
        "Bar chart of revenue by month, %(first)s to %(last)s. %(finding)s "
        "The figures are in the table below."
    ) % {
        "first": ends[0],
        "last": ends[1],
        "finding": caption,
    }
    drawing = Figure(caption, alt, "revenue.svg", charts.bars(_bars(row, words=words)))
    return Section(head, (drawing, _table(row, words=words)), note)


def finding(months: Sequence[Month], *, words: Words) -> str:
    """Say what the months show: the last three against the same three a year before, else the
    three before.
    """
    _ = words.gettext
    amounts = [m.amount.amount for m in months]
    last = sum(amounts[-3:], Decimal(0))
    year_ago = len(amounts) >= 15
    before = sum(amounts[-15:-12] if year_ago else amounts[-6:-3], Decimal(0))
    if len(amounts) < 6:
        return _("Too few months are recorded to compare.")
    if last == 0:
        return _("No revenue in the last three months.")
    if before <= 0:
        return _("Revenue in the last three months, none in the months compared with.")
    change = (last - before) / before
    share = words.percent(abs(change).quantize(Decimal("0.01")))
    if abs(change) < FLAT:
        text = (
            _("Revenue of the last three months held level with a year before.")
            if year_ago
            else _("Revenue of the last three months held level with the three before.")
        )
    elif change > 0:
        text = (
            _("Revenue of the last three months was %(share)s above that of a year before.")
            if year_ago
            else _("Revenue of the last three months was %(share)s above that of the three before.")
        )
    else:
        text = (
            _("Revenue of the last three months was %(share)s below that of a year before.")
            if year_ago
            else _("Revenue of the last three months was %(share)s below that of the three before.")
        )
    return text % {"share": share}


def _bars(row: Sequence[Month], *, words: Words) -> list[charts.Bar]:
    values = [m.amount.amount for m in row]
    last = len(row) - 1
    # The highest is named too, unless its figure would run into that of the first or the last.
    named = {0, last} | {i for i in (values.index(max(values)),) if 3 <= i <= last - 3}
    every = 1 if len(row) <= 13 else 3
    return [
        charts.Bar(
            height=value,
            under=_under(month, words=words) if (last - i) % every == 0 else "",
            over=words.number(value.quantize(Decimal(1))) if i in named else "",
            marked=i > last - 3,
        )
        for i, (month, value) in enumerate(zip(row, values, strict=True))
    ]


def _under(month: Month, *, words: Words) -> str:
    name = words.month(month.month)
    return f"{name} {month.month:%y}" if month.month.month == 1 else name


def _table(row: Sequence[Month], *, words: Words) -> Table:
    unit, divisor = _unit(row, words=words)
    last = row[-1].month
    keys = _months_to(last)
    amounts = {(m.month.year, m.month.month): m.amount.amount for m in row}
    columns = [Column(unit, 16)]
    columns += [
        Column(words.month(date(last.year - back, month, 1)), 7, "n") for back, month in keys
    ]
    rows = []
    for year in range(last.year - 2, last.year + 1):
        cells = [amounts.get((year - back, month)) for back, month in keys]
        if any(cell is not None for cell in cells):
            label = str(year) if keys[0][0] == 0 else f"{year - 1}–{year % 100:02}"
            rows.append(Row((label, *(_cell(c, divisor=divisor, words=words) for c in cells))))
    return Table(tuple(columns), tuple(rows), "m")


def _months_to(last: date) -> list[tuple[int, int]]:
    # The twelve months that end with the last one, as years back and month: a table of whole
    # columns.
    return [
        (0 if m <= last.month else 1, m)
        for m in (*range(last.month + 1, 13), *range(1, last.month + 1))
    ]


def _unit(row: Sequence[Month], *, words: Words) -> tuple[str, int]:
    _ = words.gettext
    highest = max(abs(m.amount.amount) for m in row)
    code = row[0].amount.currency.code
    if highest < 10_000:
        return code, 1
    if highest < 10_000_000:
        return _("%(currency)s, thousands") % {"currency": code}, 1_000
    return _("%(currency)s, millions") % {"currency": code}, 1_000_000


def _cell(amount: Decimal | None, *, divisor: int, words: Words) -> str:
    return "–" if amount is None else words.number((amount / divisor).quantize(Decimal(1)))
