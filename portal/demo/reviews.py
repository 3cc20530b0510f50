"""The quarterly reviews of the demo company, and what it brought in from elsewhere."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

from portal.blueprints.postmortems import actions as lessons
from portal.blueprints.reviews import actions, queries, rules
from portal.blueprints.reviews.models import LineKind, ReviewVerdict
from portal.core import access, clock
from portal.reports.facts.review import Measure

from .diary import Story, local, working
from .people import Staff

Agenda = tuple[tuple[str, str, str, int, ReviewVerdict, str], ...]
SPRING: Agenda = (
    (
        "Rehearse migrations on a masked copy of customer data",
        "Yes: 38 k€ this year, 12 k€ a year after. Platform owns it.",
        "Three of the five gravest cases of two quarters began with a change that was tried on "
        "test data alone.",
        15,
        ReviewVerdict.TAKEN,
        "Yes, with 30 k€ this year. The copy stands before the autumn release.",
    ),
    (
        "Who speaks with the customer while engineering works",
        "The owner of the case, every day, with or without news.",
        "The silence is what customers remember; it cost more than the repair.",
        10,
        ReviewVerdict.TAKEN,
        "The owner. Whoever cannot hands it over in writing.",
    ),
    (
        "Raise what support may give without asking from 500 to 800 €",
        "Wait for another quarter of figures.",
        "Seven decisions are too few to tell.",
        10,
        ReviewVerdict.POSTPONED,
        "Next quarter, with the median of all regions.",
    ),
)
SUMMER: Agenda = (
    (
        "Close sites in the billing plan by themselves",
        "Yes: two weeks of work, before the invoices of January.",
        "Every wrong invoice of the quarter was for a site that was closed already.",
        15,
        ReviewVerdict.TAKEN,
        "Yes. Finance compares the December invoices by hand once more.",
    ),
    (
        "End two sponsorships whose customers have no executive any more",
        "End both, with a letter from the sponsor.",
        "Two touchpoints in a row did not take place for want of somebody to meet.",
        10,
        ReviewVerdict.REFUSED,
        "No: one more try each, by the chief executive, until the end of the quarter.",
    ),
)
PLAN = {
    Measure.CRITICAL: Decimal(6),
    Measure.CLOSED_IN_TIME: Decimal("0.85"),
    Measure.CAME_BACK: Decimal(1),
    Measure.LOST: Decimal(0),
    Measure.PROMISES_KEPT: Decimal("0.95"),
    Measure.GOODWILL: Decimal(20_000),
    Measure.ABOVE_POLICY: Decimal(0),
    Measure.TOUCHES_MISSED: Decimal(0),
    Measure.ACTIONS_IN_TIME: Decimal("0.9"),
    Measure.CSAT: Decimal("4.2"),
}
LINES = (
    (LineKind.NOTE, "The figures of promises are better, those of silence are not.", ""),
    (LineKind.DECISION, "The pack opens with what was carried over, always.", ""),
    (LineKind.ACTION, "Show the masked copy to the three customers it would have spared", "ferri"),
)
ELSEWHERE = (
    {
        "uuid": "3d0f6f0e-4a52-4d0c-9d5a-2f0a6f1f7c01",
        "title": "Night batch filled the disk of the order database",
        "company": "Brannkamp Logistik",
        "product": "Order desk",
        "start_time": "2024-11-28T22:10:00+01:00",
        "end_time": "2024-11-29T06:40:00+01:00",
        "categories": ["capacity"],
        "keywords": ["disk", "batch", "alert"],
        "summary": "A batch that normally writes two gigabytes wrote ninety. The alert went to a "
        "mailbox that nobody reads at night.",
        "body": "## What we changed\n\n- The batch stops at ten gigabytes\n- The alert wakes "
        "whoever is on duty",
    },
    {
        "uuid": "3d0f6f0e-4a52-4d0c-9d5a-2f0a6f1f7c02",
        "company": "Halden Systems",
        "summary": "Two people answered the same customer with two dates. Found in a drawer: a "
        "report from before we had Parley, without a title and without a day.",
    },
)


def story(staff: Staff, *, now: datetime) -> Story:
    """Tell the reviews of the last two quarters that are over, and open that of the running one."""
    yield working(now - timedelta(days=260))
    content = "\n".join(json.dumps(one) for one in ELSEWHERE).encode()
    by = access.operator("portal postmortems import")
    name, most = "elsewhere.jsonl", len(content)
    lessons.import_file(content, name=name, most_bytes=most, by=by, now=clock.now())
    chair = staff.actor("leadership")
    for back in (2, 1, 0):
        planned = queries.quarter_at(now, shift=-back)
        actions.set_plan(planned, PLAN, by=chair, now=clock.now())
    for back, agenda in ((2, SPRING), (1, SUMMER)):
        quarter = queries.quarter_at(now, shift=-back)
        yield from _review(quarter, agenda, staff)
    yield working(now - timedelta(days=3))
    actions.open_(queries.quarter_at(now), by=staff.actor("escalation_manager"), now=clock.now())


def _review(quarter: rules.Quarter, agenda: Agenda, staff: Staff) -> Story:
    runs, chair = staff.actor("escalation_manager"), staff.actor("leadership")
    yield local(quarter.ends - timedelta(days=6), 10)
    row = actions.open_(quarter, by=runs, now=clock.now())
    for title, recommended, reason, minutes, _verdict, _decided in agenda:
        given = {"title": title, "recommendation": recommended, "reason": reason}
        actions.seek(row, minutes=minutes, by=runs, now=clock.now(), **given)
    yield working(local(quarter.ends + timedelta(days=6), 9))
    meets = working(clock.now() + timedelta(days=2))
    actions.call(row, meets_at=meets, by=runs, now=clock.now())
    yield clock.now() + timedelta(hours=5)
    actions.mark_read(row, by=chair, now=clock.now())
    yield meets
    actions.begin(row, by=chair, now=clock.now())
    verdicts = {title: (verdict, said) for title, *_more, verdict, said in agenda}
    for one in queries.sought_of(row):
        verdict, said = verdicts.get(
            one.title, (ReviewVerdict.REFUSED, "No: the figures do not ask.")
        )
        actions.decide(row, one, verdict, said, by=chair, now=clock.now())
    for kind, text, owner in LINES:
        actions.capture(
            row,
            kind,
            text,
            owner_id=staff.ids[owner] if owner else None,
            due_on=quarter.ends + timedelta(days=40) if owner else None,
            by=chair,
            now=clock.now(),
        )
    yield clock.now() + timedelta(hours=1, minutes=30)
    actions.sign(row, by=chair, now=clock.now())
