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

NO_PAGE = ("consent", "allocation", "follow_up")  # or none that a personal link leads to


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
        if stage.kind in NO_PAGE or only not in ("", stage.id):
            continue
        for language in protocol.study.languages:
            # Only the learning phase differs between the arms; the other stages after it are shown once.
            arms = [arm.id for arm in protocol.study.arms] if stage.kind == "learning" else [""]
            for arm in arms:
                if who := _stand(version, stage.id, arm if index > drawn else "", language, at):
                    yield Place(stage.id, arm, language, who)


def _stand(version: StudyVersion, stage: str, arm: str, language: str, at: datetime) -> Participant | None:
    """Return a new participant who stands on `stage`, or None if no such way is found.

    Whoever is drawn into another arm, or comes to another end, is left behind.
    """
    protocol = protocol_of(version)
    items, wanted = protocol.items(), _wanted(protocol, stage)
    manners = [(right, place) for place in (0, -1) for right in (True, False)]
    while manners:
        right, place = manners[0]
        begun: set[str] = set()
        participant = Participant.objects.create(
            study=version.study, version=version, join_key=uuid.uuid4(), language=language, consented_at=at
        )
        while (position := flow.current(participant, at)).stage.id != stage:
            if position.stage.kind == "debriefing" and (part := protocol.parts[stage]) and part not in begun:
                flow.begin_follow_up(participant, part, at)
                begun.add(part)
                continue
            if position.stage.kind in flow.ENDS:
                break
            visit = flow.enter(participant, position, at)
            shown = [items[entry["item"]] for entry in visit.shown or ()]
            answers = {item.id: wanted.get(item.id, any_answer(item, right, place)) for item in shown}
            flow.complete(participant, position, StageVisit.EndedBy.SUBMITTED, at, answers)
        participant.refresh_from_db()
        if position.stage.id != stage:
            manners.pop(0)
        elif not arm or participant.allocation.arm == arm:
            return participant
    return None


def _wanted(protocol: Protocol, stage_id: str) -> dict[str, Any]:
    """Return {item: an answer that its comparison asks for} of the condition of a stage."""
    wanted: dict[str, Any] = {}
    when = getattr(protocol.stage(stage_id), "when", None)
    for _, leaf in when.leaves() if when else ():
        if leaf.item:
            value = (*leaf.values, *leaf.bounds)[0]
            wanted.setdefault(leaf.item, [value] if protocol.items()[leaf.item].type == "multiple_choice" else value)
    return wanted


def any_answer(item: Any, right: bool = True, place: int = 0) -> Any:
    """Return an answer that the item accepts: the right one or another; else the first (0) or the last option (-1)."""
    sought = item.expected if item.expected is not None else getattr(item, "key", None)
    if right and sought is not None:
        return list(sought) if isinstance(sought, tuple) else sought
    match item.type:
        case "single_choice":
            return [value for value in item.values if value != sought][place]
        case "multiple_choice":
            return item.values[:1]
        case "likert":
            return next(point for point in (1, item.points)[:: 1 + 2 * place] if point != sought)
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
    return [stage.id for stage in protocol.study.stages if stage.kind not in NO_PAGE]
