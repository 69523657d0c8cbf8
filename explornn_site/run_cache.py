"""The cache of computed runs, a folder of files that all worker processes share."""

import errno
import logging
import os
import pickle
import random
import tempfile
import zlib
from contextlib import contextmanager, suppress

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache

CULL_EVERY = 50  # writings, on average: looking through all files takes longer than writing one
_logger = logging.getLogger(__name__)


class RunCache(FileBasedCache):
    """Django's cache of files, but quick to write, and it forgets what is oldest instead of anything.

    Django's own looks through the whole folder at every writing, and compresses: for the weights of a run that takes
    as long as training an epoch, and saves a fifth. And a run that loses its last checkpoint starts all over.
    """

    def set(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        """Keep a value; without room on the disk it is not kept, which costs time and no answer.

        Nor is it where the folder is emptied in the same moment.
        """
        with _without_room():
            super().set(key, value, timeout=timeout, version=version)

    def add(self, key, value, timeout=DEFAULT_TIMEOUT, version=None):
        """Keep a value unless there is one, and tell whether; of several processes, one is told that it did.

        Django's own looks and then writes: two that come together are both told so, and both compute. Without room
        on the disk nothing is kept and everybody is told so: they compute, each for himself.
        """
        if self.has_key(key, version):
            return False
        with _without_room():
            self._createdir()  # type: ignore[attr-defined]
            with tempfile.NamedTemporaryFile(dir=self._dir) as whole:  # type: ignore[attr-defined]
                self._write_content(whole, timeout, value)
                whole.flush()
                try:
                    os.link(whole.name, self._key_to_file(key, version))  # type: ignore[attr-defined]
                except FileExistsError:
                    return False
        return True

    def _cull(self):
        if random.randrange(CULL_EVERY) == 0:  # noqa: S311  no secret
            self.forget_oldest()

    def forget_oldest(self):
        """Keep two thirds of the entries that there may be, when there are more than these."""
        with suppress(FileNotFoundError):
            files = os.scandir(self._dir)  # type: ignore[attr-defined]  # of the base class, untyped
            found = [entry for entry in files if entry.name.endswith(self.cache_suffix)]
            if len(found) > self._max_entries:
                for entry in sorted(found, key=_written)[: len(found) - self._max_entries * 2 // 3]:
                    self._delete(entry.path)  # type: ignore[attr-defined]

    def _write_content(self, file, timeout, value):
        file.write(pickle.dumps(self.get_backend_timeout(timeout), self.pickle_protocol))
        file.write(zlib.compress(pickle.dumps(value, self.pickle_protocol), level=0))


@contextmanager
def _without_room():
    """Let what the disk has no room for, or whose folder is emptied in the same moment, be as if it were kept."""
    try:
        yield
    except FileNotFoundError as error:
        _logger.warning("the folder of computed runs was emptied meanwhile: %s", error)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        _logger.error("the disk has no room for a computed run: %s", error)


def _written(entry):
    try:
        return entry.stat().st_mtime
    except FileNotFoundError:  # another process was faster
        return 0.0
