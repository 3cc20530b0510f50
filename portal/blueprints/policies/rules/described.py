"""A policy document as a page shows it: sections of label, value and unit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from portal.core.i18n import _, for_each_language, ngettext, show_number
from portal.core.money import Money

from .admission import EntryCondition, ExitCondition, fact_name, lifted_words
from .base import Document, Part, Span, Unit
from .churn import ChurnCard, card_rows, factor_rows
from .compensation import Signer, Treatment
from .conditions import FIELDS, Condition, FactValue, Kind
from .playbooks import Joiner, PlaybookStep
from .regulator import RegulatorClock
from .risk import RiskFactor
from .severity import LadderStep
from .triggers import PhraseList
from .words import day_words, label, span_words, unit_words, word

Value = str | int | bool | Decimal | Money | date | tuple[str, ...]

OWN_LISTS = frozenset({"conditions", "endings"})
"""Lists of conditions of the house's own: not shown where there are none."""
HEADINGS = (
    "label",
    "key",
    "factor",
    "name",
    "severity",
    "region",
    "segment",
    "trigger",
    "language",
)
PERCENT = frozenset({
    "a", "arr_share_above", "b", "base", "c", "discount_rate", "high", "leadership_above", "low",
    "lost_share", "rate_tolerance", "share", "tolerance", "warn_above",
})  # fmt: skip
MONEY = frozenset({
    "amount", "arr_floor", "disrupted_day", "effort_hour", "floor", "insurer_from",
    "largest_amount", "largest_arr", "largest_revenue_line", "most",
})  # fmt: skip
COMPACT = 3
SENTENCES = frozenset({"say", "avoid", "counsel"})
PRICE = "price"


@dataclass(frozen=True)
class Row:
    """A label, a value to be formatted for its type in the reader's language, and its unit."""

    label: str
    value: Value
    unit: str = ""


@dataclass(frozen=True)
class Section:
    """Rows under a title."""

    title: str
    rows: tuple[Row, ...]


def described(document: Document) -> list[Section]:
    """Give a policy in sections; shares come as percent, spans as a number with its unit."""
    plain: list[Row] = []
    sections: list[Section] = []
    for field in type(document).model_fields:
        value = getattr(document, field)
        if field in ("title", "note") or value is None or (field in OWN_LISTS and not value):
            continue
        if isinstance(value, tuple) and value and isinstance(value[0], Part):
            sections += _parts(field, value)
        elif isinstance(value, ChurnCard):
            sections += _card(value, document)
        elif isinstance(value, Part) and not isinstance(value, Span):
            sections.append(Section(label(field), tuple(_rows(value))))
        elif isinstance(value, dict):
            sections.append(Section(label(field), tuple(_hours(value))))
        else:
            plain.append(_row(field, value))
    if plain:
        sections.insert(0, Section(_(document.title), tuple(plain)))
    currency = getattr(document, "currency", None)
    return [
        Section(section.title, tuple(_priced(row, currency) for row in section.rows))
        for section in sections
    ]


def _card(card: ChurnCard, policy: Document) -> Iterator[Section]:
    """Give a learned scorecard: how good it is, and the points of each factor."""
    yield Section(label("churn"), tuple(Row(text, value) for text, value in card_rows(card)))
    names = {one.name: one.label for one in getattr(policy, "factors", ())}
    rows = (Row(_(names[one.name]), tuple(factor_rows(one))) for one in card.factors)
    yield Section(_joined(label("churn"), _("points of each factor")), tuple(rows))


def _priced(row: Row, currency: str | None) -> Row:
    """Give an amount in the policy's currency; a policy without one speaks in the reporting one."""
    if row.unit != PRICE or not isinstance(row.value, Decimal):
        return row
    if currency is None:
        return Row(row.label, row.value, _("in the reporting currency"))
    return Row(row.label, Money(row.value, currency))


def percent(share: Decimal) -> Decimal:
    """Give a share as percent, without zeros at its end."""
    shown = share * 100
    return shown.quantize(Decimal(1)) if shown == shown.to_integral() else shown.normalize()


def _parts(field: str, parts: tuple[Part, ...]) -> list[Section]:
    """Give one section for small parts, else a section for each."""
    if isinstance(parts[0], EntryCondition):
        asked = (_asked(part) for part in parts if isinstance(part, EntryCondition))
        return [Section(label(field), tuple(asked))]
    if all(_is_small(part) for part in parts):
        rows = (
            Row(_joined(_heading(part, number), row.label), row.value, row.unit)
            for number, part in enumerate(parts, 1)
            for row in _rows(part)
        )
        return [Section(label(field), tuple(rows))]
    headings = [_heading(part, number) for number, part in enumerate(parts, 1)]
    return [
        Section(_joined(_numbered(field, number, headings), heading), tuple(_rows(part)))
        for number, (part, heading) in enumerate(zip(parts, headings, strict=True), 1)
    ]


