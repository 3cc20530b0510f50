"""How a case is to go."""

from dataclasses import dataclass
from datetime import datetime

from portal.blueprints.escalations.models import Escalation, Resolution, State
from portal.core.db import db

from .customers import Customer
from .plots import Plot


@dataclass
class Course:
    """How a case is to go: where it ends, and what goes wrong on the way."""

    customer: Customer
    plot: Plot
    starts: datetime
    ends: State = State.CLOSED
    resolution: Resolution | None = None
    late: bool = False
    breaks: bool = False
    moves: int = 0
    raised: bool = False
    lowered: bool = False
    notice: bool = False
    reopened: datetime | None = None
    lasts: float | None = None
    seed: str = ""
    case_id: int = 0

    @property
    def case(self) -> Escalation:
        """Give the case's row."""
        return db.session.get_one(Escalation, self.case_id)
