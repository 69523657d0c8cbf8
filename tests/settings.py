"""The site's settings with a data folder of the tests' own: none may touch a site that runs beside them."""

import os
import tempfile

_folder = tempfile.TemporaryDirectory(prefix="explornn-tests-")
os.environ["DATA_DIR"] = _folder.name
for _name in ("DATABASE_URL", "CACHE_URL", "DEBUG", "HTTPS", "ALLOWED_HOSTS", "SECRET_KEY"):
    os.environ.pop(_name, None)
# Playwright keeps an event loop in the thread in which it runs; the tests beside it there may still ask the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
# As the server does it: two processes that each take all cores for a small product wait for one another.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
# Where PostgreSQL keeps its socket on a machine on which nobody is logged in.
os.environ.setdefault("XDG_RUNTIME_DIR", _folder.name)

if "TEST_DATABASE_URL" in os.environ:  # python -m tests.postgresql
    os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]

from explornn_site.settings import *  # noqa: E402, F403
from explornn_site.settings import DATABASES, STATIC_ROOT, STORAGES  # noqa: E402

STATIC_ROOT.mkdir()
if DATABASES["default"]["ENGINE"] == "explornn_site.sqlite":
    # pytest-django keeps Django's own SQLite in memory by itself, ours must be told.
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}
os.environ.pop("DATABASE_URL", None)  # what the tests start has a database of its own
# Files by their plain names: only a running server has them collected.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# Hashing a password slowly is Django's to test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
