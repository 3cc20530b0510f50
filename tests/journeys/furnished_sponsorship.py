"""What the pages of the sponsorship programme show beside the one account that the story admits."""

from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import sqlalchemy as sa

from portal.blueprints.accounts.models import Contact
from portal.blueprints.policies import actions as policy_actions
from portal.blueprints.policies.models import PolicyKind
from portal.blueprints.sponsorship import actions, queries
from portal.blueprints.sponsorship.models import GiftKind, LaneKind, PanelVerdict
from portal.core.db import db
from portal.core.money import Money
from tests.cast import Cast


def sponsored(cast: Cast, now: datetime) -> None:
    """Send what the grave case of Borealis drafted, and put it before a panel, with a file, a vote
    and a conflict of interest; let the sponsorship that runs have all that a term has.
    """
    row = queries.open_nomination(cast.borealis, LaneKind.RECOVERY)
    assert row is not None
    said = {"outcome": "Calm by winter", "why": "They asked.", "by": cast.clara, "now": now}
    actions.edit(row, customer_executive_id=None, proposed_sponsor_id=None, **said)
    actions.send(row, by=cast.clara, now=now)
    actions.attach(row, BytesIO(b"Their plan"), name="plan.txt", by=cast.clara, now=now)
    panel = actions.convene(
        meets_at=now + timedelta(days=2),
        place="Room 4",
        quorum=1,
        members=[cast.ids["lena"], cast.ids["ava"]],
        by=cast.petra,
        now=now,
    )
    actions.put_on_agenda(row, panel, by=cast.petra, now=now)
    actions.vote(row, panel, PanelVerdict.WAIT, reason="In autumn.", by=cast.lena, now=now)
    actions.vote(row, panel, None, reason="A friend works there.", by=cast.ava, now=now)
    running = queries.running(queries.running_ids()[0])
    ava: dict[str, Any] = {"by": cast.ava, "now": now}
    actions.plan(running, words="A visit to each site.", **ava)
    for what in ("Three sites live", "One plan"):
        actions.set_goal(running, what=what, measure="Their own list", due_on=None, **ava)
    actions.settle_goal(running, queries.goals(running)[0], reached=True, note="Seen.", **ava)
    point = queries.touchpoints(running)[-1]
    actions.prepare(running, point, agenda="Who decides?\nWhen?", planned_on=None, **ava)
    actions.open_review(running, why="Half-time.", **ava)
    actions.watch(running, by=cast.petra, now=now)
    line = actions.open_line(running, _contact(cast), base_url="http://x", **ava)
    who = queries.on_line(queries.line_token(line))
    message = actions.write_in(who, "Whom do we ask about the second site?", now=now)
    actions.answer_line(running, message, text="Me, at any time.", **ava)
    actions.write_in(who, "And when do you visit us?", now=now)
    given = {"given": True, "on": None, "reason": "", "what": "A book on bridges"}
    worth = Money(Decimal(220), "EUR")
    actions.note_gift(running, GiftKind.GIFT, value=worth, **given, **ava)
    draft = policy_actions.start(PolicyKind.SPONSORSHIP, by=cast.petra, now=now)
    policy_actions.change(draft, "strategic.places", 1, by=cast.petra, now=now)
    policy_actions.ask_load(draft, by=cast.petra, now=now)
    sponsor = queries.sponsor_of(running)
    proof = {"on": now.date(), "proof": "List", "by": cast.petra, "now": now}
    actions.record_training(sponsor, "The first meeting", **proof)
    actions.open_feed(sponsor, **ava)


def _contact(cast: Cast) -> Contact:
    query = sa.select(Contact).where(Contact.account_id == cast.acme_id, Contact.email != "")
    return db.session.scalars(query.order_by(Contact.id)).first()
