"""Load from wrk, Debian's HTTP load generator: one thread, a few kept-alive connections, loopback."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

# Runs once, after the measurement: wrk's own summary has no 95th percentile.
REPORT = """
done = function(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("figures %d %d %f %f %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(95), failed))
end
"""


@dataclass(frozen=True)
class Load:
    """What one run saw. Latencies are from sending a request to the end of its answer."""

    requests: int
    seconds: float
    p50_ms: float
    p95_ms: float

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def load(url: str, cookie: str, *, connections: int, seconds: float) -> Load:
    """Ask for one page as fast as the site answers; raise when any request failed."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "report.lua"
        script.write_text(REPORT)
        command = [
            _wrk(), "--threads=1", f"--connections={connections}", f"--duration={seconds:g}s",
            "--timeout=60s", f"--header=Cookie: {cookie}", f"--script={script}", url,
        ]  # fmt: skip
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    line = next(line for line in output.splitlines() if line.startswith("figures "))
    requests, microseconds, p50, p95, failed = map(float, line.split()[1:])
    if failed:
        message = f"{failed:g} of {requests:g} requests to {url} failed."
        raise RuntimeError(message)
    return Load(int(requests), microseconds / 1e6, p50 / 1000, p95 / 1000)


def _wrk() -> str:
    """Return the program; root installs Debian's package where it is missing."""
    found = shutil.which("wrk")
    if found:
        return found
    if os.geteuid():
        message = "wrk is not installed here. Run: sudo apt-get install wrk"
        raise SystemExit(message)
    subprocess.run(["apt-get", "update", "-qq"], check=True)
    subprocess.run(["apt-get", "install", "-y", "-qq", "wrk"], check=True, stdout=subprocess.DEVNULL)
    return _wrk()
