"""The peer's side of the equal study; its words come from words.json, which `equal.write_for_otree` makes."""

import json
import random
from pathlib import Path

from otree.api import (
    BaseConstants,
    BaseGroup,
    BasePlayer,
    BaseSubsession,
    Page,
    models,
    widgets,
)

WORDS = json.loads((Path(__file__).parent / "words.json").read_text(encoding="utf-8"))


class C(BaseConstants):
    NAME_IN_URL = "study"
    PLAYERS_PER_GROUP = None
    NUM_ROUNDS = 1


class Subsession(BaseSubsession):
    pass


class Group(BaseGroup):
    pass


def _field(item):
    common = {"label": item["label"], "blank": not item["required"]}
    if item["type"] == "number":
        return models.IntegerField(min=18, max=99, **common)
    if item["type"] == "likert":
        points = [[point, str(point)] for point in range(1, item["points"] + 1)]
        return models.IntegerField(choices=points, widget=widgets.RadioSelectHorizontal, **common)
    if item["options"]:
        return models.StringField(choices=item["options"], widget=widgets.RadioSelect, **common)
    return models.StringField(**common)


class Player(BasePlayer):
    arm = models.StringField()
    consent = models.BooleanField(label="I have read the information and I agree.", widget=widgets.CheckboxInput)


for _page in WORDS["pages"].values():
    for _item in _page["items"]:
        setattr(Player, _item["name"], _field(_item))


class Consent(Page):
    form_model = "player"
    form_fields = ["consent"]

    @staticmethod
    def vars_for_template(player):
        return {"information": WORDS["texts"]["information"], "consent_text": WORDS["texts"]["consent"]}


def _items(name):
    page = WORDS["pages"][name]

    class Items(Page):
        template_name = "study/Items.html"
        form_model = "player"
        form_fields = [item["name"] for item in page["items"]]

        @staticmethod
        def vars_for_template(player):
            return {"heading": page["title"], "instruction": page["instruction"]}

    Items.__name__ = name
    return Items


demographics, pretest, usability, posttest = (
    _items(name) for name in ("demographics", "pretest", "usability", "posttest")
)


class Condition(Page):
    """The arm is drawn by a coin, and a page of text stands for either."""

    @staticmethod
    def vars_for_template(player):
        if not player.field_maybe_none("arm"):
            player.arm = random.choice(["visual", "text"])  # noqa: S311 - as their users do
        return {"text": WORDS["texts"]["information"]}


class Debriefing(Page):
    @staticmethod
    def vars_for_template(player):
        return {"text": WORDS["texts"]["debriefing"]}


page_sequence = [Consent, demographics, pretest, Condition, usability, posttest, Debriefing]
