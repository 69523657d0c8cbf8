"""What a simulated person does with the learning material: loads what its page names, looks around, and is logged.

A visualization is explored, a text is read; any other page is loaded and left.
"""

from random import Random

from survey.simulation.browsing import Browser, Page, SimulationError
from survey.simulation.exploring import explore
from survey.simulation.log import Log
from survey.simulation.material import material_of
from survey.simulation.reading import read

BATCH = 200  # events in one request, as the browser's recorder sends them


def learn(browser: Browser, page: Page, chance: Random, minutes: float) -> int:
    """Use the material for about these minutes; return how many events were logged.

    The minutes pass on the clock of the simulated browser alone, which runs ahead of ours.
    """
    material = material_of(page)
    for address in material.loads:
        browser.fetch(address)
    log = Log(60 * minutes)
    log.add("page_shown", {"path": page.path})
    if material.visual:
        explore(browser, material, chance, log)
    elif material.chapters:
        read(material, chance, log)
    if not material.events_url:
        return 0
    for at in range(0, len(log.events), BATCH):
        told = browser.post_json(material.events_url, {"events": log.events[at : at + BATCH]}, page)
        if told["refused"]:
            raise SimulationError(f"{material.events_url}: {told['refused'][0]['error']}")
    return len(log.events)
