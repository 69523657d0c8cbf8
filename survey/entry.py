"""How somebody comes into a study: by the open link, by a link made for one person, or from a platform.

Opening any of these creates nothing. The consent makes the participant, once: the same form, the same single-use
link and the same person of a platform always lead to the same participant, however many arrive at once.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from survey import flow, platforms
from survey.models import (
    Consent,
    Identifier,
    Invitation,
    Kind,
    Participant,
    Study,
    StudyVersion,
)
from survey.prepared import Insertion, created, prepared
from survey.protocol import protocol_of
from survey.study_file import Protocol, ScreenOutStage


class UnknownLinkError(Exception):
    """A link that leads to nobody and lets nobody in."""


@dataclass(frozen=True)
class Arrival:
    """By which way somebody comes, as the address says it; neither is the open link."""

    invitation: Invitation | None = None
    visitor: platforms.Visitor | None = None

    @property
    def query(self) -> dict[str, str]:
        """Return the parameters by which the next address brings the same person."""
        if self.invitation:
            return {"invitation": str(self.invitation.key)}
        return self.visitor.query if self.visitor else {}

    @property
    def kind(self) -> str:
        return self.invitation.kind if self.invitation else Kind.REAL


def arrival(study: Study, protocol: Protocol, parameters: Mapping[str, str]) -> Arrival:
    """Return how the parameters of an address bring somebody; raises UnknownLinkError or platforms.LinkError."""
    key = parameters.get("invitation")
    if key is not None:
        try:
            return Arrival(invitation=Invitation.objects.get(study=study, key=uuid.UUID(key)))
        except (ValueError, Invitation.DoesNotExist) as error:
            raise UnknownLinkError(key) from error
    return Arrival(visitor=platforms.visitor(parameters, protocol.study.prolific, protocol.study.sona))


def participant_of(study: Study, arrived: Arrival, join_key: uuid.UUID | None = None) -> Participant | None:
    """Return who has come this way, or sent this consent form, before."""
    if arrived.visitor:
        known = _visiting.first(study.pk, arrived.visitor.platform, arrived.visitor.value)
        if known:
            return known
    key = arrived.invitation.key if arrived.invitation else join_key
    return _joined.first(study.pk, key) if key else None


@prepared
def _visiting(study: int, platform: str, value: str) -> QuerySet[Participant]:
    return Participant.objects.with_study().filter(study=study, identifier__platform=platform, identifier__value=value)


@prepared
def _joined(study: int, key: uuid.UUID) -> QuerySet[Participant]:
    return Participant.objects.with_study().filter(study=study, join_key=key)


@prepared
def latest(study: str) -> QuerySet[StudyVersion]:
    """Return the current version of a study, and the study with it."""
    versions = StudyVersion.objects.filter(study__name=study).select_related("study").defer("files")
    return versions.order_by("-number")[:1]


def consent_sha256(protocol: Protocol, language: str) -> str:
    """Return the SHA-256 that names the information and the consent in one language, as they are shown."""
    stage, texts = protocol.consent, protocol.editions[language].texts
    return hashlib.sha256("\0".join([texts[stage.information], texts[stage.consent]]).encode()).hexdigest()


def begin(
    version: StudyVersion, language: str, kind: str, join_key: uuid.UUID, arrived: Arrival, at: datetime
) -> Participant:
    """Return the participant of a consent that was sent: new, or the one who has come this way before.

    Raises UnknownLinkError when the single-use link was revoked meanwhile; its row is locked first, as by who revokes.
    """
    study = version.study
    try:
        with transaction.atomic():
            if (link := arrived.invitation) and not Invitation.objects.select_for_update().filter(pk=link.pk).first():
                raise UnknownLinkError(link.key)
            return participant_of(study, arrived, join_key) or _create(version, language, kind, join_key, arrived, at)
    except IntegrityError:
        # On PostgreSQL two may look for the participant in the same moment; the one who is later finds the other's.
        if found := participant_of(study, arrived, join_key):
            return found
        raise


def _create(
    version: StudyVersion, language: str, kind: str, join_key: uuid.UUID, arrived: Arrival, at: datetime
) -> Participant:
    protocol = protocol_of(version)
    participant = created(
        Participant(
            study=version.study, version=version, language=language, consented_at=at, kind=kind, join_key=join_key
        )
    )
    consent = Consent(
        participant=participant,
        version=version,
        language=language,
        sha256=consent_sha256(protocol, language),
        given_at=at,
    )
    Insertion(consent).store()
    if visitor := arrived.visitor:
        Identifier.objects.create(
            study=version.study,
            participant=participant,
            platform=visitor.platform,
            value=visitor.value,
            platform_study=visitor.study,
            platform_session=visitor.session,
            received_at=at,
        )
    flow.begin(participant, at)
    return participant


def decline(study: Study, kind: str) -> None:
    """Count somebody who read the information and did not want to take part; nothing else is stored of them.

    So sending it twice counts twice. Only those count who would have been real participants.
    """
    if kind == Kind.REAL:
        Study.objects.filter(pk=study.pk).update(declined=F("declined") + 1)


def way_back(participant: Participant) -> platforms.WayBack | None:
    """Return how a participant gets back to the platform that they came from, by how they ended here."""
    identifier = _identifier.first(participant.pk)
    if identifier is None:
        return None
    file = protocol_of(participant.version).study
    return platforms.way_back(identifier.platform, identifier.value, _outcome(participant), file.prolific, file.sona)


@prepared
def _identifier(participant: int) -> QuerySet[Identifier]:
    return Identifier.objects.filter(participant=participant)


def _outcome(participant: Participant) -> platforms.Outcome:
    if participant.withdrawn_at:
        return "no_consent"
    if participant.screened_out_at:
        return cast(ScreenOutStage, flow.current(participant, participant.screened_out_at).stage).outcome
    return "completed" if participant.finished_at else "fixed_screenout"
