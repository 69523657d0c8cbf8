"""Send bad inputs, as many as one likes: `python -m tests.fuzz --n 100000`. Ends with 1 when something was found."""

import argparse
import logging
import os
import sys
import time
import traceback
from contextlib import ExitStack

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100_000, help="how many bad inputs (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed sends the same inputs")
    parser.add_argument("--only", help="one target")
    parser.add_argument("--postgresql", action="store_true", help="into a PostgreSQL of its own, not SQLite in memory")
    options = parser.parse_args()
    with ExitStack() as stack:
        return _run(options, stack)


def _run(options: argparse.Namespace, stack: ExitStack) -> int:
    from django.conf import settings

    if options.postgresql:
        import dj_database_url

        from tests import postgresql

        server = stack.enter_context(postgresql.running())
        settings.DATABASES = {"default": dj_database_url.parse(postgresql.url_of(server))}
    settings.RATE_LOGIN = settings.RATE_LOGINS = settings.RATE_JOIN = settings.RATE_RUNS = ""
    import django

    django.setup()
    logging.disable(logging.CRITICAL)
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases

    from tests.fuzz.hunt import hunt
    from tests.fuzz.targets import TARGETS, World

    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    stack.callback(teardown_databases, databases, verbosity=0)
    world, bad, faults, begun = World(), 0, 0, time.monotonic()
    for name in [options.only] if options.only else TARGETS:
        share = 100 if options.only else TARGETS[name].share
        start = time.monotonic()
        try:
            sent = hunt(name, -(-options.n * share // 100), options.seed, world)
        except Exception:
            print(f"{name}: a fault")
            traceback.print_exc(file=sys.stdout)  # with the input: the site's log tells the place alone
            faults += 1
        else:
            bad += sent
            print(
                f"{name}: {sent} bad inputs, nothing failed and nothing was written ({time.monotonic() - start:.0f} s)"
            )
        sys.stdout.flush()
    print(f"{bad} bad inputs in {time.monotonic() - begun:.0f} s, {faults} targets with a fault (seed {options.seed})")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
