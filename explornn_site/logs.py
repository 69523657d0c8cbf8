"""What the server writes down: one line per request, and errors, without anything of a person.

Paths hold personal links, and errors repeat what somebody typed or the values of a row. So a request is named by its
route (`join/<slug:study>/`), an error by its kind and the lines of code that led to it.
"""

import logging
import re
import traceback
from pathlib import Path

from django.http import HttpRequest

BASE = Path(__file__).resolve().parent.parent
# Of other libraries' warnings: addresses, paths, and whatever is long enough to be a secret or a code of ours.
TELLING = re.compile(
    r"\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w:])(?:[0-9a-fA-F]{0,4}:){2,}[0-9a-fA-F:.]*|/\S*|[\w-]{16,}|\b[A-Z2-9]{8}\b"
)


def route_of(request: HttpRequest) -> str:
    """Return the pattern of a request's address, which is the same for everybody."""
    match = request.resolver_match
    if match is None:
        return "static" if request.path.startswith("/static/") else "none"
    return f"/{match.route}"


class WithoutPersons(logging.Filter):
    """Takes out of every record what could tell who it was about."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None:
            name = record.name.rpartition(".")[2]
            status = getattr(record, "status_code", "")
            # Of a request that never came to a view, such as one for another host, not even that may be there.
            route = route_of(request) if isinstance(request, HttpRequest) else "none"
            record.msg, record.args = f"{name} {status} {route}", ()
            del record.__dict__["request"]
        elif record.levelno >= logging.WARNING and not record.name.startswith(("survey", "visual", "textcond")):
            record.msg, record.args = TELLING.sub("[left out]", record.getMessage()), ()
        if record.exc_info and record.exc_info[0]:
            kind = record.exc_info[0].__name__
            frames = traceback.extract_tb(record.exc_info[2])[-12:]
            lines = [f"{_short(frame.filename)}:{frame.lineno}" for frame in frames]
            record.__dict__ |= {"error": kind, "lines": lines}
            record.msg = f"{record.getMessage()}: {kind} at {lines[-1] if lines else '?'}"
            record.args, record.exc_info, record.exc_text = (), None, None
        return True


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(BASE)) if path.is_relative_to(BASE) else "/".join(path.parts[-2:])


def logging_settings(as_json: bool) -> dict:
    """Return the settings of logging, for Django and for gunicorn."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"without_persons": {"()": "explornn_site.logs.WithoutPersons"}},
        "formatters": {
            "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "format": "{asctime}{levelname}{name}{message}",
                "style": "{",
                "rename_fields": {"asctime": "at", "levelname": "level"},
            },
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "json" if as_json else "line",
                "filters": ["without_persons"],
            }
        },
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            # One line per request is for machines; a laboratory's own terminal shows what goes wrong.
            "explornn_site.requests": {"level": "INFO" if as_json else "WARNING"},
            "gunicorn.error": {"level": "INFO", "propagate": True, "handlers": []},
        },
    }
