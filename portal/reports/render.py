"""The process that typesets one report: a request on standard input; on standard output the number
of pages on a line, then the PDF.

It limits itself before it loads WeasyPrint, and its alarm ends it even where the process that
started it is gone. It loads no Flask and no SQLAlchemy, and it needs no secret.
"""

import json
import sys

from portal.core.apart import limit
from portal.reports.errors import BadSnapshot, TooLarge

EXIT = {BadSnapshot: 3, TooLarge: 4, MemoryError: 5}


def main() -> int:
    """Read the request, limit this process, typeset, write; the exit code says what went wrong."""
    request = json.loads(sys.stdin.buffer.readline())
    # Two seconds more than the parent waits: it ends the orphan of a parent that was killed.
    limit(memory=request["memory"], cpu=request["cpu"], wall=request["wall"] + 2)
    try:
        # Loaded here, not above: its half second and its memory must count against the limits.
        from portal.reports.typeset import typeset

        text = sys.stdin.buffer.read().decode("utf-8")
        made = typeset(request["kind"], text, locale=request["locale"], paper=request["paper"])
    except (BadSnapshot, TooLarge, MemoryError) as error:
        sys.stderr.write(str(error) or "out of memory")
        return EXIT[type(error)]
    sys.stdout.buffer.write(b"%d\n" % made.pages + made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
