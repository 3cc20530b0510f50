"""The process that assigns: a request as a line of JSON on standard input, its answer as one on
standard output, and so on until there is no more. It loads numpy and scipy, but no Flask and no
SQLAlchemy, and needs no secret.
"""

import json
import sys
from collections.abc import Sequence

from portal.core.apart import limit

Fits = Sequence[Sequence[float | None]]


def assigned(wants: Sequence[float], fits: Fits, *, most: int) -> list[int | None]:
    """Give each row a column of its own, or None.

    Which rows can be served together is a matroid: the set with the greatest sum of wants holds,
    for every size, the best set of that size, so its first `most` rows are the best to serve.
    """
    pairs = zip(wants, fits, strict=True)
    served = _best([[None if fit is None else want for fit in row] for want, row in pairs])
    rows = [row for row, column in enumerate(served) if column is not None]
    chosen = sorted(rows, key=lambda row: -wants[row])[:most]
    found = _best([fits[row] for row in chosen])
    answer: list[int | None] = [None] * len(wants)
    for row, column in zip(chosen, found, strict=True):
        answer[row] = column
    return answer


def _best(gains: Fits) -> list[int | None]:
    """Serve as many rows as can be, with the greatest sum of gains; a row that none serves takes a
    place of its own that is worth nothing.
    """
    # Loaded here, not above: their memory must count against the limits.
    import numpy
    from scipy.optimize import linear_sum_assignment

    if not gains:
        return []
    count, places = len(gains), len(gains[0])
    highest = max((abs(gain) for row in gains for gain in row if gain is not None), default=0.0)
    # One row more outweighs any difference of gains.
    extra = (highest + 1) * (count + 1)
    table = numpy.zeros((count, places + count))
    for row, given in enumerate(gains):
        table[row, :places] = [-extra * 2 if gain is None else extra + gain for gain in given]
    rows, columns = linear_sum_assignment(table, maximize=True)
    return [
        int(column) if column < places and gains[row][column] is not None else None
        for row, column in zip(rows, columns, strict=True)
    ]


def main() -> int:
    """Read a request, limit this process by the first, assign, write; and the next."""
    limited = False
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if not limited:
            # Two seconds more than the parent waits: it ends what a killed parent left behind.
            limit(memory=request["memory"], cpu=request["cpu"], wall=request["wall"] + 2)
            limited = True
        found = assigned(request["wants"], request["fits"], most=request["most"])
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
