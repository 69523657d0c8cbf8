"""The run service under a class: a real server with two workers, 100 learners who each play one epoch a second.

A learner asks for the next chunk of ten epochs once in ten seconds, ahead of playing it, and after a refusal
again as soon as the answer says. What is measured is the time until the answer is there, refusals included, and
(on Linux) the processor time that the server needed for each answer, which says what it costs also on a busy machine.
"""

import http.client
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from urllib.parse import quote

from benchmarks.load.servers import environment, processor_seconds, serving
from visual.runs import answers_version

LEARNERS = 100
SECONDS_A_CHUNK = 10.0  # at one epoch a second
CHUNKS = ("10-19", "20-29", "30-39")
SPEC = (
    "data={data};cell=lstm;layers=3;units=16;optimizer=rmsprop;learning_rate={rate};batch_size=25;noise=0;seed={seed}"
)


@dataclass
class Answers:
    """What all learners waited, and how often they were sent away."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    failed: int = 0
    server_seconds: float | None = None  # of its processors


def ask(connection: http.client.HTTPConnection, spec: str, chunk: str, answers: Answers | None = None) -> None:
    """Wait for one chunk, however often it takes."""
    began = time.perf_counter()
    while True:
        try:
            connection.request(
                "GET",
                f"/runs/v{answers_version()}/{quote(spec, safe=';=,@')}/epochs/{chunk}",
                headers={"Accept-Encoding": "gzip"},
            )
            response = connection.getresponse()
            response.read()
        except (ConnectionError, http.client.HTTPException):  # idle for too long: connect again, as a browser does
            connection.close()
            continue
        if response.status == 503:
            if answers:
                answers.refused += 1
            time.sleep(float(response.headers["Retry-After"]))
            continue
        break
    if answers:
        answers.failed += response.status != 200
        answers.seconds.append(time.perf_counter() - began)


def play(port: int, server: int, specs: list[str]) -> Answers:
    """Return what happened when one learner for each spec played the chunks, their starts evenly spread."""
    answers, start, before = Answers(), time.perf_counter() + 1.0, processor_seconds([server])

    def learner(number: int, spec: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for turn, chunk in enumerate(CHUNKS):
            due = start + SECONDS_A_CHUNK * (turn + number / len(specs))
            time.sleep(max(0.0, due - time.perf_counter()))
            ask(connection, spec, chunk, answers)

    threads = [threading.Thread(target=learner, args=place) for place in enumerate(specs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.server_seconds = (processor_seconds([server]) - before) or None
    return answers


@contextmanager
def server() -> Iterator[tuple[int, int]]:
    """Start the platform with a data folder of its own; yield its port and its process."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        told = environment(folder)
        with serving(told) as process:
            yield int(told["PORT"]), process


def report(name: str, answers: Answers, goal: float) -> str:
    """Return the BENCH line: median and p95 in milliseconds beside the goal."""
    cuts = [1e3 * cut for cut in quantiles(answers.seconds, n=20, method="inclusive")]
    line = {
        "name": name,
        "unit": "ms",
        "ours": round(cuts[18], 1),
        "median": round(cuts[9], 1),
        "worst": round(1e3 * max(answers.seconds), 1),
        "goal": goal,
        "answers": len(answers.seconds),
        "refused": answers.refused,
        "failed": answers.failed,
    }
    if answers.server_seconds is not None:
        line["ours_cpu"] = round(1e3 * answers.server_seconds / len(answers.seconds), 1)
    return f"BENCH {json.dumps(line)}"


def main(learners: int = LEARNERS) -> None:
    """Measure distinct specs, then one preset for all."""
    specs = [
        SPEC.format(data=data, rate=rate, seed=seed)
        for seed in range(100)
        for data in ("sine", "composite")
        for rate in ("0.01", "0.025")
    ][:learners]
    ending = "" if learners == LEARNERS else f"_{learners}_learners"
    with server() as (port, process):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        print(f"service: two workers, {learners} learners playing one epoch a second", flush=True)
        for spec in specs:  # they are in the middle of their runs
            ask(connection, spec, "0-1")
            ask(connection, spec, "2-9")
        print(report(f"service_distinct_p95{ending}", play(port, process, specs), 300), flush=True)
        preset = SPEC.format(data="sine", rate="0.025", seed=1)
        for chunk in CHUNKS:  # as warm_runs leaves it
            ask(connection, preset, chunk)
        print(report(f"service_same_preset_p95{ending}", play(port, process, [preset] * learners), 30), flush=True)
