"""Never ends, and uses the processor."""

import json
import sys

from portal.core.apart import limit

if __name__ == "__main__":
    request = json.loads(sys.stdin.buffer.readline())
    limit(memory=request["memory"], cpu=request["cpu"], wall=request["wall"] + 2)
    while True:
        pass
