"""A study, its versions, who takes part in it, and what they do and answer."""

import secrets
import uuid
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# No 0/O, 1/I/L or U: a code is read aloud, and typed from paper.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
# A code begins with a letter, and not with E: no spreadsheet or statistics program may take it for a number.
CODE_INITIALS = "ABCDFGHJKMNPQRSTVWXYZ"


def new_code() -> str:
    """Return a participant's public code: 8 characters, about 4.6e11 possibilities."""
    return secrets.choice(CODE_INITIALS) + "".join(secrets.choice(CODE_ALPHABET) for _ in range(7))


def new_completion_code() -> str:
    """Return a code that proves completion and says nothing about who completed."""
    return f"{new_code()[:4]}-{new_code()[:4]}-{new_code()[:4]}"


def new_token() -> str:
    """Return a personal link's secret: 192 random bits."""
    return secrets.token_urlsafe(24)


def new_seed() -> str:
    """Return a study's allocation seed: 128 random bits as hexadecimal."""
    return secrets.token_hex(16)


class State(models.TextChoices):
    """Where a study is in its life; what each state allows is in `lifecycle`."""

    DRAFT = "draft", _("draft")
    PILOTING = "piloting", _("piloting")
    OPEN = "open", _("open")
    PAUSED = "paused", _("paused")
    CLOSED = "closed", _("closed")
    ARCHIVED = "archived", _("archived")


class Study(models.Model):
    name = models.SlugField(unique=True)
    state = models.CharField(max_length=16, choices=State, default=State.DRAFT)
    # How many read the information and did not want to take part; nothing else is stored of them.
    declined = models.PositiveIntegerField(default=0)
    # Kept through all versions, shown to nobody while the study runs: who knows it can predict the next arm.
    allocation_seed = models.CharField(max_length=64, default=new_seed)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "studies"

    def __str__(self) -> str:
        return self.name

    @property
    def current_version(self) -> "StudyVersion":
        return self.versions.defer("files").latest("number")


class StudyVersionQuerySet(models.QuerySet):
    def taken_part_in(self, **whose: Any) -> "StudyVersionQuerySet":
        """Return the versions that somebody takes part in of whom all of `whose` holds.

        Joined with their participants, a version would come once for each, with its files.
        """
        return self.filter(models.Exists(Participant.objects.filter(version=models.OuterRef("pk"), **whose)))


class StudyVersion(models.Model):
    """The study folder as it was loaded. Participants go by their version, never by the folder."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    # {path inside the folder: text}; long, and fetched only to be parsed: `protocol_of` keeps what it says.
    files = models.JSONField()
    loaded_at = models.DateTimeField(default=timezone.now)

    objects = StudyVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="one_version_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.study.name} version {self.number}"


class Kind(models.TextChoices):
    """Whose data these are. Only the real ones count: for balance, caps, the monitor and, unless asked, the export."""

    REAL = "real"
    PILOT = "pilot"  # people who came while the study was piloted
    TEST = "test"  # the researcher's own preview
    SIMULATED = "simulated"


class Invitation(models.Model):
    """A single-use way into the study, made beforehand; it decides what kind of participant comes in by it."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="invitations")
    key = models.UUIDField(unique=True, default=uuid.uuid4)  # becomes the participant's join_key
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.REAL)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.study.name} {self.kind} {self.key}"


class ParticipantQuerySet(models.QuerySet):
    def with_study(self) -> "ParticipantQuerySet":
        """Return them with what every page asks for: study, version (without its texts) and allocation."""
        return self.select_related("study", "version", "allocation").defer("version__files")


def status_of(participant: Any) -> str:
    """Return the status of a participant, or of a row that has the same times."""
    if participant.erased_at:
        return "erased"
    if participant.withdrawn_at:
        return "withdrawn"
    if participant.screened_out_at:
        return "screened_out"
    if participant.no_place_at:
        return "no_place"
    return "finished" if participant.finished_at else "started"


class Participant(models.Model):
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="participants")
    version = models.ForeignKey(StudyVersion, on_delete=models.PROTECT, related_name="participants")
    code = models.CharField(max_length=8, unique=True, default=new_code)
    token = models.CharField(max_length=64, unique=True, default=new_token)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.REAL)
    # Names the consent form as it was opened: sending it twice makes one participant.
    join_key = models.UUIDField(unique=True)
    language = models.CharField(max_length=8, default="en")
    consented_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    # When they came to the allocation and every place was taken: no arm, and no further page.
    no_place_at = models.DateTimeField(null=True, blank=True)
    # When all their data were deleted: this row is left, so that their draw can be made again, and counted.
    erased_at = models.DateTimeField(null=True, blank=True)
    # When they came to an end before the end, and the reason code that the study gives for it.
    screened_out_at = models.DateTimeField(null=True, blank=True)
    screened_out_reason = models.CharField(max_length=32, blank=True)
    completion_code = models.CharField(max_length=14, default=new_completion_code)

    objects = ParticipantQuerySet.as_manager()

    def __str__(self) -> str:
        return self.code

    @property
    def status(self) -> str:
        """Return `erased`, `withdrawn`, `screened_out`, `no_place`, `finished` or `started`."""
        return status_of(self)


