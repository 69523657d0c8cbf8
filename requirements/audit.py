"""Ask about known holes of every locked version: `make audit`.

Ends with 0 when none is known, 1 when some are, and 2 when nothing is known because nobody could be asked.
"""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LOCKS = ("run.lock", "test.lock", "audit.lock")


def main(program: str) -> int:
    worst = 0
    for name in LOCKS:
        # --strict: without it, a run that could ask about nothing ends as if all were well.
        command = [program, "--strict", "--require-hashes", "--disable-pip", "--format", "json", "-r", str(HERE / name)]
        done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603  our own words alone
        try:
            asked = json.loads(done.stdout)["dependencies"]
        except (ValueError, KeyError, TypeError):
            asked = []
        if not asked:
            why = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            print(f"{name}: NOT audited: the database of known holes could not be asked. pip-audit: {why}")
            worst = 2
            continue
        holes = [(each["name"], each["version"], hole) for each in asked for hole in each["vulns"]]
        for package, version, hole in holes:
            mended = ", ".join(hole["fix_versions"]) or "no version yet"
            print(f"{name}: {package} {version} has {hole['id']}; mended in {mended}")
        print(f"{name}: {len(asked)} versions audited, {len(holes)} known holes")
        worst = max(worst, 1 if holes else 0)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
