"""Recruitment platforms: what a study file says of them, whom their links bring, and how people get back.

Prolific adds PROLIFIC_PID, STUDY_ID and SESSION_ID to the study's link and takes people back with a completion code
(docs.prolific.com, "Set up a study with your own software"); SONA fills `survey_code` into it and grants the credit
at an address that has it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import Field

from survey.items import Strict

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Outcome = Literal[
    "completed", "no_consent", "failed_attention_check", "fixed_screenout", "incompatible_device", "follow_up_study"
]
PROLIFIC_RETURN = "https://app.prolific.com/submissions/complete"
# What a platform fills into a study's link, as it is entered there.
PARAMETERS = {
    "Prolific": "PROLIFIC_PID={{%PROLIFIC_PID%}}&STUDY_ID={{%STUDY_ID%}}&SESSION_ID={{%SESSION_ID%}}",
    "SONA": "survey_code=%SURVEY_CODE%",
}
_VALUE = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Prolific(Strict):
    """One completion code for each outcome, as Prolific made them for this study."""

    completed: Code
    no_consent: Code | None = None  # declined, or withdrawn
    failed_attention_check: Code | None = None
    fixed_screenout: Code | None = None
    incompatible_device: Code | None = None
    follow_up_study: Code | None = None


class Sona(Strict):
    """Where SONA grants the credit: its "Completion URL (client-side)" in parts."""

    site: Annotated[str, Field(pattern=r"^https://[a-z0-9.-]+$")]  # https://yourschool.sona-systems.com
    experiment_id: Annotated[int, Field(ge=1)]
    credit_token: Code


class LinkError(Exception):
    """A platform's link that does not say whom it brings."""


@dataclass(frozen=True)
class Visitor:
    """Whom a platform's link brings, as the platform knows them."""

    platform: Literal["prolific", "sona"]
    value: str
    study: str = ""
    session: str = ""

    @property
    def query(self) -> dict[str, str]:
        """Return the parameters that the address had, so that the next one has them too."""
        if self.platform == "sona":
            return {"survey_code": self.value}
        told = {"PROLIFIC_PID": self.value, "STUDY_ID": self.study, "SESSION_ID": self.session}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True)
class WayBack:
    """Where somebody goes from here: the platform's name, its address, and the code if the address fails."""

    name: str
    url: str
    code: str = ""


def visitor(parameters: Mapping[str, str], prolific: Prolific | None, sona: Sona | None) -> Visitor | None:
    """Return whom the parameters of an address bring; None without a platform that the study names.

    Raises LinkError when the platform has not filled them in.
    """
    if prolific and "PROLIFIC_PID" in parameters:
        return Visitor("prolific", *(_value(parameters, name) for name in ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID")))
    if sona and "survey_code" in parameters:
        return Visitor("sona", _value(parameters, "survey_code"))
    return None


def _value(parameters: Mapping[str, str], name: str) -> str:
    value = parameters.get(name, "")
    if not _VALUE.fullmatch(value) and (value or name in ("PROLIFIC_PID", "survey_code")):
        raise LinkError(name)
    return value


def way_back(
    platform: str, value: str, outcome: Outcome, prolific: Prolific | None, sona: Sona | None
) -> WayBack | None:
    """Return the way back for an outcome; None where the study has no code for it. SONA knows completion only."""
    if platform == "prolific" and prolific and (code := getattr(prolific, outcome)):
        return WayBack("Prolific", f"{PROLIFIC_RETURN}?{urlencode({'cc': code})}", code)
    if platform == "sona" and sona and value and outcome == "completed":
        credit = {"experiment_id": sona.experiment_id, "credit_token": sona.credit_token, "survey_code": value}
        return WayBack("SONA", f"{sona.site}/webstudy_credit.aspx?{urlencode(credit)}")
    return None
