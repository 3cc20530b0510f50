"""What everybody in a meeting looks at: the item, what was captured, what comes next."""

from dataclasses import dataclass
from datetime import datetime

from portal.blueprints.auth import queries as auth_queries
from portal.blueprints.policies.models import PolicyDraft
from portal.core.access import Actor, Permission
from portal.reports.facts.review import Todo

from .. import rules
from ..models import Line, Review, ReviewState, Sought
from .carrying import carried_over
from .finding import agenda_of, drafts_of, lines_of, sought_of


@dataclass(frozen=True)
class Table:
    """A meeting as one reader sees it; `one` is the decision it is at, None where it is at
    something else. `runs` says whether this reader leads it.
    """

    row: Review
    runs: bool
    agenda: tuple[rules.Item, ...]
    place: int
    sought: list[Sought]
    one: Sought | None
    lines: list[Line]
    names: dict[int, str]
    drafts: dict[int, PolicyDraft]
    carried: tuple[Todo, ...]

    @property
    def at(self) -> rules.Item:
        """Give the item that the meeting is at."""
        return self.agenda[self.place]


def table(row: Review, *, reader: Actor, now: datetime) -> Table:
    """Read a meeting for somebody in it."""
    sought, lines = sought_of(row), lines_of(row)
    agenda = agenda_of(row, sought)
    place = next((i for i, item in enumerate(agenda) if item.key == row.at_item), 0)
    at = agenda[place]
    people = [i for line in lines for i in (line.author_id, line.owner_id)]
    opens = at.key == rules.CARRIED
    return Table(
        row=row,
        runs=reader.may(Permission.REVIEWS_RUN) and row.state is ReviewState.MEETING,
        agenda=agenda,
        place=place,
        sought=sought,
        one=sought[at.sought] if at.sought is not None else None,
        lines=lines,
        names=auth_queries.names([*people, *(each.asked_by_id for each in sought)]),
        drafts=drafts_of(sought),
        carried=carried_over(row, reader=reader, now=now) if opens else (),
    )
