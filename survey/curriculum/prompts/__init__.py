"""What learners are asked to predict before they are shown it: the same prompts for both conditions.

`prompts.toml` holds what is asked of which trained network, `<language>.toml` the words. The study knows no network:
that every run exists and every claim holds is measured in tests/visual/test_prompts.py.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from survey.curriculum import CurriculumError

FOLDER = Path(__file__).parent
OPEN_FROM = 0.5  # a gate is open from this value on, and closed below it


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """What a prompt says, in one language."""

    title: str
    question: str
    revealed: str


class _Prompt(_Strict):
    id: str
    concept: str
    run: str  # the run's address, as visual/runspec.py prints it
    epoch: Annotated[int, Field(ge=0)]
    steps: tuple[int, int]  # first and last that are asked about, from 1
    success: float  # the largest error that counts as one
    words: Words

    @model_validator(mode="after")
    def check_steps(self) -> "_Prompt":
        """Refuse a stretch that ends before it begins."""
        if not 1 <= self.steps[0] <= self.steps[1]:
            raise ValueError(f"steps {list(self.steps)}: expected the first and the last time step, from 1")
        return self


class CurvePrompt(_Prompt):
    """Draw a value for each of the steps; the error is the mean distance to `truth`."""

    kind: Literal["curve"]
    truth: Literal["prediction", "target"]
    network_error: tuple[float, float]  # claimed: between these is the mean distance of prediction and target


class GatePrompt(_Prompt):
    """Mark the steps at which the gate is closed or open; the error is how many are wrong or missing."""

    kind: Literal["gate"]
    layer: Annotated[int, Field(ge=1)]
    unit: Annotated[int, Field(ge=1)]  # from 1, as on the screen
    gate: Literal["forget_gate", "input_gate", "output_gate"]
    state: Literal["closed", "open"]
    answer: tuple[int, ...]  # claimed: at these steps, and at no other of the stretch


Prompt = Annotated[CurvePrompt | GatePrompt, Field(discriminator="kind")]


@cache
def prompts(language: str) -> tuple[CurvePrompt | GatePrompt, ...]:
    """Return the prompts in the order in which they are asked; raises CurriculumError naming prompt and key."""
    words = _read(f"{language}.toml")
    listed = _read("prompts.toml")["prompts"]
    missing, unknown = {each["id"] for each in listed} - set(words), set(words) - {each["id"] for each in listed}
    if missing or unknown:
        raise CurriculumError(
            f"prompts/{language}.toml: missing {sorted(missing)}, not in prompts.toml {sorted(unknown)}"
        )
    return tuple(_checked({**each, "words": words[each["id"]]}) for each in listed)


@cache
def fading() -> int:
    """Return after how many successes with a kind of prompt this kind is no longer asked by itself."""
    return int(_read("prompts.toml")["fading"])


def _checked(data: dict[str, Any]) -> CurvePrompt | GatePrompt:
    adapter: TypeAdapter[CurvePrompt | GatePrompt] = TypeAdapter(Prompt)
    try:
        return adapter.validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise CurriculumError(f"prompts.toml: {data['id']}: {place}: {first['msg']}") from error


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))
