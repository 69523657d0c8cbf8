"""Predict, then reveal: the curriculum's prompts, asked before the network shows what it does."""

from django.utils.translation import gettext_lazy as _

from survey.curriculum import prompts
from visual.experiments.experiment import Experiment

EXPERIMENT = Experiment(
    title=_("Predict, then reveal"),
    feature="the prompts to predict what the network does before it shows it",
    task=_("Predict first: draw it, or mark it. Then have the truth laid over your prediction."),
    constant=_("the trained network. Your prediction changes nothing in it."),
    stage="",
    data=lambda language: {
        "prompts": [prompt.model_dump(exclude={"answer", "network_error"}) for prompt in prompts.prompts(language)],
        "fading": prompts.fading(),
        "open_from": prompts.OPEN_FROM,
    },
    strings={
        "draw_here": _("Draw here"),
        "pad_label": _("The curve that was read, and your drawing for time steps {first} to {last}: {values}."),
        "values_name": _("Your prediction, one value for each time step"),
        "value_at": _("Time step {step}"),
        "line_drawn": _("your drawing"),
        "line_prediction": _("prediction"),
        "line_target": _("target"),
        "marks_name": _("What the network reads, and the time steps to mark"),
        "marks_label": _("What the network reads, where it is not 0: {values}."),
        "step_reads": _("Time step {step}, reads {value}"),
        "mark_closed": _("Mark where the gate is closed"),
        "mark_open": _("Mark where the gate is open"),
        "mark_right": _("rightly marked"),
        "mark_wrong": _("wrongly marked"),
        "mark_missed": _("missed"),
        "gate_label": _("{gate} at each time step: {values}."),
        "reveal": _("Show the truth"),
        "skip": _("Show without predicting"),
        "next_question": _("Next question"),
        "elsewhere": _("The question is about another network than the one on the screen."),
        "back_to_question": _("Back to the question"),
        "succeeded": _("predicted rightly"),
        "failed": _("not predicted rightly"),
        "faded_curve": _("You have predicted enough curves: nothing asks for them any more, but they stay here."),
        "faded_gate": _("You have predicted enough gates: nothing asks for them any more, but they stay here."),
        "success": _("Well predicted."),
        "no_success": _("Not quite yet."),
        "said_prediction": _(
            "Your drawing lies {error} from the network's prediction, on average over the time steps (up to {at_most} "
            "is a success). The prediction itself lies {network_error} from the target."
        ),
        "said_target": _(
            "Your drawing lies {error} from the target, on average over the time steps (up to {at_most} is a success). "
            "The network's own prediction lies {network_error} from it."
        ),
        "said_closed": _(
            "You marked {marked}; the gate is closed at {answer}. Wrongly marked or missed time steps: {error}."
        ),
        "said_open": _(
            "You marked {marked}; the gate is open at {answer}. Wrongly marked or missed time steps: {error}."
        ),
        "said_skipped": _("This is the truth. Predicting first helps to learn; try the next one."),
        "table_title": _("Values as a table"),
    },
)
