"""Never ends, with a child of its own; says their process ids in the file that it is told."""

import json
import subprocess
import sys
import time
from pathlib import Path

from portal.core.apart import limit

if __name__ == "__main__":
    request = json.loads(sys.stdin.buffer.readline())
    limit(memory=request["memory"], cpu=request["cpu"], wall=request["wall"] + 2)
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(request["pids"]).write_text(str(grandchild.pid))
    time.sleep(60)
