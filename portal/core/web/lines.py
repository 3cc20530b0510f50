"""Where log lines go: to standard error, and never at a request's cost."""

import json
import sys


class Lines:
    """A stream over standard error. A line that it cannot take (the disk behind it is full) is
    lost, not the request that wrote it; the next line that goes out says how many were.
    """

    def __init__(self) -> None:
        self.lost = 0

    def write(self, text: str) -> int:
        """Write text, or count it as lost."""
        told = json.dumps({"event": "log lines lost", "lines": self.lost}) + "\n"
        try:
            sys.stderr.write(told + text if self.lost else text)
            sys.stderr.flush()
        except OSError:
            self.lost += 1
        else:
            self.lost = 0
        return len(text)

    def flush(self) -> None:
        """Do nothing: a line is written at once."""
