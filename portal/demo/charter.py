"""The charter of the sponsorship programme: as it began, and as it reads after a year."""

from dataclasses import replace
from datetime import datetime, timedelta

from portal.blueprints.sponsorship import actions
from portal.blueprints.sponsorship.rules.charter import Charter
from portal.core import clock

from .diary import Story, working
from .people import Staff

FIRST = Charter(
    purpose="""An executive of ours knows an executive of each customer whose decision matters to us, before \
either of them needs the other.

The programme is not a second line of support and not a sales channel: the account's CSM stays in charge.""",
    metrics="""Introduction held: within 30 days in 9 of 10 sponsorships
Touchpoints held: 85 % of those planned
Promises kept: 95 % by their day
Accounts lost in their term: fewer than 2 a year""",
    duties="""Meet the customer's executive within 30 days, then every quarter
Read the one-page brief before, note what was said and promised within two days
Answer the direct line within two working days, or say who does
Call the CSM before every touchpoint""",
    donts="""Negotiate prices or terms
Promise dates of a roadmap
Take an escalation over: its owner keeps it""",
    customer="""An executive who agreed to meet, and who answers
An outcome in words that both sides can check
A success plan not older than 30 days at the beginning""",
    training="""What the programme is for, one hour
The first meeting: listening, half a day with role play
What may be promised, and by whom, one hour""",
)
SECOND = replace(
    FIRST,
    metrics=FIRST.metrics.replace("85 %", "90 %")
    + "\nEscalated again within 90 days: fewer than 1 in 5 recoveries",
    duties=FIRST.duties.replace("within two days", "the same day"),
    donts=FIRST.donts + "\nAccept gifts above the limit, or invite without noting it",
    training=FIRST.training + "\nRecovery: meeting a customer who is angry, half a day",
)


def story(staff: Staff, *, now: datetime) -> Story:
    """Publish the charter with the programme, and once more when a year had shown what lacked."""
    versions = (
        (640, FIRST, "The programme begins."),
        (250, SECOND, "Notes came too late to keep promises, and recoveries ask for more."),
    )
    for base, (days, page, why) in enumerate(versions):
        yield working(now - timedelta(days=days))
        by = staff.actor("programme_manager")
        actions.publish_charter(page, base=base, reason=why, by=by, now=clock.now())
