"""The site's settings with a data folder of the tests' own: none may touch a site that runs beside them."""

import os
import tempfile

_folder = tempfile.TemporaryDirectory(prefix="explornn-tests-")
os.environ["DATA_DIR"] = _folder.name
for _name in ("DATABASE_URL", "CACHE_URL", "DEBUG", "HTTPS", "ALLOWED_HOSTS", "SECRET_KEY"):
    os.environ.pop(_name, None)
# Where PostgreSQL keeps its socket on a machine on which nobody is logged in.
os.environ.setdefault("XDG_RUNTIME_DIR", _folder.name)

from explornn_site.settings import *  # noqa: E402, F403
from explornn_site.settings import STATIC_ROOT, STORAGES  # noqa: E402

STATIC_ROOT.mkdir()
# Files by their plain names: only a running server has them collected.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
