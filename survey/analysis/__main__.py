"""Write all tables of an export into its folder `results`, which is made anew: `python -m analysis [FOLDER]`."""

import sys
from pathlib import Path

from .data import read
from .tables import Results


def main(folder: Path) -> None:
    out = folder / "results"
    out.mkdir(exist_ok=True)
    for table in Results(read(folder)).tables:
        lines = [",".join(row) for row in (table.columns, *table.rows)]
        (out / f"{table.name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="")
        print(f"{out / table.name}.csv: {len(table.rows)} rows")


main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
