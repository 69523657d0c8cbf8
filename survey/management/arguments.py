"""What several commands are told: a study folder, or the name of a loaded study."""

from pathlib import Path

from django.core.management.base import CommandError

from survey.models import Study
from survey.protocol import StudyError, parse, read_folder
from survey.study_file import Protocol


def checked_folder(folder: Path, consequence: str) -> tuple[dict[str, str], Protocol]:
    """Return the files and the protocol of a study folder; else all its errors, and what `consequence` they have."""
    if not folder.is_dir():
        raise CommandError(f"{folder}: no such folder; expected a study folder with a study.toml")
    try:
        files = read_folder(folder)
        return files, parse(files)
    except StudyError as error:
        lines = "\n".join(f"  {problem}" for problem in error.problems)
        raise CommandError(f"{folder}: {len(error.problems)} error(s){consequence}\n{lines}") from error


def study_named(name: str) -> Study:
    """Return a loaded study; else an error that names those that there are."""
    if found := Study.objects.filter(name=name).first():
        return found
    names = ", ".join(Study.objects.order_by("name").values_list("name", flat=True))
    there_are = f"Studies here: {names}." if names else "No study is loaded yet; see load_study."
    raise CommandError(f"There is no study {name!r}. {there_are}")
