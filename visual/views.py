"""The pages: the same visualization, free or inside a study."""

from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.views.decorators.http import require_safe

from survey import curriculum
from survey.curriculum import examples
from survey.participation import Learning, participant_required
from visual import runspec, tutorial
from visual.engine.sequences import DATA, TYPED
from visual.experiments import EXPERIMENTS
from visual.strings import strings

# The steps in each kind of cell, each with what its own diagram shows and the concepts whose gist stands beside it.
CELL_STEPS: dict[str, list[tuple[str | Promise, str | Promise, list[str]]]] = {
    "lstm": [
        (gettext_lazy("Layer input"), "", ["layer_input"]),
        (gettext_lazy("Gates"), "", ["gate_activation", "forget_gate", "input_gate"]),
        (gettext_lazy("Cell update"), "", ["cell_update", "candidate"]),
        (gettext_lazy("Output"), "", ["output_gate", "hidden_state", "recurrent_connection"]),
    ],
    "gru": [
        (gettext_lazy("Layer input"), "", ["layer_input"]),
        (
            gettext_lazy("Gates"),
            gettext_lazy("The update gate decides about the old state, the reset gate about what the candidate hears."),
            ["gate_activation", "gru_and_plain_rnn"],
        ),
        (
            gettext_lazy("Candidate"),
            gettext_lazy(
                "The candidate is new content between −1 and 1. The reset gate decides how much of the old state "
                "is used to form it."
            ),
            ["gru_and_plain_rnn"],
        ),
        (
            gettext_lazy("Update"),
            gettext_lazy(
                "The update gate mixes the old state and the candidate: the more of the one, the less of the other."
            ),
            ["hidden_state"],
        ),
    ],
    "rnn": [
        (
            gettext_lazy("Layer input"),
            gettext_lazy("The layer reads two things: the current input and its own previous hidden state."),
            ["gru_and_plain_rnn"],
        ),
        (
            gettext_lazy("Update"),
            gettext_lazy("Both are multiplied by weights and added, together with a bias. The state is computed anew."),
            [],
        ),
        (
            gettext_lazy("Output"),
            gettext_lazy("The function tanh squeezes the sum into the range from −1 to 1."),
            ["hidden_state", "recurrent_connection"],
        ),
    ],
}

# The data sets that the page can draw, in groups.
DATA_SETS = [
    (
        gettext_lazy("Curves"),
        {
            "sine": gettext_lazy("Sine"),
            "sawtooth": gettext_lazy("Sawtooth"),
            "square": gettext_lazy("Square"),
            "composite": gettext_lazy("Composite"),
        },
    ),
    (gettext_lazy("Memory"), {"cue_recall": gettext_lazy("Cue recall"), "latch": gettext_lazy("Last pulse")}),
    (gettext_lazy("Texts"), {"text_count": gettext_lazy("Counting"), "text_gates": gettext_lazy("Gates")}),
]

# What a study file can take away from an arm (`[arms.features]`, each true unless it says false), and what it is.
FEATURES = {
    "settings": "sliders of learning rate, batch size and noise",
    "structure": "choice of data set, cell type, layers and units",
    "time_machine": "moving through the training and its time steps other than by play and pause",
    "cell_view": "the view into a layer's cell",
    "time_view": "the view through time",
    "explanations": "the curriculum's explanations beside the picture",
    "tour": "the guided tour",
    "experiments": "every experiment, and the panel in which they run",
    **{id_: experiment.feature for id_, experiment in EXPERIMENTS.items()},
}

# Named in the page's head, so that the browser fetches all at once instead of one import after the other.
MODULES = sorted(path.name for path in (Path(__file__).parent / "static" / "visual").glob("*.js"))


@require_safe
def explore(request: HttpRequest) -> HttpResponse:
    """The visualization for anyone, outside any study; nothing is recorded."""
    return render(request, "visual/explore.html", _context(get_language()))


