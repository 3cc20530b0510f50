"""What stands above the sections and in the margins: classification, reader, issue, identity,
strip.
"""

from collections.abc import Sequence
from itertools import zip_longest

from markupsafe import Markup

from portal.reports import linter
from portal.reports.facts import (
    Account,
    Band,
    Channel,
    Classification,
    Contact,
    Issue,
    Reader,
    Risk,
    Sentiment,
    Severity,
    Strip,
    Trend,
)
from portal.reports.sheet import Column, Row, Table
from portal.reports.words import Words, clip


def classification(issue: Issue, *, words: Words, draft: bool) -> str:
    """Give the words at the top left of every page."""
    pgettext = words.pgettext
    word = {
        Classification.CUSTOMER: pgettext("paper", "FOR THE CUSTOMER  ·  named recipient"),
        Classification.INTERNAL: pgettext("paper", "INTERNAL  ·  not for customers"),
        Classification.CONFIDENTIAL: pgettext(
            "paper", "CONFIDENTIAL  ·  named reader only, do not forward"
        ),
        Classification.RESTRICTED: pgettext(
            "paper", "RESTRICTED  ·  named reader only, do not forward or copy"
        ),
    }[issue.classification]
    parts = [clip(part, 80) for part in (issue.legend, issue.classification_words or word) if part]
    if draft:
        parts.insert(0, pgettext("paper", "DRAFT  ·  not for circulation"))
    return "  ·  ".join(parts)


def recipient(reader: Reader, *, words: Words) -> str:
    """Give the words at the top right of every page."""
    name = words.joined((clip(reader.name, 44), clip(reader.title, 44) if reader.title else None))
    return str(words.fill(words.gettext("For %(reader)s"), reader=Markup(name)))  # noqa: S704 - unescaped on purpose: the template escapes it


def issue_line(issue: Issue, *, words: Words, draft: bool) -> str:
    """Give number, day, time and zone of the issue."""
    text = words.gettext("Draft of issue %(n)s") if draft else words.gettext("Issue %(n)s")
    number = text % {"n": words.number(issue.number)}
    time = f"{words.time(issue.issued_at)} {words.zone_name(issue.issued_at)}"
    return words.joined((number, words.full_day(issue.issued_at), time))


def footer(issue: Issue, *, subject: str, digest: str, words: Words, draft: bool) -> str:
    """Give references and how to verify the paper; a draft cannot be verified and says so."""
    _ = words.gettext
    number = (_("draft of issue %(n)s") if draft else _("issue %(n)s")) % {
        "n": words.number(issue.number)
    }
    parts = [subject, f"{issue.reference}, {number}"]
    if draft:
        parts.append(_("not final, cannot be verified"))
    elif issue.verify_at:
        code = " ".join(digest[i : i + 4] for i in (0, 4, 8)).upper()
        parts.append(
            _("verify at %(where)s: %(code)s") % {"where": clip(issue.verify_at, 60), "code": code}
        )
    return "  ·  ".join(parts)


def identity(account: Account, *, words: Words, room: int = 60) -> str:
    """Give the line under the customer's name from the parts that are known."""
    _ = words.gettext
    place = words.joined([clip(part, room) for part in (account.industry, account.region) if part])
    since = ""
    if account.customer_since:
        since = _("Customer since %(day)s") % {"day": words.since(account.customer_since)}
    if account.reference_customer:
        since = words.joined((since, words.pgettext("paper", "public reference")))
    place = place[:1].upper() + place[1:]
    return " ".join(f"{part}." for part in (account.reference, place, since) if part)


def missing(
    problems: Sequence[linter.Problem], *, names: Sequence[str], words: Words
) -> tuple[str, ...]:
    """Give the lines of the draft's box: that it is a draft, and what it lacks (at most six
    named).
    """
    _ = words.gettext
    head = _("Draft, not for circulation.")
    if not problems:
        return (head, _("Nothing is missing; it has not been made final."))
    said = [linter.explain(p, words=words, name=n) for p, n in zip_longest(problems, names)]
    more = [] if len(said) <= 6 else [_("and %(n)s more") % {"n": len(said) - 6}]
    return (head, _("Missing before it can be final:"), *(f"– {text}" for text in said[:6] + more))


def strip(facts: Strip, *, words: Words, room: int = 60) -> Table:
    """Give the four cells that are always in sight."""
    pgettext = words.pgettext
    graded = facts.risk is None and facts.severity is not None
    third = pgettext("paper", "Open case") if graded else pgettext("paper", "Risk (0–100)")
    heads = (
        Column(pgettext("paper", "Owner"), 23),
        Column(pgettext("paper", "Next contact"), 27),
        Column(third, 24),
        Column(pgettext("paper", "Renewal"), 26, "l"),
    )
    cells = (
        owner(facts, words=words, room=room),
        contact(facts.next_contact, words=words, room=room, wanted=facts.severity is not None),
        _gravest(facts, words=words) if graded else _risk(facts.risk, words=words),
        _renewal(facts, words=words),
    )
    return Table(heads, (Row(cells),), "strip")


