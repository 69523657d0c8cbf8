"""Who works on a study, and what they did: roles, the audit log, notes and decisions.

Append-only, as all data: a role's end is written once, and a decision is taken back by the next one.
Who has written anything here is made inactive, not deleted.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from survey.models.study import Participant, Study, new_seed


class Role(models.Model):
    """What somebody may do in one study, from `given_at` until `taken_at`."""

    class Name(models.TextChoices):
        OWNER = "owner", _("Owner")
        ASSISTANT = "assistant", _("Assistant")
        RATER = "rater", _("Rater")
        ANALYST = "analyst", _("Analyst")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="roles")
    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="roles")
    name = models.CharField(max_length=16, choices=Name)
    given_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True, blank=True)
    # Of a rater: the random order in which this one sees the answers follows from it.
    order_seed = models.CharField(max_length=64, default=new_seed)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "study", "name"], condition=models.Q(taken_at=None), name="one_role_of_a_name"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.name} of {self.study.name}"


class AuditEntry(models.Model):
    """One thing that changed or revealed something: who, when, what."""

    class Action(models.TextChoices):
        LOGIN = "login", _("logged in")
        LOGOUT = "logout", _("logged out")
        PASSWORD_CHANGED = "password_changed", _("changed their password")
        USER_MADE = "user_made", _("made an account")
        ROLE_GIVEN = "role_given", _("gave a role")
        ROLE_TAKEN = "role_taken", _("took a role away")
        SETTLED = "settled", _("settled a rating")
        EXPORTED = "exported", _("exported the data")
        STATE_CHANGED = "state_changed", _("changed the state of the study")
        LINKS_MADE = "links_made", _("made single-use links")
        LINKS_SHOWN = "links_shown", _("exported single-use links")
        LINKS_REVOKED = "links_revoked", _("revoked single-use links")
        FOLLOW_UPS_SHOWN = "follow_ups_shown", _("exported personal links to follow-ups")
        ERASED = "erased", _("erased the data of a participant")
        UNLINKED = "unlinked", _("cut every link from a person to their data")
        IDENTIFIERS_SHOWN = "identifiers_shown", _("exported the identifiers of platforms")
        IDENTIFIERS_ERASED = "identifiers_erased", _("erased the identifiers of platforms")
        NOTED = "noted", _("wrote a note")
        EXCLUDED = "excluded", _("excluded a participant")
        INCLUDED = "included", _("took an exclusion back")
        LINK_SHOWN = "link_shown", _("looked at a personal link")
        ANSWERS_SHOWN = "answers_shown", _("looked at answers")
        UNBLINDED = "unblinded", _("unblinded the study")
        RESULTS_SEEN = "results_seen", _("looked at results")
        DATA_LINK_MADE = "data_link_made", _("made a link to the data")
        DATA_LINK_REVOKED = "data_link_revoked", _("revoked a link to the data")
        DATA_LINK_READ = "data_link_read", _("read the data by a link")

    at = models.DateTimeField(default=timezone.now, db_index=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    who = models.CharField(max_length=150)  # the user's name then; of a command: that it was one
    action = models.CharField(max_length=32)  # of Action; no `choices`, so that a new one needs no migration
    study = models.ForeignKey(Study, null=True, on_delete=models.SET_NULL, related_name="audit_entries")
    participant = models.CharField(max_length=8, blank=True)  # the code: it stays when their data are erased
    details = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.who} {self.action}"

    @property
    def what(self) -> str:
        """Return the action in words."""
        return str(self.Action(self.action).label)


class Note(models.Model):
    """What somebody wrote down about a participant: a call, a technical fault."""

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="notes")
    text = models.CharField(max_length=2000)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.participant.code}: {self.text[:40]}"


class Exclusion(models.Model):
    """A decision that a participant's data are not analysed, or that they are after all; the last one counts."""

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="exclusions")
    is_excluded = models.BooleanField()
    reason = models.CharField(max_length=200)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.participant.code} {'excluded' if self.is_excluded else 'included'}"


class Unblinding(models.Model):
    """From here on outcomes by arm may be seen, though the study goes on; nothing makes them unseen again."""

    study = models.OneToOneField(Study, on_delete=models.CASCADE, related_name="unblinding")
    reason = models.CharField(max_length=500)
    unblinded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    unblinded_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.study.name} unblinded"
