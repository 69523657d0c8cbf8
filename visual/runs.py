"""Computes and caches chunks of epochs, so that any worker continues any run.

Chunks lie on a fixed grid. At the end of each a checkpoint (weights and the optimizer's memory) is cached,
from which any process goes on. A lost cache is recomputed from the last checkpoint that is left, at worst
from epoch 0, and gives the same numbers: an epoch's data depends on the seed and the epoch's number alone.

Who locks: `_computed` holds one lock per chunk, so that it is computed once however many ask, and one of a
few machine-wide slots, so that computing never takes all workers. Should their holder die, both are given to who
asks next on the same machine, and expire for who asks on another. Within a
process one thread computes at a time (two would only wait for Python's own lock), a few wait their turn, and
whoever comes then is sent away: so threads are left that serve what is cached. All but that
rest on the cache's `add`, which tells one of many that the lock is theirs. Two computations of one chunk, as after
a lock expired, would cost time, never correctness.
"""

import hashlib
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.conf import settings
from django.core.cache import cache
from prometheus_client import Counter

from visual import payload
from visual.engine.network import Architecture
from visual.engine.training import Recipe, Training, kept_fronts
from visual.engine.wavefront import Wavefront
from visual.run_what_if import Question
from visual.runspec import LAST_EPOCH, RunSpec

Value = TypeVar("Value")  # anything that the cache keeps

ENGINE_VERSION = 2  # raised by every change of the engine's numbers: old cache entries are then never read again
KEPT = 7 * 24 * 3600  # seconds that a chunk and its checkpoint stay in the cache
LOCK_EXPIRY = 60  # seconds; a chunk of the largest network takes a few
POLL = 0.02  # seconds between two looks of one who waits for another's computation
PATIENCE = 8.0  # seconds that one request computes and waits at most
TURNS = 5  # requests of one process that compute or wait their turn; its other threads serve what is cached
SLOT_PATIENCE = 0.5  # seconds that one waits for a slot that another process holds

HOST = socket.gethostname().replace("/", "")
chunks_computed = Counter("explornn_chunks_computed", "Chunks of training runs computed, not taken from the cache")
_turns = threading.BoundedSemaphore(TURNS)
_turn = threading.Lock()
_fronts = kept_fronts()  # for whoever has the turn: one run's buffers serve the next

CHUNKS = [
    (0, 1),
    (2, 9),
    *((first, first + 9) for first in range(10, LAST_EPOCH, 10)),
    (LAST_EPOCH, LAST_EPOCH),
]


class BusyError(Exception):
    """As many computations are under way as this machine takes on; the same request succeeds later."""

    retry_after = 1  # seconds


def chunk(spec: RunSpec, first: int, last: int) -> bytes:
    """Return the JSON of a chunk of the grid, computing what is missing; raises BusyError."""
    body = _chunk_body(spec, CHUNKS.index((first, last)), _deadline())
    return b'{"spec":' + json.dumps(str(spec)).encode() + b"," + body[1:]


def inspection(spec: RunSpec, epoch: int, layer: int) -> bytes:
    """Return the JSON of one layer (from 1) after `epoch`, computing what is missing; raises BusyError."""
    deadline = _deadline()
    run = spec.until(epoch)
    key = _key("inspection", run, epoch, layer)
    body = _computed(key, lambda: _inspect(run, epoch, layer, deadline), deadline)
    return payload.encode(str(spec), json.loads(body))


def what_if(spec: RunSpec, epoch: int, question: Question) -> bytes:
    """Return the JSON of a what-if after `epoch`, computing what is missing; raises BusyError.

    It takes some 30 ms and there are endlessly many: only the weights that it starts from are cached.
    """
    deadline = _deadline()
    run = spec.until(epoch)
    checkpoint = _computed(
        _key("checkpoint", run, epoch), lambda: _trained(run, epoch, deadline).checkpoint(), deadline
    )
    training = untrained(run)
    training.resume(epoch, checkpoint)
    return payload.encode(str(spec), payload.what_if(epoch, training, question))


def trained(spec: RunSpec, epoch: int) -> Training:
    """Return the run after `epoch`, ready to be looked at or trained on; raises BusyError."""
    return _trained(spec, epoch, _deadline())


def untrained(spec: RunSpec, fronts: Callable[..., Wavefront] | None = None) -> Training:
    """Return the run before its first epoch."""
    architecture = Architecture(spec.cell, spec.layers, spec.units)
    return Training(spec.data, architecture, spec.optimizer, spec.seed, spec.clip, fronts)


def answers_version() -> str:
    """Return what tells this release's answers from those of one with other numbers or fields, as 1.2."""
    return f"{ENGINE_VERSION}.{payload.VERSION}"


def digest(run: RunSpec | str) -> str:
    """Return a name of fixed length for a run, or another text, with no two alike."""
    return hashlib.sha256(str(run).encode()).hexdigest()[:40]


def _trained(spec: RunSpec, epoch: int, deadline: float) -> Training:
    # Who looks into one layer soon looks into the next, or at the epoch after: they find a checkpoint there.
    for near in (epoch, epoch - 1):
        checkpoint = cache.get(_key("checkpoint", spec.until(near), near))
        if checkpoint is not None:
            training = untrained(spec)
            training.resume(near, checkpoint)
            break
    else:
        complete = sum(last <= epoch for _, last in CHUNKS)  # chunks that end at this epoch or before
        training = _start(spec, complete, deadline)
    if training.epoch < epoch:
        while training.epoch < epoch:
            _train_next(training, spec)
        _leave_checkpoint(training, spec)
    return training


def _deadline() -> float:
    return time.monotonic() + PATIENCE


