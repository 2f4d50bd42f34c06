"""How long it takes until the first verdict, each time in a new process: with no cache, and with a filled one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

PROGRAM = """
import json, sys, time
begin = time.perf_counter()
import evenhand
imported = time.perf_counter()
policy = evenhand.load(sys.argv[1] or None, cache=sys.argv[2])
loaded = time.perf_counter()
policy.check("Great work, delivered on time.")
checked = time.perf_counter()
print(json.dumps({"import": imported - begin, "load": loaded - imported, "first check": checked - loaded}))
"""


def once(policy: str, cache: Path) -> dict[str, float]:
    """Milliseconds of each step in one new process."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, policy, str(cache)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return {step: seconds * 1e3 for step, seconds in json.loads(run.stdout).items()}


def loading(policy: str, cold: int = 1, warm: int = 7) -> dict[str, dict[str, float]]:
    """Medians in milliseconds: `cold` compiles the policy, `warm` reads it from the cache."""
    with tempfile.TemporaryDirectory() as folder:
        caches = [Path(folder) / str(number) for number in range(cold)]
        runs = {
            "cold": [once(policy, cache) for cache in caches],
            "warm": [once(policy, caches[0]) for _ in range(warm)],
        }
    return {
        name: {step: median(each[step] for each in several) for step in several[0]} for name, several in runs.items()
    }
