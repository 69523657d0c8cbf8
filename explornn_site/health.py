"""Whether the site is well, for load balancers and watchers: yes or no for each part, and nothing else."""

import logging
import secrets
import shutil

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

FREE_BYTES = 200_000_000  # below this the disk is about to be full
_logger = logging.getLogger(__name__)


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """Answer 200 when this process answers at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when everything that people need here is there, else 503; a line for each part says which is not."""
    found = {name: _holds(name, check) for name, check in CHECKS.items()}
    lines = "".join(f"{name} {'ok' if well else 'failed'}\n" for name, well in found.items())
    return HttpResponse(lines, content_type="text/plain", status=200 if all(found.values()) else 503)


def _holds(name, check) -> bool:
    try:
        return check()
    except Exception:  # whatever it is, it is not well
        _logger.exception("%s is not well", name)
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _cache() -> bool:
    key, value = f"readyz:{secrets.token_hex(8)}", secrets.token_hex(8)
    cache.set(key, value, 10)
    try:
        return cache.get(key) == value
    finally:
        cache.delete(key)


def _disk() -> bool:
    return shutil.disk_usage(settings.DATA_DIR).free > FREE_BYTES


CHECKS = {"database": _database, "migrations": _migrations, "cache": _cache, "disk": _disk}