@participant_required
def learn(request: HttpRequest, study: str, learning: Learning) -> HttpResponse:
    """The visualization as a condition: the same page with the learning phase's frame and events."""
    without = [name for name in FEATURES if not learning.features.get(name, True)]
    tour_chapters = learning.options.get("tour_chapters", ())
    return render(request, "visual/learn.html", _context(learning.language, without, tour_chapters, learning))


# The study file is checked against these.
learn.features = FEATURES  # type: ignore[attr-defined]
learn.options = {"tour_chapters": tutorial.chapters()}  # type: ignore[attr-defined]


def _is_offered(example: examples.Example, without: Collection[str]) -> bool:
    """Whether an arm that goes without these features may go to the moments of an example.

    Sliders and choices are not needed to look at another setting or cell: the text's readers see those figures too.
    """
    needed = {"time_machine"}
    for moment in example.moments:
        query = dict(parse_qsl(moment.address, separator="&"))
        needed |= {f"{query['view']}_view"} if "view" in query else set()
    return needed.isdisjoint(without)


def _data_sets() -> dict[str, dict[str, int | bool]]:
    """Return what the browser is told of each data set; a text of one's own stands under TYPED."""
    drawn = {name: DATA[name] for _group, names in DATA_SETS for name in names}
    drawn[TYPED] = DATA["text_count"]
    return {
        name: {"given": data.given, "predictions": data.shown_predictions, "is_text": bool(data.symbols)}
        for name, data in drawn.items()
    }


def _context(
    language: str, without: Collection[str] = (), tour_chapters: Collection[str] = (), learning: Learning | None = None
) -> dict:
    """Return what the page shows. All of it but `learning` follows from what it is drawn for."""
    drawn_for = (language, get_language(), tuple(without), tuple(tour_chapters))
    return _drawn_for(*drawn_for) | {"learning": learning, "drawn_for": repr((*drawn_for, learning is None))}


@lru_cache
def _drawn_for(language: str, spoken: str, without: tuple[str, ...], tour_chapters: tuple[str, ...]) -> dict:
    offered = {} if "experiments" in without else {id_: EXPERIMENTS[id_] for id_ in EXPERIMENTS if id_ not in without}
    return {
        "cell_steps": {
            cell: [
                {
                    "number": number,
                    "title": title,
                    "note": note,
                    "concepts": [curriculum.concept(language, id_) for id_ in ids],
                }
                for number, (title, note, ids) in enumerate(steps, start=1)
            ]
            for cell, steps in CELL_STEPS.items()
        },
        "chapters": curriculum.chapters(language),
        "examples": [each for each in examples.examples(language).values() if _is_offered(each, without)],
        "tour": tutorial.tour(language, only=tour_chapters, without=without),
        "without": without,
        "experiments": {id_: each.title for id_, each in offered.items()},
        "experiments_said": {
            id_: each.said(id_, language) | {"module": static(f"visual/experiments/{id_}.js")}
            for id_, each in offered.items()
        },
        "typed_length": runspec.TYPED_LENGTH,
        "default_run": str(runspec.DEFAULT),
        "first_chunk": reverse("visual:epochs", args=[runspec.DEFAULT, 0, 1]),
        "modules": [f"visual/{name}" for name in MODULES],
        "data_sets": DATA_SETS,
        "known_data_sets": _data_sets(),
        "strings": strings(),
        # Patterns: the browser puts in what stands in capitals.
        "chunk_url": reverse("visual:epochs", args=["SPEC", 0, 0]).replace("/0-0", "/FIRST-LAST"),
        "inspection_url": reverse("visual:inspection", args=["SPEC", 0, 0]).replace(
            "/0/layers/0", "/EPOCH/layers/LAYER"
        ),
        "what_if_url": reverse("visual:what_if", args=["SPEC", 0]).replace("/epochs/0", "/epochs/EPOCH"),
    }
