"""Links by which a statistics program reads a study's data, without a login."""

import hashlib
import hmac
import secrets
from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from survey.models.study import Study, new_code


def _hash(secret: str) -> str:
    """Return what is kept of a secret. It has 256 random bits: nobody finds it by trying, so one pass is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


class DataLink(models.Model):
    """What one person may read of one study's data until a day, by a token in an address.

    The token is `key.secret`; of the secret only a hash is kept, so it can be shown only once.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="data_links")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="data_links")
    name = models.CharField(max_length=80)  # what it is for
    key = models.CharField(max_length=8, unique=True, default=new_code)
    secret_sha256 = models.CharField(max_length=64)
    files = models.JSONField()  # the names of the files that it reads
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.key} of {self.user} for {self.study.name}"

    @classmethod
    def make(cls, **fields: object) -> tuple["DataLink", str]:
        """Return a new link and its token, which nobody can read again."""
        secret = secrets.token_urlsafe(32)
        link = cls.objects.create(secret_sha256=_hash(secret), **fields)
        return link, f"{link.key}.{secret}"

    @classmethod
    def of_token(cls, token: str) -> "DataLink | None":
        """Return the link that a token belongs to; comparing a wrong secret takes as long as the right one."""
        key, _dot, secret = token.partition(".")
        link = cls.objects.select_related("study", "user").filter(key=key).first()
        kept = link.secret_sha256 if link else _hash("")
        return link if hmac.compare_digest(kept, _hash(secret)) and link else None

    def state(self, at: datetime) -> str:
        """Return `valid`, `revoked` or `expired`."""
        if self.revoked_at:
            return "revoked"
        return "valid" if at < self.expires_at else "expired"

    def state_in_words(self, at: datetime) -> str:
        words = {"valid": _("valid"), "revoked": _("revoked"), "expired": _("expired")}
        return str(words[self.state(at)])
