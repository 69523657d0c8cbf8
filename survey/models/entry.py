"""By which way somebody came, and to what they agreed; both go when they have their data erased."""

from django.db import models

from survey.models.study import Participant, Study, StudyVersion


class Consent(models.Model):
    """What exactly a participant agreed to. Written once: a later edit of the texts changes nothing here."""

    participant = models.OneToOneField(Participant, on_delete=models.CASCADE, related_name="consent")
    version = models.ForeignKey(StudyVersion, on_delete=models.PROTECT, related_name="+")  # holds the text itself
    language = models.CharField(max_length=8)
    sha256 = models.CharField(max_length=64)  # of the information and the consent as they were shown
    given_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.participant.code} {self.sha256[:12]}"


class Identifier(models.Model):
    """As whom a recruitment platform knows a participant. In no export but one of its own, and erasable alone."""

    class Platform(models.TextChoices):
        PROLIFIC = "prolific", "Prolific"
        SONA = "sona", "SONA"

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="identifiers")
    participant = models.OneToOneField(Participant, on_delete=models.CASCADE, related_name="identifier")
    platform = models.CharField(max_length=16, choices=Platform)
    value = models.CharField(max_length=64)  # who: PROLIFIC_PID, survey_code
    platform_study = models.CharField(max_length=64, blank=True)  # STUDY_ID
    platform_session = models.CharField(max_length=64, blank=True)  # SESSION_ID
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Whoever comes again, in whatever browser, comes to their own place.
            models.UniqueConstraint(fields=["study", "platform", "value"], name="one_participant_per_identifier"),
        ]

    def __str__(self) -> str:
        return f"{self.participant.code} {self.platform}"
