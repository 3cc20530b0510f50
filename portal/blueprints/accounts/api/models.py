"""The models of customer value."""

from typing import Any

from flask import Response

from portal.core.access import Permission
from portal.core.api import answer, call, shapes
from portal.core.web import require

from .. import queries
from ..models import ValueModel
from ..schemas import (
    ModelList,
    ModelOut,
    ModelPart,
)
from .blueprint import bp

PARAMETERS = ("alpha", "beta", "r", "a", "b", "p", "q", "v")


@bp.get("/models")
@require(Permission.POLICIES_DRAFTS)
@shapes(gives=ModelList)
def models() -> Response:
    """List the versions of the models of customer value, with their parameters."""
    return call(lambda: answer(ModelList(items=[_version(row) for row in queries.models()])))


def _version(row: ValueModel) -> ModelOut:
    document = row.document or {"contracts": {}, "purchases": None}
    told = {**document["contracts"], "purchases": document["purchases"]}
    return ModelOut(
        number=row.number,
        state=row.state.value,
        history_until=row.history_until,
        decided_at=row.decided_at,
        parts=[_part(name, one) for name, one in told.items() if one is not None],
    )


def _part(name: str, one: dict[str, Any]) -> ModelPart:
    return ModelPart(
        part=name,
        customers=one["customers"],
        parameters={key: one[key] for key in PARAMETERS if key in one},
        log_likelihood=one.get("log_likelihood"),
        why=one.get("why"),
    )
