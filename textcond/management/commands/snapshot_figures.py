import json

from django.core.management.base import BaseCommand

from textcond import figures


class Command(BaseCommand):
    help = "Write the numbers of the text's figures anew from the engine, after the engine or the default run changed."

    def handle(self, **options):
        figures.SNAPSHOT.parent.mkdir(exist_ok=True)
        figures.SNAPSHOT.write_text(json.dumps(figures.compute(), indent=1) + "\n", encoding="utf-8")
        self.stdout.write(f"{figures.SNAPSHOT.name}: written")
