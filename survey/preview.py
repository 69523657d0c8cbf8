"""Participants who stand where a researcher wants to look, each with a personal link, in a site of their own.

Never used on a site with data: `manage.py preview_study` makes an empty one for it.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from survey import flow
from survey.models import Participant, StageVisit, StudyVersion
from survey.protocol import StudyError, parse, protocol_of
from survey.study_file import Protocol


@dataclass(frozen=True)
class Place:
    """One stage to look at, as one arm sees it, and the participant who stands there."""

    stage: str
    arm: str  # empty before the allocation, where all arms are alike
    language: str
    participant: Participant


def places(version: StudyVersion, only: str, at: datetime) -> Iterator[Place]:
    """Yield a participant at the stage `only` (empty: at each stage), for every language and, once drawn, every arm."""
    protocol = protocol_of(version)
    stages = protocol.study.stages
    kinds = [stage.kind for stage in stages]
    drawn = kinds.index("allocation")
    for index, stage in enumerate(stages):
        if stage.kind in ("consent", "allocation") or only not in ("", stage.id):
            continue
        for language in protocol.study.languages:
            # Only the learning phase differs between the arms; the other stages after it are shown once.
            arms = [arm.id for arm in protocol.study.arms] if stage.kind == "learning" else [""]
            for arm in arms:
                yield Place(
                    stage.id, arm, language, _stand(version, stage.id, arm if index > drawn else "", language, at)
                )


def _stand(version: StudyVersion, stage: str, arm: str, language: str, at: datetime) -> Participant:
    """Return a new participant who stands on `stage`; whoever is drawn into another arm is left behind."""
    items = protocol_of(version).items()
    while True:
        participant = Participant.objects.create(
            study=version.study, version=version, join_key=uuid.uuid4(), language=language, consented_at=at
        )
        while (position := flow.current(participant, at)).stage.id != stage:
            visit = flow.enter(participant, position, at)
            answers = {entry["item"]: any_answer(items[entry["item"]]) for entry in visit.shown or ()}
            flow.complete(participant, position, StageVisit.EndedBy.SUBMITTED, at, answers)
        participant.refresh_from_db()
        if not arm or participant.allocation.arm == arm:
            return participant


def any_answer(item: Any) -> Any:
    """Return an answer that the item accepts; what it says does not matter in a preview."""
    match item.type:
        case "single_choice":
            return item.values[0]
        case "multiple_choice":
            return item.values[:1]
        case "likert":
            return 1
        case "number":
            return int(item.minimum) if item.is_whole else item.minimum
    return "…"


def prepared(files: dict[str, str]) -> dict[str, str]:
    """Return the files with "Preview" in the study's title, which every page shows, and with places for everybody."""
    titled = {
        name: re.sub(r'^(study\s*=\s*)"(?!")', r'\1"Preview · ', text, count=1, flags=re.MULTILINE)
        if name.endswith("/titles.toml")
        else text
        for name, text in files.items()
    }
    # Caps: whoever stands in for a participant here must not be turned away.
    titled["study.toml"] = re.sub(r"^maximum\s*=.*$", "", titled["study.toml"], flags=re.MULTILINE)
    try:
        parse(titled)
    except StudyError:  # a title in an unusual spelling: then without the mark
        return files
    return titled


def stage_ids(protocol: Protocol) -> list[str]:
    """Return the stages that can be looked at by a personal link."""
    return [stage.id for stage in protocol.study.stages if stage.kind not in ("consent", "allocation")]
