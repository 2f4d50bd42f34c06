"""Loading and checking stays light: what only audits, tables or benchmarks need is not imported."""

from __future__ import annotations

import os
import subprocess
import sys

HEAVY = ("numpy", "pyarrow", "duckdb", "matplotlib", "rich", "pandas", "tldextract", "requests", "pytest")
PROGRAM = """
import sys
import evenhand
policy = evenhand.load()
assert policy.check("Great work, delivered on time.").outcome == "allow"
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_load_and_check_import_nothing_heavy() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert run.returncode == 0, run.stderr
    assert not set(HEAVY) & set(run.stdout.split())
