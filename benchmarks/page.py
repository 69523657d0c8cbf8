"""The visualization's page in a real Chromium: first paint, playback, transfer, rest, response, memory.

1440 × 900, one processor core left for the server; a new browser profile, so that nothing is cached; the preset's
chunks are in the server's cache, as `warm_runs` leaves them. Times are those of the browser's own clock.
"""

import json
import urllib.request
from statistics import median

from benchmarks.service import server

SIZE = {"width": 1440, "height": 900}
FRAME = 1000 / 60  # ms
SECONDS = 10  # of playing in each view
GOALS = {
    "first_paint": 700,
    "play_enabled": 1000,
    "first_prediction": 1300,
    "movement_after_play": 300,
    "trained_epoch_after_play": 300,
    "interaction_to_paint": 50,
    "transfer": 400,
}
# When something is on the screen, written down by the page itself at the frame that shows it.
WATCH = """
window.seen = {};
const look = () => {
  const play = document.querySelector('[data-role="play"]');
  if (play && !play.disabled && !("play" in seen)) seen.play = performance.now();
  if (document.querySelector('[data-part="hidden_state"] .unit') && !("drawn" in seen)) seen.drawn = performance.now();
  if (!("play" in seen) || !("drawn" in seen)) requestAnimationFrame(look);
};
requestAnimationFrame(look);
window.slow = [];
new PerformanceObserver((list) => slow.push(...list.getEntries().map((entry) => entry.duration)))
  .observe({type: "longtask"});
window.answered = [];
new PerformanceObserver((list) => {
  for (const {interactionId, name, target, duration} of list.getEntries()) {
    const {role, setting, viewTab} = target?.dataset ?? {};
    if (interactionId) answered.push([`${name} ${role ?? setting ?? viewTab ?? target?.tagName}`, duration]);
  }
}).observe({type: "event", durationThreshold: 16});
"""
FRAMES = """(seconds) => new Promise((resolve) => {
  const times = [];
  slow.length = 0;
  const frame = (time) => {
    times.push(time);
    if (time - times[0] < 1000 * seconds) requestAnimationFrame(frame);
    else resolve({frames: times.slice(1).map((each, number) => each - times[number]), slow: [...slow]});
  };
  requestAnimationFrame(frame);
})"""
# Until the frame after a change of what is under the selector: with the epoch's number, a trained epoch is drawn.
AFTER = """([selector, pressed]) => new Promise((resolve) => {
  const begun = performance.now();
  const everything = {childList: true, characterData: true, attributes: true, subtree: true};
  new MutationObserver((_, observer) => {
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begun)));
  }).observe(document.querySelector(selector), everything);
  document.querySelector(pressed).dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}));
})"""
REST = """() => new Promise((resolve) => {
  let asked = 0;
  let changed = 0;
  for (const name of ["requestAnimationFrame", "setTimeout", "setInterval"]) {
    const native = window[name];
    window[name] = (...all) => { asked += 1; return native.apply(window, all); };
    window[`native_${name}`] = native;
  }
  const observer = new MutationObserver((records) => { changed += records.length; });
  observer.observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
  window.native_setTimeout.call(window, () => resolve([asked, changed]), 5000);
})"""


def report(name: str, unit: str, ours: float, **more: object) -> None:
    """Print the BENCH line of one figure, its goal beside it if there is one."""
    goal = {"goal": GOALS[name]} if name in GOALS else {}
    line = {"name": f"page_{name}", "unit": unit, "ours": round(ours, 1)} | goal | more
    print(f"BENCH {json.dumps(line)}", flush=True)


def opening(browser, url: str) -> None:
    """Measure cold openings of the page, each with a browser profile of its own."""
    paints, plays, drawn, kilobytes, requests = [], [], [], [], []
    for _ in range(7):
        context = browser.new_context(viewport=SIZE)
        page = context.new_page()
        page.add_init_script(WATCH)
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        received: list[float] = []
        session.on("Network.loadingFinished", lambda event, to=received: to.append(event["encodedDataLength"]))
        page.goto(f"{url}/explore/", wait_until="networkidle")
        paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        seen = page.evaluate("seen")
        plays.append(seen["play"])
        drawn.append(seen["drawn"])
        kilobytes.append(sum(received) / 1000)
        requests.append(len(received))
        context.close()
    report("first_paint", "ms", median(paints), worst=round(max(paints), 1))
    report("play_enabled", "ms", median(plays), worst=round(max(plays), 1))
    report("first_prediction", "ms", median(drawn), worst=round(max(drawn), 1))
    report("transfer", "kB", median(kilobytes), requests=median(requests))


def playing(browser, url: str) -> None:
    """Measure how soon play shows a trained epoch, and the frames while each view plays."""
    for name, speed, selector in (
        ("movement_after_play", None, '[data-part="layers"]'),  # at the speed that the page begins with
        ("trained_epoch_after_play", "5", '[data-output="epoch"]'),
    ):
        waits = []
        for _ in range(5):
            page = browser.new_page(viewport=SIZE)
            page.goto(f"{url}/explore/", wait_until="networkidle")
            if speed:
                page.locator('[data-setting="speed"]').fill(speed)
            waits.append(page.evaluate(AFTER, [selector, '[data-role="play"]']))
            page.close()
        report(name, "ms", median(waits), worst=round(max(waits), 1))
    for view in ("network", "cell", "time"):
        for name, stop in (("slow", "2"), ("fast", "6")):
            page = browser.new_page(viewport=SIZE)
            page.add_init_script(WATCH)
            page.goto(f"{url}/explore/?view={view}", wait_until="networkidle")
            page.locator('[data-setting="speed"]').fill(stop)
            page.click('[data-role="play"]')
            page.wait_for_timeout(1000)
            taken = page.evaluate(FRAMES, SECONDS)
            frames = taken["frames"]
            dropped = sum(round(each / FRAME) - 1 for each in frames if each > 1.5 * FRAME)
            report(
                f"frames_{view}_{name}",
                "per second",
                1000 / median(frames),
                dropped=dropped,
                of=round(1000 * SECONDS / FRAME),
                long_tasks=len(taken["slow"]),
                epoch=int(page.locator('[data-output="epoch"]').inner_text()),
            )
            page.close()


