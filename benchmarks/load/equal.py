"""The study that both platforms serve: the shipped items, shortened to what is compared; the same words in both."""

import json
import os
import re
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "explornn_site.settings")
django.setup()

from survey import markdown  # noqa: E402
from survey.protocol import parse, read_folder  # noqa: E402

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "survey" / "studies" / "replication"
ITEMS = {"demographics": 5, "pretest": 8, "usability": 8, "posttest": 20}  # each on one page
STUDY = """format = 1
name = "equal"
languages = ["en"]

[[stages]]
id = "consent"
kind = "consent"
information = "information"
consent = "consent"
{before}
[[stages]]
id = "allocation"
kind = "allocation"

[[stages]]
id = "learning"
kind = "learning"
maximum_minutes = 30
{after}
[[stages]]
id = "debriefing"
kind = "debriefing"
text = "debriefing"

[[arms]]
id = "visual"
condition = "visual:learn"
features = {{ predictions = false }}

[[arms]]
id = "text"
condition = "textcond:learn"
features = {{ predictions = false }}

[allocation]
method = "permuted_blocks"
block_sizes = [4, 6]
"""
TITLES = """study = "How people learn about recurrent neural networks"

[stages]
consent = "Information and consent"
demographics = "About you"
pretest = "What you know already"
learning = "Learning phase"
usability = "What you think of it"
posttest = "What you have learned"
debriefing = "Thank you"
"""
STAGE = '\n[[stages]]\nid = "{0}"\nkind = "instrument"\ninstrument = "{0}"\n'


def files() -> dict[str, str]:
    """Return the files of our study."""
    shipped = read_folder(SHIPPED)
    names = list(ITEMS)
    study = STUDY.format(before="".join(map(STAGE.format, names[:2])), after="".join(map(STAGE.format, names[2:])))
    made = {"study.toml": study, "en/titles.toml": TITLES}
    for name in ("information", "consent", "debriefing"):
        made[f"en/texts/{name}.md"] = shipped[f"en/texts/{name}.md"]
    for name, count in ITEMS.items():
        head, *items = re.split(r"(?=^\[\[items\]\])", shipped[f"en/instruments/{name}.toml"], flags=re.M)
        # Scales name items that may be left out; a rubric's open answers have no counterpart.
        items = [item.partition("[[scales]]")[0] for item in items]
        closed = [item for item in items if 'type = "single_choice"' in item] if "test" in name else items
        head = re.sub(r"^items_per_page = \d+\n", "", head, flags=re.M)
        made[f"en/instruments/{name}.toml"] = head + "".join(closed[:count])
    return made


def write(folder: Path) -> None:
    """Write our study as a folder that `load_study` takes."""
    for name, text in files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def write_for_otree(path: Path) -> None:
    """Write the same words for the peer: its pages with their items, and the texts as HTML."""
    edition = parse(files()).editions["en"]
    pages = {
        name: {
            "title": edition.titles.stages[name],
            "instruction": edition.instruments[name].instruction,
            "items": [
                {
                    "name": item.id,
                    "label": item.text,
                    "help": item.help,
                    "type": item.type,
                    "required": item.required,
                    "options": [[option.value, option.text] for option in getattr(item, "options", ())],
                    "points": getattr(item, "points", None),
                }
                for item in edition.instruments[name].items
            ],
        }
        for name in ITEMS
    }
    texts = {name: str(markdown.render(text)) for name, text in edition.texts.items()}
    path.write_text(json.dumps({"pages": pages, "texts": texts}), encoding="utf-8")
