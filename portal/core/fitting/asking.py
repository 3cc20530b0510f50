"""Asking the process that fits, from where neither numpy nor scipy is loaded."""

import json
from typing import Any

from portal.core import apart
from portal.core.fitting.errors import NotFitted

MEGABYTE = 1024 * 1024
MEMORY = 3072 * MEGABYTE
SECONDS = 600
"""Processor time; a million customers take some minutes."""


def fit(model: str, **given: Any) -> dict[str, Any]:
    """Have a model fitted by a process of its own to what is given, as JSON knows it; give its
    answer. Raises NotFitted, also where the process is ended at its limits.
    """
    request = {"model": model, "memory": MEMORY, "cpu": SECONDS, "wall": SECONDS, "given": given}
    try:
        made = apart.run("portal.core.fitting.process", json.dumps(request).encode(), wall=SECONDS)
    except apart.OutOfTime as error:
        raise NotFitted("took_too_long") from error
    except apart.Ended as error:
        raise NotFitted("failed", detail=str(error)) from error
    answer: dict[str, Any] = json.loads(made)
    if "why" in answer:
        raise NotFitted(answer["why"], **answer["details"])
    return answer
