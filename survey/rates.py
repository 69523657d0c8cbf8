"""How often one may ask: for a log-in, for a place in a study, for a training run to be computed.

Counted with the library `limits`, in each process's memory, or in Redis where that is the cache; both count atomically.
Nobody is kept by address: keys are keyed hashes, and forgotten with the window that they count in. A Redis that does
not answer keeps nobody out.
"""

import ipaddress
import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

# Imported here, before requests come: `limits` takes one that another thread is just importing for missing.
import redis  # noqa: F401
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

log = logging.getLogger(__name__)


class SpentError(Exception):
    """Somebody has asked as often as they may; `retry_after` says in how many seconds they may again."""

    def __init__(self, retry_after: int):
        super().__init__(f"again in {retry_after} s")
        self.retry_after = retry_after


def spend(rate: str, *who: str) -> None:
    """Count one request of `who` against the setting of this name; raises SpentError when it is one too many."""
    _spend(rate, who, 1)


def forgive(rate: str, *who: str) -> None:
    """Begin to count anew: it was who they said they were."""
    with _or_nobody_is_kept_out():
        if limit := _limit(rate):
            limiter().clear(limit, rate, _hashed(who))


@contextmanager
def computing(rate: str, *who: str) -> Iterator[None]:
    """Count the seconds of processor time of what is done within; raises SpentError before it when none are left.

    What comes from the cache costs next to nothing: a class that looks at the same runs may look at them for ever.
    """
    _spend(rate, who, 0, 1000)
    start = time.thread_time()  # not the time of waiting for one's turn
    try:
        yield
    finally:
        with suppress(SpentError):  # it is the next request that is refused
            _spend(rate, who, round(1000 * (time.thread_time() - start)), 1000)


def address(request: HttpRequest) -> str:
    """Return the address that a request comes from, of IPv6 the network: whoever has one address there has them all.

    What proxies have put in front of us is told by the last TRUSTED_PROXIES entries of X-Forwarded-For; anyone can
    write what stands before these.
    """
    seen = [request.META.get("REMOTE_ADDR", "")]
    if settings.TRUSTED_PROXIES:
        seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()] or seen
        seen = seen[-settings.TRUSTED_PROXIES :]
    try:
        found = ipaddress.ip_address(seen[0])
    except ValueError:  # a socket, which has none
        return seen[0]
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def refused(response: HttpResponse, spent: SpentError) -> HttpResponse:
    """Return a refusal's page with what tells machines the same."""
    response.status_code = 429
    response["Retry-After"] = str(spent.retry_after)
    response["Cache-Control"] = "no-store"
    return response


@cache
def limiter() -> FixedWindowRateLimiter:
    """Return what counts, one for the whole process."""
    return FixedWindowRateLimiter(storage_from_string(settings.CACHE_URL or "memory://", wrap_exceptions=True))


def _spend(rate: str, who: tuple[str, ...], cost: int, unit: int = 1) -> None:
    with _or_nobody_is_kept_out():
        limit, key = _limit(rate, unit), _hashed(who)
        if limit is None:
            return
        allowed = limiter().hit(limit, rate, key, cost=cost) if cost else limiter().test(limit, rate, key)
        if not allowed:
            ends = limiter().get_window_stats(limit, rate, key).reset_time
            raise SpentError(max(1, math.ceil(ends - time.time())))


def _limit(rate: str, unit: int = 1) -> RateLimitItem | None:
    """Return the limit that a setting names, such as 10/minute; None where it is empty."""
    if not (text := getattr(settings, rate)):
        return None
    limit = parse(text)
    return type(limit)(limit.amount * unit, limit.multiples)


def _hashed(who: tuple[str, ...]) -> str:
    return salted_hmac("survey.rates", "\0".join(who)).hexdigest()


@contextmanager
def _or_nobody_is_kept_out() -> Iterator[None]:
    try:
        yield
    except StorageError:
        log.warning("the store of the rate limits does not answer; nobody is limited meanwhile")
