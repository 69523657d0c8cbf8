from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from pydantic import ValidationError

from survey.analysis_rule import SampleSize
from survey.management.arguments import checked_folder, study_named
from survey.protocol import protocol_of


class Command(BaseCommand):
    help = "Say how many participants a study needs, or what those that can be had would show."

    def add_arguments(self, parser):
        parser.add_argument("study", nargs="?", default="", help="a study folder or a loaded study: its [sample_size]")
        parser.add_argument("--test", choices=("difference", "ancova", "equivalence"), help="instead of the study's")
        parser.add_argument("--effect", type=float, help="expected difference, in standard deviations")
        parser.add_argument("--bound", type=float, help="of equivalence, in standard deviations")
        parser.add_argument("--correlation", type=float, help="of outcome and covariate")
        parser.add_argument("--power", type=float, help="wanted (default 0.8)")
        parser.add_argument("--alpha", type=float, help="level of significance (default 0.05)")
        parser.add_argument("--dropout", type=float, help="share of those allocated whose outcome will be missing")
        parser.add_argument("--n", type=int, help="participants per group that can be had, with their outcome")

    def handle(self, study, n=None, **options):
        from survey.report.planning import Planned

        keys = ("test", "effect", "bound", "correlation", "power", "alpha", "dropout")
        asked = {key: options[key] for key in keys if options.get(key) is not None}
        if n is not None and n < 2:
            raise CommandError(f"--n: expected at least 2 per group, got {n}")
        planned = Planned(_plan(study, asked), n)
        for line in told(planned):
            self.stdout.write(line)


def _plan(study: str, asked: dict) -> SampleSize:
    """Return the study's plan with what was asked in its place; without a study, what was asked alone."""
    declared: dict = {"test": "difference", "reason": "asked on the command line"}
    if study:
        folder = Path(study)
        protocol = checked_folder(folder, "")[1] if folder.is_dir() else protocol_of(study_named(study).current_version)
        if protocol.study.sample_size is None and "effect" not in asked:
            raise CommandError(f"{study}: no [sample_size] in study.toml; write one, or say --test and --effect")
        declared |= protocol.study.sample_size.model_dump() if protocol.study.sample_size else {}
    elif "effect" not in asked:
        raise CommandError("expected a study, or at least --effect")
    if asked.get("test", declared["test"]) != declared["test"]:  # of another test nothing else can be taken over
        declared = {key: declared[key] for key in ("reason", "dropout", "power", "alpha") if key in declared}
    try:
        return SampleSize.model_validate(declared | asked)
    except ValidationError as error:
        lines = [
            f"{'--' + str(found['loc'][0]) + ': ' if found['loc'] else ''}{found['msg'].removeprefix('Value error, ')}"
            for found in error.errors()
        ]
        raise CommandError("\n".join(lines)) from error


def told(planned) -> list[str]:
    """Return the lines that say what a plan comes to."""
    plan = planned.plan
    what = {
        "difference": f"Welch's t test, a difference of {plan.effect:g} SD",
        "ancova": f"ANCOVA, a difference of {plan.effect:g} SD, covariate correlated {plan.correlation:g}",
        "equivalence": f"equivalence within {plan.bound or 0:g} SD, a true difference of {plan.effect:g} SD",
    }[plan.test]
    lines = [f"{what}; power {plan.power:g}, alpha {plan.alpha:g}"]
    if planned.per_group is None:
        lines.append("More than a million per group: plan for a larger effect or a wider bound.")
    else:
        lines.append(f"{planned.per_group} per group with their outcome (power {planned.power_reached:.3f})")
        lines.append(
            f"{planned.to_allocate} per group to allocate, {planned.total} in all: {plan.dropout:.0%} drop-out"
        )
    if planned.available is not None:
        thing = "narrowest bound" if plan.test == "equivalence" else "least effect"
        least = f"{planned.detectable:.3f} SD" if planned.detectable is not None else "none below 10 SD"
        lines.append(f"With {planned.available} per group: power {planned.power_available:.3f}; {thing} found: {least}")
    return lines
