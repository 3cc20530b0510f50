"""What the pages of the sponsorship programme show beside the one account that the story admits."""

from datetime import datetime, timedelta
from io import BytesIO

from portal.blueprints.sponsorship import actions
from portal.blueprints.sponsorship.models import Verdict
from tests.cast import Cast
from tests.sponsorship import making


def sponsored(cast: Cast, now: datetime) -> None:
    """Put a nomination before a panel, with a file, a vote and a conflict of interest."""
    row = making.sent(cast.borealis, by=cast.clara, now=now)
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
    actions.vote(row, panel, Verdict.WAIT, reason="In autumn.", by=cast.lena, now=now)
    actions.vote(row, panel, None, reason="A friend works there.", by=cast.ava, now=now)
