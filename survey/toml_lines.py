"""Where each key of a TOML file stands: tomllib reads values and forgets their lines."""

import re
from collections import Counter

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=(.*)$""")
_TRIPLE = ('"' * 3, "'" * 3)

Path = tuple[str | int, ...]


def key_lines(text: str) -> dict[Path, int]:
    """Return {path of a key or table: line, counted from 1}; a list's tables are counted from 0.

    Keys inside inline tables and lists are left out: `line_of` answers with the line that holds them.
    """
    lines: dict[Path, int] = {(): 1}
    table: Path = ()
    tables_seen: Counter[Path] = Counter()
    open_quote = ""

    def note(path: Path, number: int) -> None:
        for length in range(1, len(path) + 1):  # what leads to it has a line too: that of its first part
            lines.setdefault(path[:length], number)

    for number, line in enumerate(text.splitlines(), start=1):
        if open_quote:
            if open_quote in line:
                open_quote = ""
            continue
        if header := _HEADER.match(line):
            table = _absolute(_parts(header[2]), tables_seen)
            if header[1] == "[[":
                tables_seen[table] += 1
                table = (*table, tables_seen[table] - 1)
            note(table, number)
        elif key := _KEY.match(line):
            note((*table, *_parts(key[1])), number)
            open_quote = next((quote for quote in _TRIPLE if key[2].count(quote) == 1), "")
    return lines


def line_of(lines: dict[Path, int], path: Path) -> int:
    """Return the line of `path`, or of the nearest part of it that has one."""
    found: Path = ()
    for part in path:
        # A part without a line of its own is skipped: pydantic also names the variant of a union.
        if (*found, part) in lines:
            found = (*found, part)
    return lines[found]


def _parts(dotted: str) -> Path:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _absolute(parts: Path, tables_seen: Counter[Path]) -> Path:
    """Return the path with the index of each list's latest table put in: options of items → items, 3, options."""
    path: Path = ()
    for part in parts[:-1]:
        path = (*path, part)
        if tables_seen[path]:
            path = (*path, tables_seen[path] - 1)
    return (*path, parts[-1])
