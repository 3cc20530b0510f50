"""The process that looks at the signature of one PDF: a request line and the file on standard
input; on standard output what `signature.Seal` holds, or null.
"""

import base64
import json
import sys

from portal.core.apart import limit
from portal.reports import signature


def main() -> int:
    """Limit this process, then read what anybody may have sent."""
    request = json.loads(sys.stdin.buffer.readline())
    limit(memory=request["memory"], cpu=request["cpu"], wall=request["wall"] + 2)
    # Loaded here, not above: it must count against the limits.
    from portal.reports import signing

    known = [base64.b64decode(one) for one in request["known"]]
    sys.stdout.buffer.write(signature.answer(signing.look(sys.stdin.buffer.read(), known)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
