"""A value as the text of a CSV cell: the same text on every machine, in every locale."""

import json
import re
from datetime import UTC, datetime
from typing import Any

# A spreadsheet takes a cell that begins so for a formula, and may run it. Apostrophes in front count too, so
# that taking one away always gives back what was written.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_SUSPECT = frozenset("'=+-@\t\r")  # how it can begin: quicker to see than the whole


def cell(value: Any, protected: bool = True) -> str:
    """Return a value's text; None is empty, numbers have a decimal point, times are ISO 8601 in UTC.

    A text that a spreadsheet would take for a formula gets an apostrophe in front; not when it need not be
    `protected`, as no spreadsheet reads it. Numbers stay numbers.
    """
    match value:
        case None:
            return ""
        case str():
            return f"'{value}" if protected and value[:1] in _SUSPECT and _FORMULA.match(value) else value
        case int():
            return str(value)
        case float():
            return repr(value).removesuffix(".0")
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case list() | tuple():
            return cell("|".join(map(str, value)), protected)
        case dict():
            # Sorted: PostgreSQL does not keep the order of keys. ASCII: half a surrogate pair has no UTF-8.
            return json.dumps(value, sort_keys=True, separators=(",", ":"))
    return str(value)
