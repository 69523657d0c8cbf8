"""What a simulated browser logs."""

import time
import uuid
from typing import Any


class Log:
    """The events of one page, in the order in which they happened, on a clock of their own."""

    def __init__(self, seconds: float):
        self.events: list[dict[str, Any]] = []
        self._begun, self._passed, self._seconds = time.time(), 0.0, seconds

    @property
    def over(self) -> bool:
        return self._passed >= self._seconds

    def wait(self, seconds: float) -> None:
        self._passed += seconds

    def add(self, kind: str, data: dict[str, Any]) -> None:
        self.events.append(
            {
                "id": str(uuid.uuid4()),
                "sequence": len(self.events) + 1,
                "kind": kind,
                "at": round(1000 * (self._begun + self._passed)),
                "data": data,
            }
        )
