"""Take the visual reference anew: `python -m tests.browser.pictures [cell_]`, then look at docs/pictures/.

Every view, light and dark, at four widths; every phase in every view; and what each kind of cell, data set and panel
looks like. Each picture is an address, so what it shows can be opened.
"""

import sys
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.service import server
from tests import chromium

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
SIZES = {1440: 900, 1280: 720, 768: 1024, 390: 844}
SCHEMES = ("light", "dark")
QUALITY = 62  # of JPEG, whose files are half as large as PNG's here
RUN = "data={data};cell={cell};layers=3;units=16;optimizer=rmsprop;learning_rate=0.01;batch_size=25;noise=0;seed=1"
VIEWS = {"network": "", "cell": "&view=cell&layer=2&unit=4", "time": "&view=time"}
PHASES = {"forward": "&step=8", "validation": "&step=30", "backward": "&step=8&phase=backward"}


def address(more: str, data: str = "composite", cell: str = "lstm", epoch: int = 12) -> str:
    """Return where a picture is taken."""
    return f"/explore/?run={RUN.format(data=data, cell=cell)}&epoch={epoch}{more}"


def pictures() -> list[tuple[str, str, int, str, str]]:
    """Return (name, address, width, scheme, what to press first) of every picture."""
    taken = [
        (f"{view}_{width}_{scheme}", address("&step=20" + place), width, scheme, "")
        for (view, place), width, scheme in product(VIEWS.items(), SIZES, SCHEMES)
    ]
    taken += [
        (f"{view}_{phase}_{scheme}", address(moment + place), 1440, scheme, "")
        for (view, place), (phase, moment), scheme in product(VIEWS.items(), PHASES.items(), SCHEMES)
    ]
    cell = "&step=8" + VIEWS["cell"]
    others = {f"cell_step_{step}": (address(f"{cell}&cell_step={step}"), "") for step in (1, 2, 3, 4)}
    others |= {f"cell_{kind}": (address(cell, cell=kind), "") for kind in ("gru", "rnn")}
    others |= {
        "time_pair": (address("&step=8&phase=backward&view=time&beside=rnn", data="cue_recall"), ""),
        "network_text": (address("&step=21", data="text_count", epoch=20), ""),
        "network_memory": (address("&step=30", data="latch", epoch=20), ""),
        "network_concept": (address("&step=20"), "[data-explain]:visible"),
    }
    return taken + [(name, place, 1440, "light", press) for name, (place, press) in others.items()]


def take(browser: Browser, url: str, beginning: str) -> None:
    """Take those whose names begin so."""
    for name, place, width, scheme, press in pictures():
        if not name.startswith(beginning):
            continue
        context = browser.new_context(
            base_url=url,
            viewport={"width": width, "height": SIZES[width]},
            color_scheme=scheme,
            reduced_motion="reduce",
        )
        page = context.new_page()
        page.goto(place, wait_until="networkidle")
        page.wait_for_selector("[data-visual] svg:visible")
        page.wait_for_timeout(300)
        if press:
            page.locator(press).first.click()
            page.wait_for_timeout(500)
        path = FOLDER / f"{name}.jpg"
        page.screenshot(path=path, type="jpeg", quality=QUALITY, full_page=width < 1280)
        print(f"{path.name} {path.stat().st_size // 1000} kB {place}", flush=True)
        context.close()


def index() -> str:
    """Return the page that shows the pictures."""
    lines = [
        "# What the visualization looks like",
        "",
        "The visual reference: a later change is compared with it. `python -m tests.browser.pictures` takes them "
        "anew; then look at what changed.",
        "",
    ]
    for title, kinds in (("Views", SIZES), ("Phases", PHASES)):
        head = [f"{kind}_{scheme}" for kind, scheme in product(kinds, SCHEMES)]
        lines += [f"## {title}", "", f"| | {' | '.join(head)} |".replace("_", ", "), f"|---{'|---' * len(head)}|"]
        for view in VIEWS:
            cells = [f"[![{view} {each}]({view}_{each}.jpg)]({view}_{each}.jpg)" for each in head]
            lines.append(f"| {view} | {' | '.join(cells)} |")
        lines.append("")
    lines += ["## Kinds of cells, steps, data, panels", ""]
    done = {f"{view}_{each}" for view in VIEWS for each in (*SIZES, *PHASES)}
    for name, *_ in pictures():
        if name.rpartition("_")[0] not in done:
            lines += [f"**{name.replace('_', ' ')}**", "", f"![{name}]({name}.jpg)", ""]
    return "\n".join(lines)


def main() -> None:
    """Take the pictures from a server of their own: all, or those whose names begin with the argument."""
    with server() as (port, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.FLAGS)
        take(browser, f"http://127.0.0.1:{port}", "".join(sys.argv[1:]))
        browser.close()
    (FOLDER / "README.md").write_text(index())


if __name__ == "__main__":
    main()
