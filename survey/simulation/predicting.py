"""What a simulated person predicts, and how far it is from the truth: alike in both conditions."""

from random import Random
from statistics import mean
from typing import Any

Prompt = dict[str, Any]  # kind, success; of a gate: first and last step that are asked about, state, open_from


class Predictions:
    """One learner's predictions: what has come of them, and which kinds they are no longer asked."""

    def __init__(self, chance: Random, fading: int):
        self._chance, self._fading = chance, fading
        self._off = chance.uniform(0.1, 0.5)  # how far this person's curves are from the truth
        self.outcomes: dict[str, bool] = {}  # by prompt
        self._succeeded: list[str] = []  # the kinds of those that went well

    def is_asked(self, prompt: Prompt) -> bool:
        """Whether it is asked without being looked for."""
        return prompt["id"] not in self.outcomes and self._succeeded.count(prompt["kind"]) < self._fading

    def skip(self, prompt: Prompt) -> None:
        self.outcomes.setdefault(prompt["id"], False)

    def make(self, prompt: Prompt, truth: list[float], grain: float) -> tuple[str, float, int]:
        """Return answer, error and success. `truth` is of each step asked about; `grain` of a drawn value."""
        answer, error = (self._curve if prompt["kind"] == "curve" else self._gate)(prompt, truth, grain)
        success = error <= prompt["success"]
        if prompt["id"] not in self.outcomes:
            self.outcomes[prompt["id"]] = success
            self._succeeded += [prompt["kind"]] * success
        return answer, error, int(success)

    def _curve(self, prompt: Prompt, truth: list[float], grain: float) -> tuple[str, float]:
        drawn = [
            min(max(round(grain * round((value + self._chance.gauss(0, self._off)) / grain), 2), -1), 1) + 0.0
            for value in truth
        ]
        return " ".join(f"{value:g}" for value in drawn), mean(
            abs(one - other) for one, other in zip(drawn, truth, strict=True)
        )

    def _gate(self, prompt: Prompt, truth: list[float], grain: float) -> tuple[str, float]:
        steps = range(prompt["first"], prompt["first"] + len(truth))
        meant = {
            step
            for step, value in zip(steps, truth, strict=True)
            if (value >= prompt["open_from"]) == (prompt["state"] == "open")
        }
        marked = {step for step in meant if self._chance.random() < 0.8}
        if not marked or self._chance.random() < 0.3:
            marked.add(self._chance.choice(steps))
        return " ".join(map(str, sorted(marked))), len(marked ^ meant)
