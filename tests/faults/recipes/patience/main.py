"""Sleep, and say so."""

import json
import time
from pathlib import Path

seconds = json.loads(Path("/inputs/parameters/parameters.json").read_text())["seconds"]
time.sleep(seconds)
Path("/outputs/metrics.json").write_text(json.dumps({"slept": seconds}))
