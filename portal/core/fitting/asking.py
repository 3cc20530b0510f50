"""Asking the process that fits, from where neither numpy nor scipy is loaded."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from portal.core import apart
from portal.core.fitting.errors import NotFitted

MEGABYTE = 1024 * 1024
MEMORY = 3072 * MEGABYTE
SECONDS = 600
"""Processor time; a million customers take some minutes."""
GIVEN_UP = timedelta(hours=1)
"""What was asked for longer ago is not coming: its job failed for good."""


def fit(model: str, **given: Any) -> dict[str, Any]:
    """Have one model fitted to what is given, as JSON knows it; give its answer.

    Raises NotFitted, also where the process is ended at its limits.
    """
    (answer,) = fit_many([(model, given)])
    if "why" in answer:
        raise NotFitted(answer["why"], **answer["details"])
    return answer


def fit_many(asked: Sequence[tuple[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Have several models fitted by one process; give the answers in their order, each the model
    or `why` there is none, with `details`. Raises NotFitted where the process is ended.
    """
    fits = [{"model": model, "given": given} for model, given in asked]
    request = {"fits": fits, "memory": MEMORY, "cpu": SECONDS, "wall": SECONDS}
    try:
        made = apart.run("portal.core.fitting.process", json.dumps(request).encode(), wall=SECONDS)
    except apart.OutOfTime as error:
        raise NotFitted("took_too_long") from error
    except apart.Ended as error:
        raise NotFitted("failed", detail=str(error)) from error
    answers: list[dict[str, Any]] = json.loads(made)
    return answers