class Allocation(models.Model):
    """One draw of an arm, with all that is needed to draw it again.

    Sequences, blocks and places are counted apart for each kind of participant.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="allocations")
    participant = models.OneToOneField(Participant, on_delete=models.CASCADE, related_name="allocation")
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.REAL)  # the participant's, when it was drawn
    sequence = models.PositiveIntegerField()  # from 1, in the order of the draws
    arm = models.CharField(max_length=32)
    method = models.CharField(max_length=32)
    stratum = models.CharField(max_length=255, blank=True)
    block = models.PositiveIntegerField()  # from 1, within list and stratum
    block_size = models.PositiveIntegerField()
    place = models.PositiveIntegerField()  # from 1, within the block
    # Names the list that is drawn from: the arms, their weights and block sizes. Changing them starts a new list.
    list_sha256 = models.CharField(max_length=64)
    # The sequence of the draw whose place this one has taken over, if it is not a new place.
    replaces = models.PositiveIntegerField(null=True, blank=True)
    allocated_at = models.DateTimeField(default=timezone.now)
    # Written once: before which draw this place was given free, as its participant had left. Their data stay.
    released_before = models.PositiveIntegerField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "kind", "sequence"], name="one_allocation_per_sequence"),
            models.UniqueConstraint(
                fields=["study", "kind", "list_sha256", "stratum", "block", "place"],
                condition=models.Q(replaces=None),
                name="one_allocation_per_place",
            ),
            models.UniqueConstraint(fields=["study", "kind", "replaces"], name="one_replacement_per_allocation"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.arm}"


class StageVisit(models.Model):
    """One page of one stage, seen by one participant: when, what was shown in which order, how it ended."""

    class EndedBy(models.TextChoices):
        SUBMITTED = "submitted"
        TIME_OUT = "time_out"

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="visits")
    stage = models.CharField(max_length=32)
    page = models.PositiveIntegerField(default=1)
    attempt = models.PositiveIntegerField(default=1)  # above 1: read again, or tried again
    entered_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=16, choices=EndedBy, blank=True)
    # [{"item": id, "options": [value, ...]}, ...] in the order shown; options only where they are shuffled.
    shown = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "stage", "page", "attempt"], name="one_visit_per_page"),
        ]

    def __str__(self) -> str:
        return f"{self.participant.code} {self.stage}/{self.page}"


class ItemResponse(models.Model):
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="responses")
    stage = models.CharField(max_length=32)
    instrument = models.CharField(max_length=32)
    item = models.CharField(max_length=32)
    attempt = models.PositiveIntegerField(default=1)  # the visit's
    revision = models.PositiveIntegerField(default=1)
    late = models.BooleanField(default=False)  # typed, and not sent before the time was up
    value = models.JSONField(null=True)  # null: shown, and left empty where that is allowed
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "stage", "item", "revision"], name="one_response_per_revision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant.code} {self.item}={self.value!r}"


class Draft(models.Model):
    """What a participant has typed on a page and not sent yet. No answer: it only fills the form again."""

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="drafts")
    stage = models.CharField(max_length=32)
    page = models.PositiveIntegerField()
    values = models.JSONField()  # {item: value or list of values}, as typed, not validated
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "stage", "page"], name="one_draft_per_page"),
        ]

    def __str__(self) -> str:
        return f"{self.participant.code} {self.stage}/{self.page} draft"


class InteractionEvent(models.Model):
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="events")
    stage = models.CharField(max_length=32)
    event_id = models.UUIDField()  # made by the browser: a batch that arrives twice is stored once
    sequence = models.PositiveIntegerField()  # the browser's own count: order holds though batches may overtake
    kind = models.CharField(max_length=32)
    data = models.JSONField()
    occurred_at = models.DateTimeField()  # by the participant's clock
    received_at = models.DateTimeField()  # by ours

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["participant", "event_id"], name="one_event_per_id"),
        ]

    def __str__(self) -> str:
        return f"{self.participant.code} {self.kind}"
