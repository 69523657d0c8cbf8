"""Before the data: how large the study has to be, and its preregistration."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from pydantic import ValidationError

from survey.analysis_rule import SampleSize
from survey.monitor.access import Right, may

DEFAULT = SampleSize(test="difference", effect=0.5, reason="Say here why this effect is worth finding.")
COMMON = {"step": "any", "inputmode": "decimal"}


def _number(label, low: float, high: float, **more) -> forms.FloatField:
    widget = forms.NumberInput(attrs=COMMON)
    return forms.FloatField(label=label, min_value=low, max_value=high, required=False, widget=widget, **more)


class PlanForm(forms.Form):
    test = forms.ChoiceField(
        label=_("Test"),
        choices=[
            ("difference", _("Difference (t test)")),
            ("ancova", _("Adjusted difference (ANCOVA)")),
            ("equivalence", _("Equivalence (two tests)")),
        ],
    )
    effect = _number(_("Expected difference, in standard deviations"), -5, 5)
    bound = _number(_("Bound of equivalence, in standard deviations"), 0.01, 5, help_text=_("Only for equivalence."))
    correlation = _number(_("Correlation of outcome and pretest"), -0.99, 0.99, help_text=_("Only for ANCOVA."))
    power = _number(_("Power"), 0.01, 0.999)
    alpha = _number(_("Level of significance"), 0.0001, 0.5)
    dropout = _number(_("Share that drops out"), 0, 0.95, help_text=_("Such as 0.15."))
    available = forms.IntegerField(
        label=_("Participants per group that you can have"),
        min_value=2,
        max_value=100_000,
        required=False,
        help_text=_("To see what they can show; may stay empty."),
    )

    def plan(self, reason: str) -> SampleSize | None:
        """Return what a valid form asks for; None, with the form saying why, where it does not fit together."""
        given = {key: value for key, value in self.cleaned_data.items() if value is not None and key != "available"}
        test = given["test"]
        given.setdefault("effect", 0.0)
        if test != "equivalence":
            given.pop("bound", None)
        if test != "ancova":
            given.pop("correlation", None)
        try:
            return SampleSize.model_validate(given | {"reason": reason})
        except ValidationError as error:
            for found in error.errors():
                self.add_error(None, found["msg"].removeprefix("Value error, "))
            return None


@require_safe
@may(Right.PROGRESS)
def planning(request, desk):
    """The study's own plan, or what the address asks for."""
    from survey.report.planning import Planned  # SciPy: only a process that plans loads it

    declared = desk.protocol.study.sample_size
    start = declared or DEFAULT
    # What an address leaves out is as in the plan: a link may say `?effect=0.4` alone.
    given = {key: value for key, value in start.model_dump().items() if value is not None} | request.GET.dict()
    form = PlanForm(given if request.GET else None, initial=start.model_dump())
    planned: Planned | None = Planned(start)
    if request.GET:
        plan = form.plan(start.reason) if form.is_valid() else None
        planned = Planned(plan, form.cleaned_data["available"]) if plan else None
    context = {"desk": desk, "form": form, "planned": planned, "declared": declared}
    context["as_declared"] = planned is not None and planned.plan == declared
    return render(request, "survey/researcher/planning.html", context)


@require_safe
@may(Right.PROGRESS)
def preregistration(request, desk):
    """The current version's preregistration, as a file."""
    from survey.report.preregistration import preregistration as written

    text = written(desk.study.current_version.files, desk.protocol, desk.study)
    name = f"{desk.study.name}-preregistration.md"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="text/markdown; charset=utf-8", headers=disposition)
