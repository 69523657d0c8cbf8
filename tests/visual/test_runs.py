"""Chunks: computed once, continued by anyone, recomputed when lost."""

import base64
import gzip
import json
import os
import subprocess
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from django.core.cache import cache

from visual import payload, runs
from visual.runspec import DATA, DEFAULT, Edit

SMALL = replace(DEFAULT, layers=2, units=4)


@pytest.fixture(autouse=True)
def own_cache(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "runs"}}
    cache.clear()
    yield
    cache.clear()


def epochs_of(spec, *chunks):
    return [entry for first, last in chunks for entry in json.loads(runs.chunk(spec, first, last))["epochs"]]


def test_chunks_cover_every_epoch_once():
    covered = [epoch for first, last in runs.CHUNKS for epoch in range(first, last + 1)]
    assert covered == list(range(301))
    assert runs.CHUNKS[:4] == [(0, 1), (2, 9), (10, 19), (20, 29)]
    assert runs.CHUNKS[-2:] == [(290, 299), (300, 300)]


def test_a_chunk_has_the_documented_shapes():
    body = json.loads(runs.chunk(SMALL, 0, 1))
    assert list(body) == ["spec", "first", "last", "parameters", "levels", "sequence", "epochs"]
    assert body["spec"] == str(SMALL)
    assert (body["first"], body["last"]) == (0, 1)
    assert (len(body["sequence"]["input"]), len(body["sequence"]["target"])) == (15, 32)
    assert [entry["epoch"] for entry in body["epochs"]] == [0, 1]
    assert body["epochs"][0]["training_loss"] is None
    entry = body["epochs"][1]
    assert 0 < entry["training_loss"] < 4
    assert 0 < entry["validation_loss"] < 4
    assert len(entry["prediction"]) == 32
    assert len(base64.b64decode(entry["hidden_state"])) == 2 * 46 * 4
    assert np.shape(entry["gradient_norm"]) == (2, 15)


def test_inspection_has_the_documented_shapes_and_agrees_with_the_chunk():
    body = json.loads(runs.inspection(SMALL, 1, 2))
    assert (body["spec"], body["epoch"], body["layer"]) == (str(SMALL), 1, 2)
    for part in body["parts"]:
        assert np.shape(body[part]) == (46, 4)
    assert np.shape(body["layer_input"]) == (46, 4)
    entry = epochs_of(SMALL, (0, 1))[1]
    assert entry["gradient_norm"][1] == body["gradient_norm"]
    hidden_state = np.frombuffer(base64.b64decode(entry["hidden_state"]), np.int8).reshape(2, 46, 4)[1] / 127
    np.testing.assert_allclose(hidden_state, body["hidden_state"], atol=0.5 / 127 + 1e-4)
    cell_before = np.vstack([np.zeros(4), body["cell_state"]])[:-1]  # (46, 4)
    cell = np.multiply(body["forget_gate"], cell_before) + np.multiply(body["input_gate"], body["candidate"])
    np.testing.assert_allclose(cell, body["cell_state"], atol=5e-4)
    np.testing.assert_allclose(body["output_gate"] * np.tanh(cell), body["hidden_state"], atol=5e-4)


@pytest.mark.parametrize("data", [*DATA, "text:the quick brown fox jumps over."])
def test_ten_epochs_of_the_largest_network_stay_below_60_kb(data, monkeypatch):
    """For the cell whose hidden states move most; the first epochs, whose values are least alike."""
    monkeypatch.setattr(runs, "CHUNKS", [(0, 9)])
    body = runs.chunk(replace(DEFAULT, data=data, cell="gru", layers=5, units=32), 0, 9)
    assert json.loads(body)["levels"] == 31
    assert len(gzip.compress(body, 6)) < 60_000


def test_ten_epochs_of_the_largest_network_that_is_told_finely_stay_below_60_kb(monkeypatch):
    monkeypatch.setattr(runs, "CHUNKS", [(0, 9)])
    body = runs.chunk(replace(DEFAULT, cell="gru", layers=3, units=32), 0, 9)
    assert json.loads(body)["levels"] == 127
    assert len(gzip.compress(body, 6)) < 60_000


