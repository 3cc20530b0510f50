"""Asking the process that assigns, from where neither numpy nor scipy is loaded."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Self

from portal.core import apart

MEMORY = 1 << 30
SECONDS = 30


class NotAssigned(Exception):  # noqa: N818 - says what happened
    """The process ended at its limits, or with an error."""


class Assigner:
    """The process that assigns, for the questions of one block: starting it, and with it scipy,
    takes longer than its answers.
    """

    def __init__(self) -> None:
        self._talk = apart.Talk("portal.core.assigning.process", wall=SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._talk.__exit__(*raised)

    def assign(
        self, wants: Sequence[Decimal], fits: Sequence[Sequence[Decimal | None]], *, most: int
    ) -> list[int | None]:
        """Give each row a column of its own, or None: at most `most` rows, those with the highest
        wants that can all be served, and among these the columns with the highest sum of fits.

        `wants` says how much each row deserves a place; `fits` how well each column suits it, None
        where it must not. Raises NotAssigned.
        """
        if not wants or not fits[0] or most < 1:
            return [None] * len(wants)
        request = {
            "wants": [float(want) for want in wants],
            "fits": [[None if fit is None else float(fit) for fit in row] for row in fits],
            "most": most,
            "memory": MEMORY,
            "cpu": SECONDS,
            "wall": SECONDS,
        }
        try:
            answer: list[int | None] = json.loads(self._talk.ask(json.dumps(request).encode()))
        except (apart.OutOfTime, apart.Ended) as error:
            raise NotAssigned(str(error)) from error
        return answer