def _key(kind: str, run: RunSpec, *place: int) -> str:
    """Return a cache key of fixed length; `run` must be the part of the spec that matters there."""
    version = str(ENGINE_VERSION) if kind == "checkpoint" else answers_version()
    return ":".join(["run", version, kind, digest(run), *map(str, place)])


def _chunk_body(spec: RunSpec, index: int, deadline: float) -> bytes:
    run = spec.until(CHUNKS[index][1])
    return _computed(_key("chunk", run, index), lambda: _compute(run, index, deadline), deadline)


def _compute(run: RunSpec, index: int, deadline: float) -> bytes:
    """Return a chunk's JSON without its spec; leave a checkpoint of its last epoch."""
    first, last = CHUNKS[index]
    training = _start(run, index, deadline, _fronts)
    chunks_computed.inc()
    losses, weights = [], []
    for epoch in range(first, last + 1):
        losses.append(_train_next(training, run) if epoch > 0 else None)
        weights.append(training.network.parameters.copy())
    _leave_checkpoint(training, run)
    symbols, told = training.data_set.symbols, payload.levels(training.network.architecture)
    entries = [
        payload.epoch_entry(epoch, loss, evaluation, symbols, told)
        for epoch, loss, evaluation in zip(range(first, last + 1), losses, training.evaluations(weights), strict=True)
    ]
    return json.dumps(payload.chunk(first, last, training, entries), separators=(",", ":"), allow_nan=False).encode()


def _start(spec: RunSpec, index: int, deadline: float, fronts: Callable[..., Wavefront] | None = None) -> Training:
    """Return the run as it stands before the first epoch of chunk `index`."""
    training = untrained(spec, fronts)
    missing = []
    for earlier in reversed(range(index)):
        last = CHUNKS[earlier][1]
        checkpoint = cache.get(_key("checkpoint", spec.until(last), last))
        if checkpoint is not None:
            training.resume(last, checkpoint)
            break
        missing.append(earlier)
    for earlier in reversed(missing):
        if time.monotonic() > deadline:
            raise BusyError  # the checkpoints left so far shorten the next attempt
        _checkpoint_chunk(training, spec, earlier)
    return training


def _checkpoint_chunk(training: Training, spec: RunSpec, index: int) -> None:
    """Train through a chunk whose pictures nobody asked for, and leave its checkpoint."""
    last = CHUNKS[index][1]
    while training.epoch < last:
        _train_next(training, spec)
    _leave_checkpoint(training, spec)


def _leave_checkpoint(training: Training, spec: RunSpec) -> None:
    key = _key("checkpoint", spec.until(training.epoch), training.epoch)
    cache.set(key, training.checkpoint(), KEPT)


def _train_next(training: Training, spec: RunSpec) -> float:
    current = spec.settings_for(training.epoch + 1)
    return training.train_epoch(Recipe(current.learning_rate, current.batch_size, current.noise))


def _inspect(run: RunSpec, epoch: int, layer: int, deadline: float) -> bytes:
    training = _trained(run, epoch, deadline)
    return json.dumps(payload.inspection(epoch, layer, training), separators=(",", ":"), allow_nan=False).encode()


def _computed(key: str, compute: Callable[[], Value], deadline: float) -> Value:
    """Return the cached value, or wait for whoever computes it, or compute it; raises BusyError."""
    lock, token = f"{key}:lock", f"{HOST}/{os.getpid()}/{uuid.uuid4().hex}"
    value: Value
    while (value := cache.get(key)) is None:
        if time.monotonic() > deadline:
            raise BusyError
        if (holder := cache.get(lock)) is None or _is_left(holder):
            # The turn first: who is sent away should cost next to nothing, for many may come again and again.
            with _turn_taken(deadline):
                if _acquire(lock, token):
                    try:
                        # Looked up again under the lock: another may have finished between our look and our lock.
                        if (value := cache.get(key)) is None:
                            with _slot(token):
                                value = compute()
                            cache.set(key, value, KEPT)
                        return value
                    finally:
                        _release(lock, token)
        time.sleep(POLL)
    return value


@contextmanager
def _turn_taken(deadline: float) -> Iterator[None]:
    """Compute as the only thread of this process; raises BusyError when too many wait already."""
    if not _turns.acquire(blocking=False):
        raise BusyError
    try:
        if not _turn.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise BusyError
        try:
            yield
        finally:
            _turn.release()
    finally:
        _turns.release()


@contextmanager
def _slot(token: str) -> Iterator[None]:
    """Hold one of the machine's computing slots; raises BusyError when all stay taken."""
    slots = [f"run:slot:{number}" for number in range(computations_at_once())]
    patience = time.monotonic() + SLOT_PATIENCE
    while (slot := next((slot for slot in slots if _acquire(slot, token)), None)) is None:
        if time.monotonic() > patience:
            raise BusyError
        time.sleep(POLL)
    try:
        yield
    finally:
        _release(slot, token)


def computations_at_once() -> int:
    """Return how many chunks are computed at once: the setting RUN_COMPUTATIONS, else one per core."""
    return int(getattr(settings, "RUN_COMPUTATIONS", None) or os.cpu_count() or 1)


def _acquire(name: str, token: str) -> bool:
    if _is_left(holder := cache.get(name)):
        _release(name, holder)
    return bool(cache.add(name, token, LOCK_EXPIRY))


def _is_left(holder: str | None) -> bool:
    """Tell whether a lock's holder was a process of this machine that is no more: it was killed at its work."""
    host, _, rest = (holder or "").partition("/")
    process = rest.partition("/")[0]
    if host != HOST or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)  # signal 0 only asks
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it lives, as somebody else's
    return False


def _release(name: str, token: str) -> None:
    if cache.get(name) == token:
        cache.delete(name)
