"""Items as forms: which page shows which items in which order, and what a valid answer is."""

import hashlib
from typing import Any, cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django import forms
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from survey import items as declared
from survey.items import Instrument

MISSING = {
    "single_choice": _("Please choose one answer."),
    "multiple_choice": _("Please choose at least one answer."),
    "likert": _("Please choose one point on the scale."),
    "number": _("Please enter a number."),
    "short_text": _("Please write an answer."),
    "long_text": _("Please write an answer."),
}


def shown_on(instrument: Instrument, page: int, order_key: str) -> list[dict]:
    """Return what `page` (from 1) shows: [{"item": id, "options": [value, ...]}, ...] in this participant's order.

    `order_key` names participant and stage; the order follows from it alone, so a reload shows the same page.
    Options are listed for choices only.
    """
    items = list(instrument.items)
    if instrument.shuffle_items:
        items = _shuffled(items, order_key, lambda item: item.id)
    size = instrument.items_per_page or len(items)
    shown = []
    for item in items[(page - 1) * size : page * size]:
        entry: dict[str, Any] = {"item": item.id}
        if isinstance(item, declared.SingleChoice | declared.MultipleChoice):
            entry["options"] = item.values
            if instrument.shuffle_options:
                entry["options"] = _shuffled(item.values, f"{order_key}/{item.id}", str)
        shown.append(entry)
    return shown


def _shuffled(things: list, order_key: str, name) -> list:
    return sorted(things, key=lambda thing: hashlib.sha256(f"{order_key}/{name(thing)}".encode()).digest())


class _Row(Field):
    """An item on its page. While nobody has filled it in, it looks the same to all, and is drawn once for them."""

    def render(self, form, context, *args, **kwargs):
        [name] = self.fields
        field = form.fields[name]
        if form.is_bound or form.initial.get(name):
            return super().render(form, context, *args, **kwargs)
        language = get_language()
        if language not in field.drawn:
            field.drawn[language] = super().render(form, context, *args, **kwargs)
        return field.drawn[language]


class PageForm(forms.Form):
    """One page of an instrument; field names are item ids."""

    def __init__(self, instrument: Instrument, shown: list[dict], **kwargs):
        super().__init__(**kwargs)
        self.instrument = instrument
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True  # the page's own <form> carries it
        rows = []
        for entry in shown:
            item = instrument.item(entry["item"])
            self.fields[item.id] = _field(item, tuple(entry.get("options", ())))
            rows.append(_Row(item.id, template=f"survey/items/{_template(item)}.html"))
        self.helper.layout = Layout(*rows)

    def typed(self) -> dict[str, Any]:
        """Return what was sent, valid or not, in the form in which drafts are kept."""
        data = cast(QueryDict, self.data)
        return {
            name: data.getlist(name) if self.instrument.item(name).type == "multiple_choice" else data.get(name, "")
            for name in self.fields
        }

    def answers(self) -> dict[str, Any]:
        """Return {item: value} of a valid form; None where an optional item was left empty."""
        return {name: None if value in ("", []) else value for name, value in self.cleaned_data.items()}


def _template(item) -> str:
    return "choice" if item.type in declared.CHOICES else item.type if item.type in ("likert", "number") else "text"


class _WholeField(forms.IntegerField):
    def to_python(self, value):
        """Return the number; one out of bounds comes as near as the first that is: no float holds 400 digits."""
        number = super().to_python(value)
        low, high = self.min_value, self.max_value
        if number is None or not isinstance(low, int) or not isinstance(high, int):
            return number
        return min(max(number, low - 1), high + 1)


MOST_FIELDS = 5000  # some 10 MB with their drawings; an item whose options are shuffled has a field for each order
_fields: dict[tuple[int, tuple[str, ...]], forms.Field] = {}


def _field(item: Any, options: tuple[str, ...]) -> Any:
    """Return the form field of an item with its options in this order, made once: no form changes its fields.

    It has its `item`, also so that the item's id stays its own, and how it is `drawn` while empty: {language: HTML}.
    """
    key = (id(item), options)
    found: Any = _fields.get(key)
    if found is None:
        if len(_fields) >= MOST_FIELDS:
            _fields.clear()
        found = _made(item, options)
        found.item, found.drawn = item, {}
        _fields[key] = found  # whole by now: other threads look here too
    return found


def _made(item: Any, options: tuple[str, ...]) -> forms.Field:
    """Return a form field; its rules are those that the item declares."""
    common: dict[str, Any] = {
        "label": item.text,
        "help_text": item.help,
        "required": item.required,
        "error_messages": {"required": MISSING[item.type]},
    }
    if item.type in declared.CHOICES:
        texts = {option.value: option.text for option in item.options}
        choices = [(value, texts[value]) for value in options or item.values]
        if item.type == "single_choice":
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **common)
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **common)
    if item.type == "likert":
        points = [(point, str(point)) for point in range(1, item.points + 1)]
        return forms.TypedChoiceField(choices=points, coerce=int, empty_value=None, widget=forms.RadioSelect, **common)
    if item.type == "number":
        common["error_messages"]["invalid"] = _("Please enter a number, in digits only.")
        kind = _WholeField if item.is_whole else forms.FloatField
        low, high, step = (int(value) if item.is_whole else value for value in (item.minimum, item.maximum, item.step))
        return kind(
            min_value=low,
            max_value=high,
            step_size=step,
            widget=forms.NumberInput(attrs={"inputmode": "numeric" if item.is_whole else "decimal"}),
            **common,
        )
    rows = {"rows": 6} if item.type == "long_text" else {}
    widget = forms.Textarea(attrs=rows) if rows else forms.TextInput()
    return forms.CharField(max_length=item.maximum_length, widget=widget, **common)
