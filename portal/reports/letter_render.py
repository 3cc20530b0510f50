"""The process that typesets one letter: a request on standard input, the PDF on standard output.

As with `render`, it limits itself before it loads WeasyPrint, and needs no secret.
"""

import json
import sys

from portal.core.apart import limit


def main() -> int:
    """Read the request, limit this process, typeset, write."""
    request = json.loads(sys.stdin.buffer.readline())
    limit(memory=request["memory"], cpu=request["cpu"], wall=request["wall"] + 2)
    try:
        # Loaded here, not above: its half second and its memory must count against the limits.
        from portal.reports.typeset import typeset_letter

        text = sys.stdin.buffer.read().decode("utf-8")
        made = typeset_letter(json.loads(text))
    except MemoryError:
        sys.stderr.write("out of memory")
        return 5
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
