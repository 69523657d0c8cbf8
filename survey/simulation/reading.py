"""A simulated person with a text."""

from random import Random

from survey.simulation.log import Log
from survey.simulation.material import Material
from survey.simulation.predicting import Predictions, Prompt

GRAIN = 0.05  # a drawn value is rounded to what can be typed too


def read(material: Material, chance: Random, log: Log) -> None:
    """Read chapter after chapter at one's own speed, passing over some of it, now and then looking away."""
    predictions = Predictions(chance, material.fading)
    words_a_second = chance.uniform(180, 320) / 60
    thorough = chance.uniform(0.6, 1)
    for chapter, parts in material.chapters.items():
        if log.over:
            return
        log.add("chapter_opened", {"chapter": chapter})
        for number, (concept, words) in enumerate(parts, start=1):
            reads = chance.random() < thorough
            log.wait(words / words_a_second if reads else 3)
            for part in range(2 if reads else 1):
                position = round((number - 0.5 + part / 2) / len(parts), 3)
                log.add("scrolled", {"chapter": chapter, "position": position, "concept": concept})
            if reads:
                go_deeper(material, concept, chance, log)
                for prompt in material.prompts.get(concept, ()):
                    _answer(prompt, predictions, chance, log)
            if chance.random() < 0.03:
                away = chance.randint(2_000, 40_000)
                log.add("page_hidden", {})
                log.wait(away / 1000)
                log.add("page_visible", {"hidden_ms": away})


def go_deeper(material: Material, concept: str, chance: Random, log: Log) -> None:
    """Now and then, open what goes deeper, and read it."""
    if concept in material.deeper and chance.random() < 0.2:
        log.add("deeper_opened", {"concept": concept})
        log.wait(material.deeper[concept] / 4)
        log.add("deeper_closed", {"concept": concept})


def _answer(prompt: Prompt, predictions: Predictions, chance: Random, log: Log) -> None:
    """Predict and turn the page, turn it without, or read on; what is no longer asked is seldom wanted."""
    wanted = predictions.is_asked(prompt) or chance.random() < 0.3
    name, turn = {"prompt": prompt["id"]}, chance.random()
    if wanted:
        log.add("prompt_shown", name)
        log.wait(chance.uniform(10, 60))
    if wanted and turn < 0.8:
        answer, error, success = predictions.make(prompt, prompt["truth"], GRAIN)
        log.add("prediction_made", name | {"answer": answer, "error": round(error, 4), "success": success})
    elif turn > 0.9:
        predictions.skip(prompt)
        log.add("prompt_skipped", name)
    log.wait(chance.uniform(2, 15))
