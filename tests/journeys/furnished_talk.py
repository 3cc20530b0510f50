"""What keeps everybody informed, as the pages of the walk show it."""

from datetime import datetime

from portal.blueprints.webhooks import actions as webhooks
from portal.blueprints.webhooks import queries as receivers
from tests.cast import Cast


def wire(cast: Cast, now: datetime) -> None:
    """Let another system be told what happens, and be away."""
    names = ["escalations.declared", "escalations.closed"]
    row = webhooks.add(
        name="Tickets", url="https://t.example/", names=names, hosts=(), by=cast.adam, now=now
    )
    row.cursor = 0
    webhooks.collect(row, now=now)
    for delivery_id, _tries in receivers.due(now=now):
        found = webhooks.claim(delivery_id, now=now)
        if found is not None:
            webhooks.note_failure(found, error="HTTP 503", status=503, by=cast.adam, now=now)
