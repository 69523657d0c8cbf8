from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from survey.management.arguments import study_named
from survey.models import Role
from survey.monitor import account
from survey.monitor.roles import give


class Command(BaseCommand):
    help = "Make an account for the researcher's pages, with a role in a study; the password is shown once."

    def add_arguments(self, parser):
        parser.add_argument("name", help="the account's name: letters, digits and @ . + - _")
        parser.add_argument("--study", help="the study in which the account gets a role")
        parser.add_argument("--role", choices=Role.Name.values, help="the role in that study")

    @transaction.atomic
    def handle(self, name, study=None, role=None, **options):
        if bool(study) != bool(role):
            raise CommandError("--study and --role belong together: give both, or neither")
        found = study_named(study) if study else None
        try:
            user, password = account.make(name, None, found)
        except ValidationError as error:
            raise CommandError(f"{name}: {' '.join(error.messages)}") from error
        if found:
            give(user, found, role, None, timezone.now())
        self.stdout.write(
            "An account was made. This password is shown only now:\n"
            f"  user name: {name}\n  password:  {password}\n"
            f"Change it with: .venv/bin/python manage.py changepassword {name}"
        )
