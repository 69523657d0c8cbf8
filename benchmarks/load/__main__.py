"""Measures both databases and the peer; prints a table, and a line `BENCH {json}` for every figure.

python -m benchmarks.load                                   everything, some fifteen minutes
python -m benchmarks.load --only closed --database sqlite   (or class, or thinking, or peer)
python -m benchmarks.load --install                         installs oTree into benchmarks/.peers/otree first
"""

import argparse
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from typing import Any

from benchmarks.load import servers
from benchmarks.load.servers import ROOT, Site

DATABASES = ("sqlite", "postgresql")
CLOSED = {"kind": "closed", "people": 50, "seconds": 20}
ROUNDS = 5  # of the above, in turns with the peer; the median counts
CLASS = {"kind": "class", "people": 200}
THINKING = {"kind": "thinking", "people": 500, "seconds": 120, "arriving": 60}
MOST = 20_000  # people who may begin while something is measured
MOST_OF_PEER = 2_000
GOALS = {"page_p95": 500, "consent_p95": 1500, "times_otree": 5}


def drive(site: Site, order: dict[str, Any]) -> dict[str, Any]:
    """Return what the people met, with the cores that the server used."""
    before = site.processor_seconds()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load.driver"],
        cwd=ROOT,
        input=json.dumps(order | {"port": site.port, "starts": site.starts}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    met = json.loads(done.stdout)
    met["server_cores"] = round((site.processor_seconds() - before) / (met["seconds"] + order.get("arriving", 0)), 2)
    met["server_ms_each"] = round(1000 * met["server_cores"] * met["seconds"] / max(met["completed"], 1), 1)
    met["load"] = round(os.getloadavg()[0], 1)
    return met


def show(name: str, met: dict[str, Any], **more: Any) -> None:
    """Print the table of one measurement and its BENCH line."""
    print(f"\n{name}: load {met['load']}, server {met['server_cores']} cores, client {met['client_cores']}", flush=True)
    print(f"{'page':28s} {'n':>7s} {'p50':>8s} {'p95':>8s} {'p99':>8s}  ms from the click until the page is there")
    for page, taken in [*sorted(met["pages"].items()), ("all", met["all"])]:
        print(f"{page:28s} {taken['n']:7d} {taken['p50']:8.1f} {taken['p95']:8.1f} {taken['p99']:8.1f}")
    for error, count in met["first_errors"].items():
        print(f"ERROR {count} x {error}")
    line = {"name": name, "unit": "ms", "ours": met["all"]["p95"]} | more
    line |= {key: value for key, value in met.items() if key not in ("pages", "first_errors")}
    slowest = max(met["pages"].items(), key=lambda each: each[1]["p95"], default=("", {"p95": 0}))
    line |= {"slowest_page": slowest[0], "slowest_page_p95": slowest[1]["p95"]}
    print(f"BENCH {json.dumps(line)}", flush=True)


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--only", choices=("closed", "class", "thinking", "peer"), action="append")
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--seconds", type=int, help="how long each is measured")
    parser.add_argument("--people", type=int, help="how many take part at once")
    parser.add_argument("--install", action="store_true", help="install oTree first")
    options = parser.parse_args()
    if options.install:
        servers.install()
    only = options.only or ["closed", "peer", "class", "thinking"]
    given = {key: getattr(options, key) for key in ("seconds", "people") if getattr(options, key)}
    for database in options.database or DATABASES:
        _closed(database, only, given)
        if "class" in only:
            with servers.ours(database, "replication", MOST) as site:
                drive(site, CLOSED | {"people": 4, "seconds": 3})
                show(f"load_class_{database}", drive(site, CLASS), goal=GOALS["consent_p95"])
        if "thinking" in only:
            with servers.ours(database, "replication", MOST) as site:
                show(f"load_thinking_{database}", drive(site, THINKING | given), goal=GOALS["page_p95"])


def _closed(database: str, only: list[str], given: dict[str, int]) -> None:
    """Measure throughput; ours and the peer's in turns, so that whatever else the machine does meets both."""
    with ExitStack() as running:
        sites: dict[str, Site] = {}
        if "closed" in only:
            sites["ours"] = running.enter_context(servers.ours(database, "equal", MOST))
            drive(sites["ours"], CLOSED | {"seconds": 5})  # every worker has read the study
        if "peer" in only and servers.OTREE.exists():
            sites["otree"] = running.enter_context(servers.otree(database, MOST_OF_PEER))
        rounds: dict[str, list[dict[str, Any]]] = {name: [] for name in sites}
        for _ in range(ROUNDS):
            for name, site in sites.items():
                rounds[name].append(drive(site, CLOSED | given))
    for name, each in rounds.items():
        each.sort(key=lambda met: met["completed_per_minute"])
        rates = [met["completed_per_minute"] for met in each]
        show(f"load_closed_{database}{'' if name == 'ours' else '_' + name}", each[len(each) // 2], rounds=rates)
    if len(sites) == 2:
        ours, theirs = (rounds[name][ROUNDS // 2]["completed_per_minute"] for name in ("ours", "otree"))
        line = {"name": f"load_throughput_{database}", "unit": "completed/min", "ours": ours, "otree": theirs}
        line |= {"ratio_otree": round(ours / max(theirs, 0.1), 2), "goal": GOALS["times_otree"]}
        print(f"BENCH {json.dumps(line)}", flush=True)
    if "peer" in only and not servers.OTREE.exists():
        print("MISSING otree is not installed: it is not measured. Install it: python -m benchmarks.load --install")
    elif "peer" in only and "class" in only:
        with servers.otree(database, 400) as site:
            show(f"load_class_{database}_otree", drive(site, CLASS))


if __name__ == "__main__":
    main()
