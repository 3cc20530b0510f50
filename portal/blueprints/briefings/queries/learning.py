"""Collecting the facts of a post-mortem report, for our people or for the customer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.postmortems import queries as postmortem_queries
from portal.blueprints.postmortems import rules as postmortem_rules
from portal.blueprints.postmortems.models import ActionState, FindingKind, Postmortem
from portal.core.access import Actor, K
from portal.core.i18n import _, speaking
from portal.reports import facts as paper

from ..rules import CUSTOMER, Edition
from . import collecting, leading


def postmortem_facts(
    row: Postmortem, *, reader: Actor, edition: Edition, now: datetime
) -> collecting.Collected[paper.PostmortemReport]:
    """Freeze what the reader, or the customer, may know of a post-mortem."""
    with speaking(edition.locale, reader.zone):
        sheet = postmortem_queries.sheet(row, viewer=reader, now=now)
        found = _report(sheet, reader=reader, edition=edition, now=now)
        klass = K.RESTRICTED if sheet.reads_names or sheet.cost else K.CONFIDENTIAL
        if edition.audience == CUSTOMER:
            klass = K.INTERNAL
            found = _for_customer(found, sheet, row)
        else:
            found = collecting.marked(found, klass)
    return collecting.Collected(found, klass, frozenset(one.reference for one in sheet.cases))


def _report(
    sheet: postmortem_queries.Sheet, *, reader: Actor, edition: Edition, now: datetime
) -> paper.PostmortemReport:
    row = sheet.row
    findings = {kind: tuple(one.text for one in found) for kind, found in sheet.findings.items()}
    return paper.PostmortemReport(
        issue=collecting.header(reader, edition=edition, now=now),
        reader=collecting.addressee(reader),
        account=collecting.identity(sheet.account),
        reference=row.reference,
        state=paper.LessonState(row.state.value),
        title=sheet.title or _("Post-mortem %(ref)s", ref=row.reference),
        summary=sheet.texts["summary"] or None,
        surprise=sheet.texts["surprise"] or None,
        facilitator=sheet.facilitator,
        met_on=sheet.met_on,
        approval_due=row.approval_due_on,
        published=leading.day_in(row.published_at, reader.zone),
        cases=tuple(
            paper.LessonCase(
                reference=one.reference,
                title=one.title,
                severity=paper.Severity(one.severity.value),
                opened=one.opened_at,
                closed=one.closed_at,
            )
            for one in sheet.cases
        ),
        moments=tuple(
            paper.Moment(
                stamp=one.stamp,
                **dict(zip(("happened", "heard", "promised", "decided"), one.lanes, strict=True)),
            )
            for one in sheet.moments
        ),
        causes=tuple(
            paper.CauseLine(
                factor=one.factor,
                text=one.text,
                weight=one.weight,
                evidence=" ".join(filter(None, (one.evidence, one.evidence_url))) or None,
                whys=tuple(why.text for why in postmortem_rules.flat(one.whys)),
                numbers=tuple(why.number for why in postmortem_rules.flat(one.whys)),
            )
            for one in sheet.causes
        ),
        well=findings[FindingKind.WELL],
        badly=findings[FindingKind.BADLY],
        luck=findings[FindingKind.LUCK],
        actions=_actions(sheet),
        people=tuple(sheet.people),
        cost=sheet.cost,
        missing=tuple(sheet.missing),
        facts_only=row.counsel_choice == "facts_only",
    )


def _actions(sheet: postmortem_queries.Sheet) -> tuple[paper.ActionLine, ...]:
    return tuple(
        paper.ActionLine(
            what=one.what,
            state=paper.ActionState(one.state.value),
            due=one.due_on,
            owner=one.owner or None,
            outcome=one.outcome or None,
            verification=one.verification or None,
            priority=one.priority.value == "priority",
            late=one.late,
        )
        for one in sheet.actions
    )


def _for_customer(
    found: paper.PostmortemReport, sheet: postmortem_queries.Sheet, row: Postmortem
) -> paper.PostmortemReport:
    """Give the edition for the customer: what they heard, why it happened and what is done; no
    internal notes, no names of people, no amounts.
    """
    roles = postmortem_queries.roles_of_people(row)

    def plain(text: str) -> str:
        return postmortem_rules.for_customer(text, roles)

    return replace(
        found,
        issue=replace(
            found.issue,
            classification=paper.Classification.CUSTOMER,
            classification_words=auth_queries.classification_words(
                paper.Classification.CUSTOMER.value, found.issue.locale
            ),
        ),
        reader=paper.Reader(name=found.account.name),
        title=plain(found.title),
        for_customer=True,
        summary=plain(found.summary) if found.summary else None,
        surprise=None,
        facilitator=None,
        approval_due=None,
        cases=(),
        moments=_moments(found.moments, plain),
        causes=tuple(
            paper.CauseLine(factor=one.factor, text=plain(one.text)) for one in found.causes
        ),
        well=(),
        badly=(),
        luck=(),
        actions=tuple(
            replace(one, what=plain(one.what), owner=None, outcome=None, verification=None)
            for one in found.actions
            if one.state.value != ActionState.DROPPED.value
        ),
        people=(),
        cost=None,
    )


def _moments(
    found: tuple[paper.Moment, ...], plain: Callable[[str], str]
) -> tuple[paper.Moment, ...]:
    """Give what the customer heard and what we promised them: the other two timelines begin from
    our own notes. Rows left empty are left out.
    """
    told = [
        replace(
            one,
            happened=(),
            heard=tuple(map(plain, one.heard)),
            promised=tuple(map(plain, one.promised)),
            decided=(),
        )
        for one in found
    ]
    return tuple(one for one in told if one.heard or one.promised)
