"""Asks for more memory than it may have."""

import json
import sys

from portal.core.apart import limit

if __name__ == "__main__":
    request = json.loads(sys.stdin.buffer.readline())
    limit(memory=request["memory"], cpu=request["cpu"], wall=request["wall"] + 2)
    bytearray(4 * 1024**3)
