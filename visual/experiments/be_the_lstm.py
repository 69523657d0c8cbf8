"""Be the LSTM: one unit's gates are set by hand, and the cell's own forward pass says how well."""

from django.utils.translation import gettext_lazy as _

from visual.experiments.experiment import Experiment
from visual.experiments.hand_set import CANDIDATE_WEIGHT, TASKS, TOLERANCE

EXPERIMENT = Experiment(
    title=_("Be the LSTM"),
    feature="the experiment in which the learner sets one unit's gates by hand",
    task=_("Set the gates of one LSTM unit at every time step, so that it does its task."),
    constant=_("the input, and the weights: at each time step the candidate is tanh(3x). Only the gates are yours."),
    stage="",
    data=lambda _language: {
        "tasks": {id_: task.said() for id_, task in TASKS.items()},
        "weight": CANDIDATE_WEIGHT,
        "tolerance": TOLERANCE,
    },
    strings={
        "task_name": _("Task"),
        "level_name": _("Help"),
        "level_worked": _("Worked example"),
        "level_half": _("Half filled"),
        "level_blank": _("Blank"),
        "reads": _("Input x"),
        "wanted": _("wanted"),
        "given": _("is given here"),
        "as_wanted": _("As wanted?"),
        "right": _("as wanted"),
        "wrong": _("not as wanted"),
        "roll_name": _("The unit over all time steps"),
        "gate_at": _("{gate} at time step {step}"),
        "input_label": _("The input at each time step: {values}."),
        "states_label": _(
            "Cell state and hidden state that the gates make, over those that are wanted: {right} of {all} time steps "
            "are as wanted."
        ),
        "table_title": _("Values as a table"),
        "explained": _(
            "Time step {step} reads {read}. Cell state: forget gate {forget_gate} × before {before} + input gate "
            "{input_gate} × candidate {candidate} = {now}. Hidden state: output gate {output_gate} × tanh({now}) "
            "= {shown}."
        ),
        "said_worked": _("A worked example. Go through the time steps and see what each gate does there."),
        "said_right": _("All {all} time steps are as wanted: with these gates the unit does its task."),
        "said_forget_gate_open": _(
            "{score} of {all} time steps are as wanted. At time step {step} the cell state is {value} instead "
            "of {wanted}: the forget gate keeps what should be erased."
        ),
        "said_forget_gate_closed": _(
            "{score} of {all} time steps are as wanted. At time step {step} the cell state is {value} instead "
            "of {wanted}: the forget gate erases what should be kept."
        ),
        "said_input_gate_open": _(
            "{score} of {all} time steps are as wanted. At time step {step} the cell state is {value} instead "
            "of {wanted}: the input gate writes what should be ignored."
        ),
        "said_input_gate_closed": _(
            "{score} of {all} time steps are as wanted. At time step {step} the cell state is {value} instead "
            "of {wanted}: the input gate ignores what should be written."
        ),
        "said_output_gate_open": _(
            "{score} of {all} time steps are as wanted. At time step {step} the hidden state is {value} instead of "
            "{wanted}: the output gate shows what should be hidden."
        ),
        "said_output_gate_closed": _(
            "{score} of {all} time steps are as wanted. At time step {step} the hidden state is {value} instead of "
            "{wanted}: the output gate hides what should be shown."
        ),
    },
)
