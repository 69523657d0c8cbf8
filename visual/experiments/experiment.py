"""What an experiment declares: its words, and the places where it is worth trying."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from visual.runspec import RunSpec


@dataclass(frozen=True)
class Try:
    """A run at an epoch with one thing changed, and what is then to be seen: tests measure the claim."""

    title: str | Promise
    run: RunSpec
    epoch: int
    change: str  # as in the address
    claim: str | Promise  # shown with the outcome
    view: str = ""  # what the address says of it: "view=cell&layer=1&unit=3&step=9"

    def address(self, experiment: str) -> str:
        """Return the page's address that shows it."""
        view = f"&{self.view}" if self.view else ""
        return f"?run={self.run}&epoch={self.epoch}{view}&experiment={experiment}&change={self.change}"


@dataclass(frozen=True)
class Experiment:
    """One experiment, in words."""

    title: str | Promise
    feature: str  # what the study file takes away with it
    task: str | Promise  # what to do, in one sentence
    constant: str | Promise  # what stays as it was
    tries: tuple[Try, ...] = ()
    strings: dict[str, str | Promise] = field(default_factory=dict)  # what its own module says
    texts: bool = True  # whether it can be used while the network reads a text
    stage: str | None = None  # draws in the views' place; names what stays below it: "loss dock", or less
    data: Callable[[str], dict[str, Any]] | None = None  # what else its module needs, in a language

    def said(self, id_: str, language: str) -> dict:
        """Return what the browser is told, but for the module's address."""
        tries = [
            {
                "title": str(each.title),
                "claim": str(each.claim),
                "address": each.address(id_),
                "run": str(each.run),
                "epoch": each.epoch,
                "change": each.change,
            }
            for each in self.tries
        ]
        strings = {key: str(text) for key, text in self.strings.items()}
        return {
            "task": str(self.task),
            "constant": str(self.constant),
            "tries": tries,
            "strings": strings,
            "texts": self.texts,
            "stage": self.stage,
            "data": self.data(language) if self.data else None,
        }
