import json

from django.core.management.base import BaseCommand

from textcond import figures


class Command(BaseCommand):
    help = "Write the numbers of the text's figures anew from the engine, after the engine or the default run changed."

    def handle(self, **options):
        figures.FOLDER.mkdir(exist_ok=True)
        for name, compute in figures.COMPUTE.items():
            path = figures.FOLDER / f"{name}.json"
            path.write_text(json.dumps(compute(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            self.stdout.write(f"{path.name}: written")
