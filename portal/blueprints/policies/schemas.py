"""Shapes of policies in the API."""

import math
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from portal.core.api import REFUSED, Shape, Words

from .models import PolicyKind

DEEPEST = 32


def _storable(value: Any, depth: int = 0) -> Any:
    """Refuse what no database stores as a document, however deep it lies."""
    if depth > DEEPEST:
        raise PydanticCustomError(REFUSED, "a policy is not as deep as this")
    if isinstance(value, dict):
        for name, one in value.items():
            _storable(name, depth)
            _storable(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            _storable(one, depth + 1)
    elif (isinstance(value, str) and "\x00" in value) or (
        isinstance(value, float) and not math.isfinite(value)
    ):
        raise PydanticCustomError(REFUSED, "this cannot be stored")
    return value


Body = Annotated[dict[str, Any], AfterValidator(_storable)]
Reason = Annotated[str, Words(400)]


class PolicyOut(Shape):
    """A version of a policy, and what it says."""

    kind: str
    number: int
    state: str
    title: str
    note: str
    author: str | None
    publisher: str | None
    second_publisher: str | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    body: dict[str, Any]


class VersionOut(Shape):
    """A version of a policy in a list."""

    kind: str
    number: int
    state: str
    title: str
    published_at: datetime | None


class VersionList(Shape):
    """Versions of policies."""

    items: list[VersionOut]


class ProblemOut(Shape):
    """What must be put right before a draft is submitted: where, and why."""

    path: str
    text: str


class DraftOut(Shape):
    """A version that somebody proposes: what it says, what is wrong with it, who must still sign.

    `rehearsed` says whether it is known what it would have meant for the last 12 months; `load` is
    that, where it is.
    """

    id: int
    version: int
    kind: str
    state: str
    base: int
    author: str | None
    why: str
    reason: str
    signer: str | None
    signatures_missing: list[str]
    number: int | None
    submitted_at: datetime | None
    decided_at: datetime | None
    body: dict[str, Any]
    problems: list[ProblemOut]
    rehearsed: bool
    load: dict[str, Any] | None


class DraftLine(Shape):
    """A draft in a list."""

    id: int
    kind: str
    state: str
    base: int
    author: str | None
    submitted_at: datetime | None
    waits_for_you: bool


class DraftList(Shape):
    """The drafts that are written or wait for a signature, newest first."""

    items: list[DraftLine]


class NewDraft(Shape):
    """Which policy should change; the draft begins with what is in force."""

    kind: PolicyKind


class DraftBody(Shape):
    """What a draft says; the parts of the document that are left out stay as they are."""

    body: Body


class Submitted(Shape):
    """Why the policy should change."""

    why: Reason


class Withdrawal(Shape):
    """Why a version is taken out of force."""

    reason: Reason


class Signed(Shape):
    """Why a version is published, or not."""

    reason: Reason
