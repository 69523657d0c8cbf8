"""What the page's JavaScript says; handed over as JSON, so that it is translated like everything else."""

from django.utils.translation import gettext


def strings() -> dict[str, str]:
    """Return the sentences by key, in the active language; {name} is filled in by the browser."""
    return {
        # The dock
        "play": gettext("Play"),
        "pause": gettext("Pause"),
        "seconds_per_epoch": gettext("{seconds} s per epoch"),
        "epochs_per_second": gettext("{epochs} epochs per second"),
        "phase_forward": gettext("The network reads the input value by value; its units carry a memory along."),
        "phase_cue_recall": gettext("The cue: the network reads it once, and will be asked for it at the end."),
        "phase_latch": gettext("A pulse, up or down: the network will be asked for the last one of them."),
        "phase_silence": gettext("Silence: only the hidden state can carry on what was shown before."),
        "phase_asked": gettext("Asked: the network says what it remembers. The bar shows the error."),
        "phase_validation": gettext("Now it goes on alone: each prediction is its next input. Bars show the errors."),
        "phase_forward_text": gettext(
            "The network reads the text character by character; its units carry a memory along."
        ),
        "phase_validation_text": gettext("Now it goes on alone: the most probable character is its next input."),
        "phase_backward": gettext("The error flows back through layers and time, and corrects the weights."),
        "phase_whole": gettext("Each epoch appears as a whole, with the prediction that its weights make."),
        "phase_untrained": gettext("An untrained network: its weights are random. Press play to train it."),
        "phase_rest": gettext("Epoch {epoch}: the complete prediction of this epoch's weights."),
        "computing": gettext("Computing epoch {epoch} …"),
        "ended": gettext("Epoch {epoch} is the last one of a run. Reset to train again with other settings."),
        # Pictures, as words
        "layer": gettext("Layer {layer}"),
        "open_layer": gettext("Open the cell of layer {layer}"),
        "network_label": gettext(
            "The network at time step {step}: it reads {read}, {layers} layers of {units} units, "
            "mean hidden state by layer {means}."
        ),
        "network_label_backward": gettext("The gradient at time step {step}, by layer: {norms}."),
        "note_cell": gettext("Click a layer to look into its cell"),
        "note_gradient": gettext("Bars: gradient norm at time steps 1 to {given}, log scale"),
        "prediction_label": gettext(
            "Input of {given} time steps, {made} of {predictions} predictions, target. "
            "Mean squared error so far: {error}."
        ),
        "recall_label": gettext(
            "At time step {shown} a value is shown, at time step {given} it is asked for. Target {target}, "
            "prediction {prediction}."
        ),
        "characters_label": gettext("The network reads “{read}”, then makes {made} of {predictions} predictions."),
        "character_predicted": gettext("Time step {step}: {prediction}, probability {probability}; target {target}."),
        "shown_cue_recall": gettext("cue"),
        "shown_latch": gettext("last pulse"),
        "silence": gettext("to be remembered for {steps} time steps"),
        "target": gettext("target"),
        "time_axis": gettext("time step"),
        "value_axis": gettext("value"),
        "loss_label": gettext("Loss from epoch 0 to {reached}; at epoch {epoch} the validation loss is {loss}."),
        "loss_hint": gettext("Mean squared error, log scale. Drag along the curve to travel through the training."),
        "loss_hint_text": gettext(
            "Cross-entropy in nats per character, log scale. Drag along the curve to travel through the training."
        ),
        "own_text_symbol": gettext("“{symbol}” cannot be used. Use letters, digits, spaces or . , : ! ? ' -"),
        "own_text_length": gettext("The text has {number} characters. Use {low} to {high}."),
        "own_text_variety": gettext("The text has {number} different characters. Use {low} to {high}."),
        "epoch_axis": gettext("epoch"),
        "training": gettext("training"),
        "validation": gettext("validation"),
        "validation_a": gettext("A, validation"),
        "validation_b": gettext("B, validation"),
        "learning_rate": gettext("learning rate"),
        "batch_size": gettext("batch size"),
        "noise": gettext("noise"),
        "edit": gettext("{name} {value}"),
        "epoch_text": gettext("Epoch {epoch}, validation loss {loss}"),
        "step_text": gettext("Time step {step}"),
        "ghost": gettext("Epoch {epoch}"),
        # The cell
        "cell_title": gettext("Layer {layer} of {layers}"),
        "cell_label": gettext("{cell}, layer {layer}, unit {unit}, time step {step}: {numbers}."),
        "history_label": gettext("Unit {unit} over {steps} time steps: {ranges}."),
        "forget_gate": gettext("Forget gate"),
        "forget_gate_meaning": gettext("1 keeps · 0 erases"),
        "input_gate": gettext("Input gate"),
        "input_gate_meaning": gettext("1 writes · 0 ignores"),
        "candidate": gettext("Candidate"),
        "candidate_meaning": gettext("could be written"),
        "output_gate": gettext("Output gate"),
        "output_gate_meaning": gettext("1 shows · 0 hides"),
        "update_gate": gettext("Update gate"),
        "update_gate_meaning": gettext("1 keeps · 0 replaces"),
        "reset_gate": gettext("Reset gate"),
        "reset_gate_meaning": gettext("1 hears all · 0 nothing"),
        "hidden_state_sum": gettext("Weighted sum"),
        "hidden_state_sum_meaning": gettext("of input and hidden state before"),
        "squashed": gettext("Hidden state"),
        "squashed_meaning": gettext("between −1 and 1"),
        "cell_state_before": gettext("Cell state before"),
        "cell_state": gettext("Cell state"),
        "hidden_state": gettext("Hidden state"),
        "hidden_state_before": gettext("Hidden state before"),
        "moment": gettext("epoch {epoch}, time step {step}"),
        "from_layer": gettext("from layer {layer}"),
        "from_input": gettext("from the input"),
        "to_layer": gettext("→ to layer {layer}"),
        "to_prediction": gettext("→ to the prediction"),
        "bus_note": gettext("the layer input goes to every gate"),
        "bus_note_rnn": gettext("input and hidden state before are weighted and added"),
        "recurrent_note": gettext("back into the same cell at the next time step"),
        "unit": gettext("unit {unit}"),
        "before": gettext("before"),
        "kept": gettext("kept"),
        "written": gettext("written"),
        "now": gettext("now"),
        # Through time
        "gradient_left": gettext("{share} of step {given}"),
        "error": gettext("error"),
        "prediction": gettext("prediction"),
        "plain_rnn": gettext("Plain RNN"),
        "pair_loss": gettext("validation loss {loss}"),
        "pair_awaited": gettext("is being trained …"),
        "unrolled_label": gettext(
            "The network unrolled over {given} time steps, {layers} layers; computed up to time step {step}."
        ),
        "unrolled_backward": gettext("The error flows back through the unrolled network. Gradient norm:"),
        "unrolled_gradient": gettext("layer {layer}: {last} at time step {given}, {first} at time step 1."),
        # Experiments; what each one says is in visual/experiments/
        "experiment_unchanged": gettext("Nothing is changed any more."),
        "experiment_not_for_texts": gettext(
            "This experiment needs values that can be drawn as a curve. Choose a curve or a memory task, or another "
            "experiment."
        ),
        "experiment_refused": gettext("This change does not fit the run on the screen: {reason}"),
        "unchanged": gettext("Unchanged run"),
        "table_change": gettext("The experiment: predictions, and the length of the difference in each layer's states"),
        "padlock": gettext("{part}: lock it at a value"),
        "changed": gettext("Changed"),
        "change": gettext("Difference"),
        "loss_of_prediction": gettext("Loss of this prediction"),
        "answer": gettext("Answer"),
        "prediction_moved": gettext("Prediction, mean distance"),
        # Announcements
        "said_playing": gettext("Training plays from epoch {epoch}."),
        "said_paused": gettext("Paused at epoch {epoch}, validation loss {loss}."),
        "said_epoch": gettext("Epoch {epoch}, validation loss {loss}."),
        "said_forward": gettext("Forward."),
        "said_validation": gettext("Validation."),
        "said_backward": gettext("Backward."),
        "copy_link": gettext("Copy link"),
        "copied": gettext("Link copied"),
        "copy_by_hand": gettext("Copy the address from the browser's address bar."),
        # Trouble
        "offline": gettext("No connection to the server. What you see stays; trying again in {seconds} s."),
        "busy": gettext("Many people are training right now. Trying again in {seconds} s."),
        "failed": gettext("The server could not answer. Trying again in {seconds} s."),
        "outdated": gettext("The platform was updated. Reload this page: it goes on from here."),
        "refused": gettext("This address names no run that can be trained: {reason}"),
        # Tables
        "table_sequence": gettext("The sequence and its prediction by epoch {epoch}"),
        "table_step": gettext("Time step"),
        "table_read": gettext("Read"),
        "table_predicted": gettext("Predicted"),
        "table_target": gettext("Target"),
        "table_unit": gettext("Unit"),
        "table_hidden": gettext("Hidden state of every unit at time step {step}"),
        "table_gradient": gettext("Gradient norm of every layer at the time steps of the input"),
        "table_gradient_beside": gettext("The same of the network below: {cell}"),
        "table_cell": gettext("Inside layer {layer} at time step {step}"),
        "table_epoch": gettext("Epoch"),
        "table_loss": gettext("Loss (mean squared error)"),
        "table_loss_text": gettext("Loss (cross-entropy, nats per character)"),
        "table_probabilities": gettext("Probability of every character by epoch {epoch}"),
        "table_character": gettext("Character"),
        "table_training": gettext("Training loss"),
        "table_validation": gettext("Validation loss"),
    }