def owner(facts: Strip, *, words: Words, room: int) -> Markup:
    """Give the cell of the owner, with the CSM beneath."""
    _ = words.gettext
    second = _("CSM: %(name)s") % {"name": clip(facts.csm, room)} if facts.csm else ""
    if not facts.owner:
        return two_lines(words.pgettext("paper", "Nobody named"), second, broken=True)
    return two_lines(clip(facts.owner, room), second)


def contact(
    next_contact: Contact | None, *, words: Words, room: int = 60, wanted: bool = True
) -> Markup:
    """Give the cell of the next contact: when, who of ours, how, whom; that there is none is marked
    where one is `wanted`.
    """
    _ = words.gettext
    if next_contact is None:
        return two_lines(words.pgettext("paper", "None agreed"), "", broken=wanted)
    people = " → ".join(
        clip(name, room) for name in (next_contact.ours, next_contact.theirs) if name
    )
    how = channel(next_contact.channel, words=words) if next_contact.channel else None
    return two_lines(
        words.near(next_contact.when),
        words.joined((people, how)),
        broken=words.past(next_contact.when),
    )


def two_lines(first: str, second: str, *, broken: bool = False) -> Markup:
    """Give a bold line with a plain one under it; `broken` puts the first in the accent."""
    mark = Markup('<b class="x">%s</b>') if broken else Markup("<b>%s</b>")
    return mark % first + (Markup("<br/>%s") % second if second else Markup(""))


def channel(kind: Channel, *, words: Words) -> str:
    """Give the word for a way of speaking."""
    pgettext = words.pgettext
    return {
        Channel.PHONE: pgettext("paper", "call"),
        Channel.EMAIL: pgettext("paper", "e-mail"),
        Channel.MEETING: pgettext("paper", "meeting"),
        Channel.LETTER: pgettext("paper", "letter"),
        Channel.TICKET: pgettext("paper", "ticket"),
        Channel.SOCIAL: pgettext("paper", "public post"),
        Channel.FORM: pgettext("paper", "form"),
        Channel.API: pgettext("paper", "connected system"),
    }[kind]


def severity(kind: Severity, *, words: Words) -> str:
    """Give a severity with its word."""
    pgettext = words.pgettext
    return {
        Severity.E1: pgettext("paper", "E1 critical"),
        Severity.E2: pgettext("paper", "E2 high"),
        Severity.E3: pgettext("paper", "E3 medium"),
        Severity.E4: pgettext("paper", "E4 watch"),
    }[kind]


def trend(kind: Trend, *, words: Words) -> str:
    """Give the words for which way a case is going."""
    pgettext = words.pgettext
    return {
        Trend.IMPROVING: pgettext("paper", "Improving"),
        Trend.SAME: pgettext("paper", "Unchanged"),
        Trend.DECLINING: pgettext("paper", "Getting worse"),
    }[kind]


def sentiment(kind: Sentiment, *, words: Words) -> str:
    """Give the words for where somebody at the customer's stands."""
    pgettext = words.pgettext
    return {
        Sentiment.WITH_US: pgettext("sentiment", "With us"),
        Sentiment.NEUTRAL: pgettext("sentiment", "Neutral"),
        Sentiment.WAVERING: pgettext("sentiment", "Wavering"),
        Sentiment.AGAINST_US: pgettext("sentiment", "Against us"),
    }[kind]


def day_of(day: int | None, close_within: int | None, *, words: Words) -> str:
    """Say which day of a case it is, of how many; nothing where either is not known."""
    if day is None or close_within is None:
        return ""
    return words.gettext("day %(n)s of %(most)s") % {"n": day, "most": close_within}


def band(kind: Band, *, words: Words) -> str:
    """Give the word for a band of risk."""
    pgettext = words.pgettext
    return {
        Band.GREEN: pgettext("paper", "green"),
        Band.AMBER: pgettext("paper", "amber"),
        Band.RED: pgettext("paper", "red"),
    }[kind]


def _risk(risk: Risk | None, *, words: Words) -> Markup:
    _ = words.gettext
    if risk is None:
        return two_lines(words.pgettext("paper", "Not assessed yet"), "")
    first = f"{words.number(risk.score)}, {band(risk.band, words=words)}"
    second = ""
    if risk.owner_score is not None:
        second = _("the owner judges %(score)s") % {"score": words.number(risk.owner_score)}
    elif risk.dated:
        second = _("as of %(day)s") % {"day": words.day(risk.dated)}
    return two_lines(first, second, broken=risk.band is Band.RED)


def _gravest(facts: Strip, *, words: Words) -> Markup:
    assert facts.severity is not None
    return two_lines(
        severity(facts.severity, words=words),
        day_of(facts.day, facts.close_within, words=words),
        broken=facts.severity is Severity.E1,
    )


def _renewal(facts: Strip, *, words: Words) -> Markup:
    _ = words.gettext
    notice = ""
    if facts.notice_by:
        text = (
            _("notice was possible until %(day)s")
            if words.past(facts.notice_by)
            else _("notice until %(day)s")
        )
        notice = text % {"day": words.day(facts.notice_by)}
    first = (
        words.since(facts.renewal) if facts.renewal else words.pgettext("paper", "Date not known")
    )
    return two_lines(first, notice)
