"""In which stratum a participant is: by the answers and scores that stood when the arm was drawn."""

from datetime import datetime

from survey.allocation_rule import level, stratum
from survey.models import Participant
from survey.protocol import instruments_before_allocation
from survey.scoring import score
from survey.study_file import Protocol


def stratum_of(participant: Participant, protocol: Protocol, until: datetime | None = None) -> str:
    """Return the name of the participant's stratum, such as `gender=woman;pre_total=50..`; empty without strata.

    Answers that were changed after `until` count as they were then.
    """
    factors = protocol.study.allocation.strata
    if not factors:
        return ""
    before = instruments_before_allocation(protocol.study, protocol.editions[protocol.study.languages[0]])
    given = participant.responses.filter(stage__in=before).order_by("revision", "pk")
    if until:
        given = given.filter(answered_at__lte=until)
    answers: dict[str, dict] = {stage: {} for stage in before}
    for response in given:
        answers[response.stage][response.item] = response.value
    levels = {}
    for factor in factors:
        [stage] = factor.asked_in(before)
        instrument = before[stage]
        if factor.item:
            value = answers[stage].get(factor.item)
        else:
            scale = next(scale for scale in instrument.scales if scale.id == factor.scale)
            # Every page of an earlier stage was sent, so each of its items has been reached.
            value = score(scale, instrument, answers[stage], [item.id for item in instrument.items])
        levels[factor.name] = level(factor, value)
    return stratum(levels)