def _asked(one: EntryCondition) -> Row:
    """Give a condition of admission: the fact it is about, and what is asked of it."""
    text = _joined(word(one.lane), fact_name(one.fact))
    compared = word(one.comparison)
    if one.value is not None:
        compared += f" {show_number(one.value)}"
    if isinstance(one, ExitCondition) and one.lifted is not None:
        compared += f", {lifted_words(one)}"
    return Row(text, compared)


def _numbered(field: str, number: int, headings: list[str]) -> str:
    """Give the name of a field's parts, with a number where two parts have the same heading."""
    alike = headings.count(headings[number - 1]) > 1
    return f"{label(field)} {number}" if alike else label(field)


def _is_small(part: Part) -> bool:
    """Say whether a part needs no section of its own."""
    values = [getattr(part, name) for name in _fields(part)]
    nested = any(isinstance(v, Part) and not isinstance(v, Span) for v in values)
    return len(values) <= COMPACT and not nested


def _fields(part: Part) -> list[str]:
    """Give the fields that a part shows below its heading."""
    heading = _heading_field(part)
    hidden = {heading, "name"} if heading == "label" else {heading}
    if isinstance(part, RiskFactor):
        hidden.add("measure")
    if isinstance(part, PhraseList):
        hidden.add("language")
    if isinstance(part, Treatment):
        hidden |= {"form", "ground"}
    if isinstance(part, LadderStep):
        hidden |= {"share_percent", "minutes_after"}
    return [
        name
        for name in type(part).model_fields
        if name not in hidden and getattr(part, name) not in (None, (), "")
    ]


def _heading(part: Part, number: int) -> str:
    """Give what a part is called; parts without a name are numbered."""
    if isinstance(part, PhraseList):
        return f"{word(part.trigger)}, {word(part.language)}"
    if isinstance(part, Treatment):
        return ", ".join(word(name) for name in (part.form, part.ground) if name)
    if isinstance(part, RegulatorClock):
        return _joined(f"{part.jurisdiction}, {part.authority}", word(part.step))
    if isinstance(part, LadderStep):
        return _step_words(part)
    field = _heading_field(part)
    if field is None:
        return str(number)
    value = str(getattr(part, field))
    if value == "*":
        return str(_("every other"))
    return str(_(value)) if field == "label" else word(value)


def _step_words(step: LadderStep) -> str:
    """Say when a step of the ladder comes."""
    share = f"{step.share_percent} %"
    if not step.minutes_after:
        return share
    return _("%(share)s and %(n)s min", share=share, n=step.minutes_after)


def _joined(what: str, more: str) -> str:
    """Join by a colon, as the reader's language sets it."""
    colon = _(":")
    return f"{what}{colon} {more}"


def _heading_field(part: Part) -> str | None:
    """Give the field that a part is called by; points and amounts are no names."""
    return next((name for name in HEADINGS if isinstance(getattr(part, name, None), str)), None)


def _rows(part: Part) -> Iterator[Row]:
    """Give the rows of a part; parts inside parts are written out beside their label."""
    for field in _fields(part):
        value = getattr(part, field)
        if isinstance(value, tuple) and value and isinstance(value[0], Joiner | PlaybookStep):
            yield from map(_played, value)
        elif isinstance(value, tuple) and value and isinstance(value[0], Part):
            yield Row(label(field), tuple(_summary(inner) for inner in value))
        elif isinstance(value, Part) and not isinstance(value, Span):
            yield from (
                Row(_joined(label(field), row.label), row.value, row.unit) for row in _rows(value)
            )
        elif isinstance(part, RiskFactor) and field == "full_at":
            yield Row(label(field), value, _(part.measure))
        else:
            yield _row(field, value)


def _played(part: Joiner | PlaybookStep) -> Row:
    """Give a step with who takes it and when, or who joins and what for."""
    since = since_words(part.severity_at_least)
    if isinstance(part, Joiner):
        return Row(_joined(label("joins"), joiner_words(part)), _joined(since, _(part.does)))
    within = (_("within %(span)s", span=span_words(part.within)),) if part.within else ()
    work = ngettext("%(num)d minute of work", "%(num)d minutes of work", part.minutes)
    return Row(_(part.label), ", ".join((word(part.who), *within, work, since)))


def since_words(severity: str) -> str:
    """Say from which severity on a part of a playbook counts."""
    return str(_("always") if severity == "E4" else _("from %(severity)s on", severity=severity))


