"""Gather the words of the participants' pages into the catalogues of all languages, and compile them.

`make messages`, or `python -m tests.messages`; a new language: `python -m tests.messages fr`. What is new stands in
the catalogue without a translation, and what nobody asks for any more is left out. Django's own `makemessages` needs
GNU gettext; this needs Babel alone, which the tests bring along.
"""

import re
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "survey" / "locale"
# Whose words only researchers read: they are in English.
RESEARCHERS = {"researcher", "monitor", "analysis", "report", "report.html", "export", "rating", "management"}
RESEARCHERS |= {"simulation", "models"}
# What Babel writes above the words and nobody needs; its dates would make each run another file.
NOISE = re.compile(r'^"(Report|POT|PO-Revision|Last|Language-Team|Generated).*\n', re.MULTILINE)
CALLS = {"_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2)}
# A call in what `templatize` makes of a template: its words, and the plural where there is one.
CALL = re.compile(r"""n?gettext\((?:u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"),?\s*)+(?:count)?\)""")


def sources() -> list[Path]:
    """Return the files whose words participants read."""
    found = [*(ROOT / "survey").rglob("*.py"), *(ROOT / "survey" / "templates").rglob("*.html")]
    found = [path for path in found if not RESEARCHERS & set(path.relative_to(ROOT).parts)]
    site = ROOT / "explornn_site" / "templates" / "site"
    return [site / "base.html", site / "busy.html", *sorted(found)]


def gathered() -> Catalog:
    """Return a catalogue of all words that the sources ask a translation for."""
    catalog = Catalog()
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            text = "\n".join(call[0] for call in CALL.finditer(templatize(text)))
        # With a plural the second argument is words too; without one, it is not ours.
        for _, _, words, _ in extract_python(BytesIO(text.encode()), CALLS, [], {"encoding": "utf-8"}):
            found = tuple(word for word in parts(words) if word)
            if found:  # else what is translated stands in a variable, and its words elsewhere
                catalog.add(found if len(found) > 1 else found[0])
    return catalog


def read(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """Return what is read while the site runs; the same words are the same bytes."""
    file = BytesIO()
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    write_mo(file, catalog)
    return file.getvalue()


def untranslated(catalog: Catalog) -> list[str]:
    """Return the words without a translation, or of which the plural has none."""
    return [str(each.id) for each in catalog if each.id and not all(parts(each.string))]


def parts(words: object) -> tuple:
    """Return words, and their plural where there is one."""
    return words if isinstance(words, tuple) else (words,)


def update(language: str) -> int:
    """Bring a language's catalogue up to date; return how many words have no translation."""
    folder = LOCALE / language / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    catalog = read(language) if (folder / "django.po").exists() else Catalog(language, fuzzy=False)
    catalog.update(gathered(), no_fuzzy_matching=True)
    written = BytesIO()
    write_po(written, catalog, no_location=True, ignore_obsolete=True, width=0)
    (folder / "django.po").write_text(NOISE.sub("", written.getvalue().decode()), encoding="utf-8")
    (folder / "django.mo").write_bytes(compiled(catalog))
    return len(untranslated(catalog))


def main() -> None:
    if not settings.configured:
        settings.configure(INSTALLED_APPS=[])
    django.setup()
    for language in sorted({path.name for path in LOCALE.iterdir() if path.is_dir()} | set(sys.argv[1:])):
        print(f"survey/locale/{language}: {update(language)} without a translation")


if __name__ == "__main__":
    main()
