"""A log that cannot be written costs lines, and no request."""

import errno
import io
import json
import sys

from portal.core.web.lines import Lines


class Disk(io.StringIO):
    full = False

    def write(self, text):
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


def test_lines_that_find_no_room_are_counted_and_told_later(monkeypatch):
    disk, lines = Disk(), Lines()
    monkeypatch.setattr(sys, "stderr", disk)
    lines.write("one\n")
    disk.full = True
    for text in ("two\n", "three\n"):
        assert lines.write(text) == len(text)
    disk.full = False
    lines.write("four\n")
    lines.write("five\n")
    first, told, *rest = disk.getvalue().splitlines()
    assert (first, rest) == ("one", ["four", "five"])
    assert json.loads(told) == {"event": "log lines lost", "lines": 2}