def joiner_words(part: Joiner) -> str:
    """Name who joins: people of a role, or a team."""
    return word(part.who) if part.who else str(_("the team “%(name)s”", name=part.team))


def _summary(part: Part) -> str:
    """Give a small part in one line."""
    if isinstance(part, Condition):
        return condition_words(part)
    if isinstance(part, Signer):
        grade = f" ({word(part.grade.value)})" if part.grade else ""
        return word(part.role.value) + grade
    if not _fields(part):
        return _heading(part, 0)
    return ", ".join(f"{row.label} {row.value} {row.unit}".strip() for row in _rows(part))


def condition_words(condition: Condition) -> str:
    """Give a condition as a phrase: fact, operator, value."""
    value = condition.value
    if value is None:
        shown = ""
    elif isinstance(value, tuple):
        shown = ", ".join(word(name) for name in value)
    elif isinstance(value, bool):
        shown = _("yes") if value else _("no")
    elif FIELDS[condition.field] is Kind.NUMBER and condition.field.endswith("_share"):
        shown = f"{percent(Decimal(value))} %"
    else:
        shown = word(str(value))
    return f"{fact_words(condition.field)} {word(condition.op.value)} {shown}".strip()


def seen_words(field: str, value: FactValue) -> str:
    """Give a fact as it was seen, for the reader; "not known" where it was not."""
    if value is None:
        return str(_("not known"))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or str(_("none"))
    if isinstance(value, Decimal) and field.endswith("_share"):
        return f"{percent(round(value, 6)):f} %"
    return word(str(value))


def fact_words(field: str) -> str:
    """Give the reader's name of a fact."""
    return _fact_names()[field]


@for_each_language
def _fact_names() -> dict[str, str]:
    return {
        "arr": _("ARR"),
        "arr_share": _("share of total ARR"),
        "band": _("risk band"),
        "channel": _("channel"),
        "country": _("country"),
        "days_to_demand": _("days to the demand's date"),
        "days_to_renewal": _("days to renewal"),
        "executive": _("executive by policy"),
        "formal_notice": _("formal notice"),
        "industry": _("industry"),
        "kind": _("kind of escalation"),
        "language": _("language"),
        "lifecycle": _("stage of the relationship"),
        "natural_person": _("natural person"),
        "open_cases": _("open cases"),
        "problem": _("kind of problem"),
        "re_escalation": _("re-escalation"),
        "reference_customer": _("reference customer"),
        "region": _("region"),
        "regulator_exposed": _("exposed to a regulator"),
        "segment": _("segment"),
        "severity": _("severity"),
        "tags": _("tags"),
        "tier": _("tier"),
        "trigger": _("trigger"),
    }


def _row(field: str, value: object) -> Row:
    """Give one plain value with its unit."""
    match value:
        case Span():
            return Row(label(field), value.count, unit_words(value.unit, value.count))
        case bool() | date():
            return Row(label(field), value)
        case int():
            return Row(label(field), value, _unit(field, value))
        case Decimal() if field in PERCENT:
            return Row(label(field), percent(value), "%")
        case Decimal() if field in MONEY:
            return Row(label(field), value, PRICE)
        case Decimal():
            return Row(label(field), value)
        case tuple() if field in SENTENCES:
            return Row(label(field), tuple(str(_(str(item))) for item in value))
        case tuple():
            return Row(label(field), tuple(word(str(item)) for item in value))
        case _:
            return Row(label(field), _(word(str(value))))


def _unit(field: str, count: int) -> str:
    """Give the unit that a whole number's field names."""
    if field in ("draft", "meeting", "approval"):
        return unit_words(Unit.BUSINESS_DAYS, count)
    if field in ("priority", "normal"):
        return unit_words(Unit.WEEKS, count)
    for ending, words in (
        ("_days", unit_words(Unit.DAYS, count)),
        ("_months", unit_words(Unit.MONTHS, count)),
        ("_hours", unit_words(Unit.HOURS, count)),
        ("_years", str(ngettext("year", "years", count))),
        ("_quarters", str(ngettext("quarter", "quarters", count))),
        ("minutes_after", str(ngettext("minute", "minutes", count))),
        ("share_percent", "%"),
    ):
        if field.endswith(ending):
            return words
    return ""


def _hours(week: dict[str, tuple[tuple[str, str], ...]]) -> Iterator[Row]:
    """Give the opening hours of each day that has any."""
    days = day_words()
    for number, segments in sorted(week.items()):
        yield Row(days[int(number)], tuple(f"{start}–{end}" for start, end in segments))
