"""How long until there is help and until a node serves, and what an idle node holds in memory.

    python benchmarks/start.py [--rounds 5] [--json]

The peer of the first is the interpreter itself, started in the same run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))

from node_under_test import resident_megabytes

GOLCONDA = str(Path(sys.executable).with_name("golconda"))
BARS = {"help_seconds": 0.5, "ready_seconds": 3.0, "idle_megabytes": 300.0}


def taken(command: list[str]) -> float:
    """Return how long a command takes."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


def served(folder: Path) -> tuple[float, float]:
    """Return the seconds until a node answers, and the megabytes it holds after a few requests, idle."""
    begun = time.perf_counter()
    command = [GOLCONDA, "serve", "--port", "0"]
    server = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    line = next(line for line in server.stdout if "http://" in line)
    address = line[line.index("http://") :].split()[0].rstrip("/")
    for path in ("/api/v1/products", "/", "/api/v1/openapi.json"):
        urllib.request.urlopen(f"{address}{path}").read()
        if path == "/api/v1/products":
            ready = time.perf_counter() - begun
    memory = resident_megabytes(server.pid)
    server.terminate()
    server.wait()
    return ready, memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        node = Path(folder) / "city"
        taken([GOLCONDA, "init", str(node), "--org", "city"])
        helped = [taken([GOLCONDA, "--help"]) for _ in range(options.rounds)]
        bare = [taken([sys.executable, "-c", ""]) for _ in range(options.rounds)]
        serving = [served(node) for _ in range(options.rounds)]
    found = {
        "help_seconds": round(median(helped), 3),
        "interpreter_seconds": round(median(bare), 3),
        "ready_seconds": round(median(ready for ready, _ in serving), 3),
        "idle_megabytes": round(median(memory for _, memory in serving), 1),
    }
    if options.json:
        print(json.dumps({"found": found, "bars": BARS}))
        return
    for name, value in found.items():
        print(f"{name:22}{value:>10}" + (f"  (bar {BARS[name]})" if name in BARS else ""))


if __name__ == "__main__":
    main()
