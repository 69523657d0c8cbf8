"""What nobody should send: valid inputs with a few wounds, and what no reader of them expects."""

import json
from typing import Any

from hypothesis import strategies as st

NASTY = [
    '', ' ', '\x00', '\ud800', '\udfff', '\u202e', '\ufeff', "\u00e9" * 70, '\u0663', '\U0001d7d9',
    "x" * 5000, "'", '"', '`', '\\', '\r\n', '\n', '%', '%00', '%2e%2e%2f', '../../../../etc/passwd',
    '/etc/passwd', '~', '..', ';', '@', '=', '&', '#', '?', ':', ',', '|', '=1+1', '@SUM(1)', '-1', '-0',
    '0', '1e999', '-1e999', 'NaN', 'Infinity', "9" * 400, '0x10', '1_000', '1.', '.5', '+1', 'null', 'None',
    'true', '[]', '{}', '{{ 7*7 }}', '{% debug %}', '<script>alert(1)</script>', "' OR 1=1 --", '$(id)',
    '__class__', '__proto__', 'constructor', '$x$', '$\\text{<b>}$', '$\\begin{matrix}$', '![x](//host/x)',
    ']]>', '<!--', '[[stages]]', 'key = 1\n', '"""', '2026-01-01', '2026-99-99T99:99',
    '00000000-0000-0000-0000-000000000000',
]  # fmt: skip
anything = st.one_of(st.sampled_from(NASTY), st.text(st.characters(), max_size=30))
numbers = st.one_of(
    st.integers(), st.floats(), st.sampled_from([0, -1, 2**31, 2**31 - 1, 2**63, 2**64, 10**400, 1e308, -1e-308])
)
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, anything),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(anything, inner, max_size=4)),
    max_leaves=8,
)


@st.composite
def wounded(draw, *texts: str) -> str:
    """Return one of the texts with one to four places cut out, doubled, moved or filled with something else."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 1, 1, 2, 5, 20, 200])))
        match draw(st.integers(0, 4)):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:end] + text[start:end] + text[end:]
            case 2:
                to = draw(st.integers(0, len(text)))
                text = text[:to] + text[start:end] + text[to:]
            case _:
                text = text[:start] + draw(anything) + text[end:]
    return text


@st.composite
def altered(draw, *values: dict[str, Any]) -> Any:
    """Return one of the values, JSON, in which a few parts are something else, are missing or are more."""
    value = json.loads(json.dumps(draw(st.sampled_from(values))))
    for _ in range(draw(st.integers(1, 3))):
        where, place = value, None
        while isinstance(where, dict | list) and where and (place is None or draw(st.booleans())):
            holder = where
            place = draw(st.sampled_from(sorted(where) if isinstance(where, dict) else range(len(where))))
            where = where[place]
        if place is None or draw(st.integers(0, 15)) == 0:
            value = draw(json_values)
        elif draw(st.integers(0, 4)) == 0:
            del holder[place]
        elif isinstance(holder, dict) and draw(st.integers(0, 4)) == 0:
            holder[draw(anything)] = draw(json_values)
        else:
            holder[place] = draw(json_values)
    return value


def forms(fields: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return forms that were sent: each field as it should be, or not, or missing, or more than once."""
    one = {name: st.one_of(st.just(value), anything, st.lists(anything, max_size=3)) for name, value in fields.items()}
    more = st.dictionaries(anything, anything, max_size=2)
    return st.tuples(st.fixed_dictionaries({}, optional=one), more).map(lambda both: both[1] | both[0])