def test_a_large_network_is_told_coarsely_but_rightly():
    spec = replace(DEFAULT, layers=4, units=25)
    text = epochs_of(spec, (0, 1))[1]["hidden_state"]
    alphabet = payload.ALPHABET.tobytes().decode()
    told = np.reshape([(alphabet.index(character) - 32) / 31 for character in text], (4, 46, 25))
    inside = json.loads(runs.inspection(spec, 1, 3))["hidden_state"]
    np.testing.assert_allclose(told[2], inside, atol=0.5 / 31 + 1e-4)


def test_layer_one_reads_the_sequence_and_then_its_own_predictions():
    body = json.loads(runs.inspection(SMALL, 0, 1))
    chunk = json.loads(runs.chunk(SMALL, 0, 1))
    read = np.array(body["layer_input"])[:, 0]
    np.testing.assert_array_equal(read[:15], chunk["sequence"]["input"])
    np.testing.assert_array_equal(read[15:], chunk["epochs"][0]["prediction"][:31])


@pytest.mark.parametrize("lost", ["nothing", "chunks", "checkpoints", "everything"])
def test_numbers_do_not_depend_on_what_the_cache_lost(lost):
    reference = epochs_of(SMALL, (0, 1), (2, 9), (10, 19))
    if lost == "everything":
        cache.clear()
    for index, (_, last) in enumerate(runs.CHUNKS[:3]):
        if lost == "chunks":
            cache.delete(runs._key("chunk", SMALL, index))
        if lost == "checkpoints":
            cache.delete(runs._key("checkpoint", SMALL, last))
    assert epochs_of(SMALL, (10, 19)) == reference[10:]
    assert epochs_of(SMALL, (2, 9)) == reference[2:10]


def test_numbers_do_not_depend_on_the_chunks():
    """Bit for bit, so well within 1e-6: the same as one unbroken training."""
    epochs_of(SMALL, (0, 1), (2, 9))
    chunked = runs.trained(SMALL, 13).network.parameters
    cache.clear()
    training = runs._start(SMALL, 0, runs._deadline())
    while training.epoch < 13:
        runs._train_next(training, SMALL)
    np.testing.assert_array_equal(chunked, training.network.parameters)


def test_an_edit_leaves_the_past_as_it_was():
    edited = replace(SMALL, edits=(Edit(12, learning_rate=0.1),))
    plain = epochs_of(SMALL, (0, 1), (2, 9), (10, 19))
    changed = epochs_of(edited, (0, 1), (2, 9), (10, 19))
    assert changed[:13] == plain[:13]
    assert changed[13] != plain[13]


def test_an_edit_continues_from_the_unedited_checkpoint(monkeypatch):
    epochs_of(SMALL, (0, 1), (2, 9))
    trained = []
    original = runs.Training.train_epoch
    monkeypatch.setattr(
        runs.Training,
        "train_epoch",
        lambda self, recipe: trained.append(self.epoch + 1) or original(self, recipe),
    )
    epochs_of(replace(SMALL, edits=(Edit(12, noise=0.2),)), (10, 19))
    assert trained == list(range(10, 20))


def test_simultaneous_requests_compute_once(monkeypatch):
    computed = []
    original = runs._compute
    monkeypatch.setattr(runs, "_compute", lambda *place: computed.append(place) or original(*place))
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(runs.chunk(SMALL, 0, 1))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(computed) == 1
    assert len(answers) == 6
    assert len(set(answers)) == 1


def test_who_gets_the_lock_just_after_another_finished_computes_nothing(monkeypatch):
    key = runs._key("chunk", SMALL, 0)

    def acquire(name, token):
        cache.set(key, b"{computed meanwhile}")
        return True

    monkeypatch.setattr(runs, "_acquire", acquire)
    monkeypatch.setattr(runs, "_compute", None)
    assert runs.chunk(SMALL, 0, 1).endswith(b"computed meanwhile}")


def test_beyond_the_cap_computing_is_refused_but_cached_chunks_are_served(settings, monkeypatch):
    settings.RUN_COMPUTATIONS = 1
    cached = runs.chunk(SMALL, 0, 1)
    monkeypatch.setattr(runs, "SLOT_PATIENCE", 0.0)
    assert runs._acquire("run:slot:0", "someone else")
    assert runs.chunk(SMALL, 0, 1) == cached
    with pytest.raises(runs.BusyError):
        runs.chunk(SMALL, 2, 9)
    runs._release("run:slot:0", "someone else")
    runs.chunk(SMALL, 2, 9)


