"""Two admissions at once: the last place is taken once, on both databases."""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from flask import Flask

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.sponsorship import actions, queries
from portal.blueprints.sponsorship.models import PanelVerdict, Sponsorship
from portal.core.db import db as database
from tests.cast import Cast
from tests.concessions.test_races import at_once

from . import making


def test_two_admissions_to_the_last_place(app: Flask, cast: Cast, now: datetime) -> None:
    sponsor = making.sponsor(cast.ava, by=cast.petra, now=now, capacity=1)
    rows = [
        making.sent(cast.acme, by=cast.carl, now=now),
        making.sent(cast.borealis, by=cast.clara, now=now),
    ]
    database.session.commit()
    place = sponsor.id

    def admit(reference: str, decider: int) -> Callable[[], None]:
        def work() -> None:
            by = auth_queries.actor(decider)
            row = queries.get_nomination(by, reference, now=now, lock=True)
            actions.decide(
                row,
                PanelVerdict.ADMIT,
                sponsor_id=place,
                reason="The last place.",
                by=by,
                now=now,
            )

        return work

    deciders = (cast.ids["petra"], cast.ids["lena"])
    works = [admit(row.reference, who) for row, who in zip(rows, deciders, strict=True)]
    assert at_once(app, now, works) == ["Refused", "done"]
    database.session.expire_all()
    assert len(database.session.scalars(sa.select(Sponsorship)).all()) == 1
