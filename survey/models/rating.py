"""Points for open answers: what each rater gave, and how differences were settled.

Append-only: whoever thinks again adds a revision. They belong to the answer as it was sent; a changed answer is
rated anew.
"""

from django.conf import settings
from django.db import models

from survey.models.study import ItemResponse


class Rating(models.Model):
    """One rater's points for one answer; the revision with the highest number counts."""

    response = models.ForeignKey(ItemResponse, on_delete=models.CASCADE, related_name="ratings")
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ratings")
    revision = models.PositiveIntegerField(default=1)
    points = models.PositiveIntegerField(null=True)  # null: cannot be rated, and `reason` says why
    reason = models.CharField(max_length=500, blank=True)
    rated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "rater", "revision"], name="one_rating_per_revision"),
        ]

    def __str__(self) -> str:
        return f"{self.rater}: {self.points}"


class Settlement(models.Model):
    """What was agreed on where raters differed; the revision with the highest number counts."""

    response = models.ForeignKey(ItemResponse, on_delete=models.CASCADE, related_name="settlements")
    revision = models.PositiveIntegerField(default=1)
    points = models.PositiveIntegerField(null=True)  # null: cannot be rated
    reason = models.CharField(max_length=500, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="settlements")
    settled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "revision"], name="one_settlement_per_revision"),
        ]

    def __str__(self) -> str:
        return f"settled: {self.points}"