def test_one_thread_of_a_process_computes_and_a_few_wait(monkeypatch):
    running, most, served = 0, 0, []
    original = runs._compute

    def compute(*place):
        nonlocal running, most
        running += 1
        most = max(most, running)
        time.sleep(0.05)
        running -= 1
        return original(*place)

    def ask(seed):
        try:
            served.append(runs.chunk(replace(SMALL, seed=seed), 0, 1))
        except runs.BusyError:
            served.append(None)

    monkeypatch.setattr(runs, "_compute", compute)
    threads = [threading.Thread(target=ask, args=[seed]) for seed in range(runs.TURNS + 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert runs.TURNS <= sum(body is not None for body in served) < len(served)


def test_waiting_for_another_ends(monkeypatch):
    monkeypatch.setattr(runs, "PATIENCE", 0.05)
    key = runs._key("chunk", SMALL, 0)
    assert runs._acquire(f"{key}:lock", "a process that died")
    with pytest.raises(runs.BusyError):
        runs.chunk(SMALL, 0, 1)


def test_a_dead_process_holds_its_lock_only_until_it_expires(monkeypatch):
    key = runs._key("chunk", SMALL, 0)
    cache.add(f"{key}:lock", "a process that died", 0.2)
    runs.chunk(SMALL, 0, 1)


def test_a_lock_whose_process_of_this_machine_has_died_is_taken_at_once():
    died = subprocess.Popen(["true"])
    died.wait()
    assert runs._acquire("left", f"{runs.HOST}/{died.pid}/token")
    assert runs._acquire("left", "next") and cache.get("left") == "next"
    for holder in (f"{runs.HOST}/{os.getpid()}/token", f"elsewhere/{died.pid}/token"):
        cache.clear()
        assert runs._acquire("held", holder)
        assert not runs._acquire("held", "next")


def test_an_expired_lock_is_not_released_by_its_former_holder():
    assert runs._acquire("lock", "new holder")
    runs._release("lock", "former holder")
    assert not runs._acquire("lock", "third")


def test_a_refused_recomputation_goes_on_where_it_stopped(monkeypatch):
    monkeypatch.setattr(runs, "PATIENCE", 0.1)
    refused = 0
    while True:
        try:
            runs.chunk(SMALL, 40, 49)
            break
        except runs.BusyError:
            refused += 1
            time.sleep(0)
    assert 0 < refused < 10
    monkeypatch.undo()
    late = epochs_of(SMALL, (40, 49))
    cache.clear()
    assert epochs_of(SMALL, (40, 49)) == late


def test_cap_defaults_to_one_per_core(settings):
    settings.RUN_COMPUTATIONS = None
    assert runs.computations_at_once() >= 1


def test_a_text_is_told_as_text():
    spec = replace(SMALL, data="text_count")
    body = json.loads(runs.chunk(spec, 0, 1))
    symbols = " ,.efhnortuw"
    assert body["sequence"] == {"input": "one, one two, one tw", "target": "o thr", "symbols": symbols}
    entry = body["epochs"][1]
    probabilities = np.array(entry["probabilities"])
    assert probabilities.shape == (5, 12)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(5), abs=12 * 0.00005)
    assert entry["prediction"] == "".join(symbols[place] for place in probabilities.argmax(axis=1))
    assert np.shape(json.loads(runs.inspection(spec, 1, 1))["layer_input"]) == (24, 12)


def test_a_memory_task_is_told_in_its_own_length():
    body = json.loads(runs.chunk(replace(SMALL, data="cue_recall"), 0, 1))
    assert body["sequence"]["input"] == [0.8] + 29 * [0.0]
    assert body["sequence"]["target"] == [0.8]
    assert np.shape(body["epochs"][1]["gradient_norm"]) == (2, 30)


@pytest.mark.parametrize("epoch", [13, 14])
def test_a_second_look_nearby_trains_at_most_one_epoch(monkeypatch, epoch):
    runs.inspection(SMALL, 13, 1)
    trained = []
    original = runs.Training.train_epoch
    monkeypatch.setattr(
        runs.Training,
        "train_epoch",
        lambda self, recipe: trained.append(self.epoch + 1) or original(self, recipe),
    )
    nearby = runs.inspection(SMALL, epoch, 2)
    assert trained == [14][: epoch - 13]
    cache.clear()
    assert runs.inspection(SMALL, epoch, 2) == nearby
