"""The process that fits models: a request as JSON on standard input, the answer as JSON on
standard output. It loads numpy and scipy, but no Flask and no SQLAlchemy, and needs no secret.
"""

import json
import sys
from typing import Any

from portal.core.apart import limit
from portal.core.fitting.errors import NotFitted

OUT_OF_MEMORY = 5


def answer_to(model: str, given: dict[str, Any]) -> dict[str, Any]:
    """Fit a model to what is given; where none can be, say why."""
    # Loaded here, not above: their memory must count against the limits.
    from portal.core.fitting import models

    try:
        return models.FITS[model](**given)
    except NotFitted as error:
        return {"why": error.why, "details": error.details}


def main() -> int:
    """Read the request, limit this process, fit, write."""
    request = json.load(sys.stdin.buffer)
    # Two seconds more than the parent waits: it ends the orphan of a parent that was killed.
    limit(memory=request["memory"], cpu=request["cpu"], wall=request["wall"] + 2)
    try:
        answers = [answer_to(one["model"], one["given"]) for one in request["fits"]]
    except MemoryError as error:
        sys.stderr.write(str(error) or "out of memory")
        return OUT_OF_MEMORY
    sys.stdout.write(json.dumps(answers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
