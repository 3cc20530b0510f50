"""What every kind of briefing has in common: margins, masthead, the box of a draft."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from portal.reports import linter, masthead, sections, situation
from portal.reports.facts import Issue
from portal.reports.linter import Briefing
from portal.reports.sheet import Paragraph, Rung, Section, Sheet, Table, figures
from portal.reports.words import Words, clip


@dataclass(frozen=True, slots=True)
class Top:
    """Headline and lead of a paper, with the remark under it: built before the sections, so that
    the marks of the annex follow the order of reading.
    """

    heading: str
    lead: Markup
    remark: str = ""
    language: str | None = None


def top(facts: linter.CustomerBriefing, *, words: Words, rung: Rung) -> Top:
    """Give headline, lead and remark."""
    return Top(
        heading=rung.fit(facts.account.name, 200, what=words.pgettext("paper", "Name")),
        lead=situation.sentence(facts.situation, words=words, rung=rung),
        remark=situation.remark(facts.situation, words=words, rung=rung),
        language=facts.situation.impact_language,
    )


def sheet(
    facts: Briefing,
    *,
    words: Words,
    rungs: tuple[Rung, Rung],
    digest: str,
    kind: str,
    reference: str,
    name: str,
    identity: str,
    top: Top,
    strip: Table | None = None,
    front: Sequence[Section],
    back: Sequence[Section] = (),
) -> Sheet:
    """Make a sheet: `kind` is the printed kind, `reference` and `name` the record it is about, the
    rest its parts.
    """
    draft = linter.is_draft(facts)
    marking = masthead.classification(facts.issue, words=words, draft=draft)
    recipient = masthead.recipient(facts.reader, words=words)
    title = words.gettext("%(kind)s %(reference)s, %(name)s, issue %(n)s") % {
        "kind": kind,
        "reference": reference,
        "name": clip(name, 120),
        "n": words.number(facts.issue.number),
    }
    return Sheet(
        language=words.language,
        title=title,
        description=f"{marking}. {recipient}.",
        author=clip(facts.issue.organisation, 60),
        classification=marking,
        recipient=recipient,
        footer=masthead.footer(
            facts.issue, subject=clip(reference, 24), digest=digest, words=words, draft=draft
        ),
        page_words=(words.pgettext("paper", "Page"), words.pgettext("page x of y", "of")),
        kind=kind,
        issue=masthead.issue_line(facts.issue, words=words, draft=draft),
        heading=top.heading,
        identity=identity,
        lead=top.lead,
        remark=(top.remark, top.language or words.language),
        strip=strip,
        front=tuple(front),
        back=tuple(back),
        annex=rungs[0].annex.sections() if rungs[0].annex else (),
        annex_head=words.pgettext("paper", "Annex"),
        missing=_missing(facts, words=words) if draft else (),
        draft=words.pgettext("paper", "DRAFT") if draft else "",
        front_look=rungs[0].look,
        back_look=rungs[1].look,
        images=figures((*front, *back)),
    )


def _missing(facts: Briefing, *, words: Words) -> tuple[str, ...]:
    problems = linter.lint(facts)
    names = [sections.problem_name(problem, words=words) for problem in problems]
    return masthead.missing(problems, names=names, words=words)


def left_out_line(issue: Issue, *, words: Words) -> tuple[Paragraph, ...]:
    """Give the line that says how many records the reader may not see, or nothing."""
    if not issue.left_out:
        return ()
    text = words.ngettext(
        "%(n)s record is left out because this reader may not see it.",
        "%(n)s records are left out because this reader may not see them.",
        issue.left_out,
    )
    return (Paragraph(text % {"n": words.number(issue.left_out)}, "src"),)


def left_out(issue: Issue, *, words: Words) -> tuple[Section, ...]:
    """Give the same line as a section of its own, for papers without sources."""
    line = left_out_line(issue, words=words)
    return (Section(words.pgettext("paper", "Left out"), line),) if line else ()


def proven(facts: linter.Paper, *, words: Words, digest: str) -> Section:
    """Give the digest that proves the facts of a paper, and what the reader may not see; a draft
    has none: its facts may still change.
    """
    head = words.pgettext("paper", "Proof")
    said = left_out_line(facts.issue, words=words)
    if linter.is_draft(facts):
        said += (Paragraph(words.gettext("A draft: its facts may still change."), "src"),)
    else:
        grouped = " ".join(digest[i : i + 8] for i in range(0, 64, 8))
        text = words.gettext("SHA-256 of the facts: %(digest)s") % {"digest": grouped}
        said += (Paragraph(text, "src"),)
    return Section(head, said)
