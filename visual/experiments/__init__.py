"""What can be tried on the trained network: what each experiment is called, says and offers.

Each is one module here, and one of the same name in static/visual/experiments/ that runs it (README.md says how
they fit together). Its id names both, its feature in a study file, and its events.
"""

from visual.experiments import be_the_lstm, clamp_gate, compare_runs, edit_input, nudge_weight, predictions, seed_band
from visual.experiments.experiment import Experiment, Try

# In the order in which they are offered.
EXPERIMENTS: dict[str, Experiment] = {
    "clamp_gate": clamp_gate.EXPERIMENT,
    "edit_input": edit_input.EXPERIMENT,
    "nudge_weight": nudge_weight.EXPERIMENT,
    "predictions": predictions.EXPERIMENT,  # not the first: it goes to another network
    "be_the_lstm": be_the_lstm.EXPERIMENT,
    "compare_runs": compare_runs.EXPERIMENT,
    "seed_band": seed_band.EXPERIMENT,
}

__all__ = ["EXPERIMENTS", "Experiment", "Try"]