def resting(browser, url: str) -> None:
    """Measure what runs when nothing moves: frames and timers asked for, changes of the page, in 5 seconds."""
    page = browser.new_page(viewport=SIZE)
    page.goto(f"{url}/explore/", wait_until="networkidle")
    page.wait_for_timeout(2000)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def busy() -> float:
        return next(
            each["value"]
            for each in session.send("Performance.getMetrics")["metrics"]
            if each["name"] == "TaskDuration"
        )

    before = busy()
    asked, changed = page.evaluate(REST)
    report("at_rest", "frames and timers", asked, changes=changed, busy_ms=round(1000 * (busy() - before), 1))
    page.close()


def responding(browser, url: str) -> None:
    """Measure from an act to the next paint, over every kind of act on the page."""
    page = browser.new_page(viewport=SIZE)
    page.add_init_script(WATCH)
    page.goto(f"{url}/explore/?epoch=5", wait_until="networkidle")
    for role in ("step_epoch", "step_epoch", "play", "play"):
        page.click(f'[data-role="{role}"]')
        page.wait_for_timeout(150)
    for view in ("cell", "time", "network"):
        page.click(f'[data-view-tab="{view}"]')
        page.wait_for_timeout(600)
    for key in ("ArrowRight", "ArrowLeft", "Space", "Space"):
        page.keyboard.press(key)
        page.wait_for_timeout(150)
    for setting in ("learning_rate", "noise", "batch_size", "speed"):
        page.locator(f'[data-setting="{setting}"]').focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
            page.wait_for_timeout(100)
    page.wait_for_timeout(500)
    shown = []
    for _ in range(3):
        page.click('[data-view-tab="network"]')
        page.wait_for_timeout(600)
        shown.append(page.evaluate(AFTER, ['[data-canvas="cell"]', '[data-canvas="network"] [data-layer="2"]']))
        page.wait_for_timeout(600)
    acts = page.evaluate("answered")
    # The browser tells of acts that took 16 ms or more, in steps of 8.
    times = [duration for _, duration in acts] or [0.0, 0.0]
    worst = max(acts, key=lambda act: act[1], default=("none", 0.0))
    report("interaction_to_paint", "ms", max(times), median=median(times), above_16=len(acts), slowest=worst[0])
    report("cell_after_its_layer", "ms", median(shown), worst=round(max(shown), 1))
    page.close()


def growing(browser, url: str, minutes: float) -> None:
    """Measure the page's memory after each tenth of the time, garbage collected, while it plays over and over."""
    page = browser.new_page(viewport=SIZE)
    page.goto(f"{url}/explore/", wait_until="networkidle")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.locator('[data-setting="speed"]').fill("4")
    page.click('[data-role="play"]')
    memory: list[float] = []
    first: dict[str, float] = {}
    for tenth in range(11):
        session.send("HeapProfiler.collectGarbage")
        counts = {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}
        memory.append(counts["JSHeapUsedSize"] / 1e6)
        if tenth == 1:
            first = counts
        # The run ends at its last epoch: begin again, as a learner would.
        for _ in range(int(6 * minutes)):
            page.wait_for_timeout(1000)
            if page.locator('[data-role="play"][aria-label="Play"]').count():
                page.click('[data-role="reset"]')
                page.click('[data-role="play"]')
    report(
        "memory",
        "MB",
        memory[-1],
        minutes=minutes,
        by_tenths=[round(each, 1) for each in memory],
        nodes=[first["Nodes"], counts["Nodes"]],
        listeners=[first["JSEventListeners"], counts["JSEventListeners"]],
    )
    page.close()


def main(minutes: float = 1.0) -> None:
    """Measure the page; minutes: of playing, for memory."""
    try:
        from playwright.sync_api import sync_playwright

        from tests import chromium
    except ImportError:
        print("MISSING playwright is not installed: the page is not measured. Install it: make .venv/test.done")
        return
    with server() as (port, _), sync_playwright() as playwright:
        url = f"http://127.0.0.1:{port}"
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.FLAGS)
        warm(browser, url)
        opening(browser, url)
        playing(browser, url)
        resting(browser, url)
        responding(browser, url)
        growing(browser, url, minutes)
        browser.close()


def warm(browser, url: str) -> None:
    """Let the server have computed the page's own run, as `warm_runs` does."""
    page = browser.new_page(viewport=SIZE)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{url}/explore/", wait_until="networkidle")
    run = next(address for address in asked if "/epochs/" in address).rpartition("/epochs/")[0]
    for chunk in ("0-1", "2-9", *(f"{first}-{first + 9}" for first in range(10, 100, 10))):
        urllib.request.urlopen(f"{run}/epochs/{chunk}").close()  # noqa: S310  our own server
    page.close()
