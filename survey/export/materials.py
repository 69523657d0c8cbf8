"""The study's own files, for whoever reads the data later; without what would let strangers be paid."""

import re
from collections.abc import Iterator

from survey.export.choice import Choice
from survey.export.codebook import versions_with_participants
from survey.models import Study
from survey.protocol import protocol_of
from survey.study_file import StudyFile

FOLDER = "materials"
LEFT_OUT = "left-out"


def materials(study: Study, choice: Choice) -> Iterator[tuple[str, str]]:
    """Yield (path, text) of every file of every version that anybody takes part in, as it was loaded.

    Codes and tokens of recruitment platforms read `left-out`: whoever knows a completion code can be paid by it.
    """
    for version in versions_with_participants(study, choice.kinds):
        secrets = secrets_of(protocol_of(version).study)
        for path in sorted(version.files):
            text = version.files[path]
            yield f"{FOLDER}/version-{version.number}/{path}", without(secrets, text) if secrets else text


def secrets_of(file: StudyFile) -> set[str]:
    """Return what a study file holds that nobody outside may know."""
    codes = set(file.prolific.model_dump(exclude_none=True).values()) if file.prolific else set()
    return codes | ({file.sona.credit_token} if file.sona else set())


def without(secrets: set[str], text: str) -> str:
    """Return a file's text without the secrets, also where a comment or a page tells one.

    One of a few characters is taken out between quotation marks only: elsewhere it might be any number or word.
    """
    for secret in sorted(secrets, key=len, reverse=True):
        before, after = (r"(?<![\w-])", r"(?![\w-])") if len(secret) >= 4 else ("(?<=[\"'])", "(?=[\"'])")
        text = re.sub(before + re.escape(secret) + after, LEFT_OUT, text)
    return text
