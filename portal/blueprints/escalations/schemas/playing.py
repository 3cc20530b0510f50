"""Shapes of playbooks in the API."""

from datetime import datetime

from portal.core.api import Shape


class StepOut(Shape):
    """A step of a case's playbook: who does it, by when, and who ticked it when."""

    id: int
    name: str
    text: str
    who: str
    due_at: datetime | None
    done_at: datetime | None
    done_by: str | None


class ResponderOut(Shape):
    """Somebody who joined the response to a case."""

    name: str
    part: str
    joined_at: datetime


class PlaybookOut(Shape):
    """The playbook of a case; `version` is null where none was laid out yet."""

    trigger: str
    version: int | None
    aim: str
    steps: list[StepOut]
    say: list[str]
    avoid: list[str]
    counsel: list[str]
    joined: list[ResponderOut]


class StepTick(Shape):
    """Whether a step is done."""

    done: bool
