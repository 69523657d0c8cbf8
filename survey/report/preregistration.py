"""The preregistration: one Markdown document that a study's files decide on, the same for the same files.

Its parts answer what the forms of OSF and AsPredicted ask for.
"""

import hashlib
from collections.abc import Iterator

from survey.analysis_rule import Hypothesis
from survey.derived_rule import Derived
from survey.items import Instrument, Scale
from survey.models import Study
from survey.protocol import digest
from survey.report.planning import Planned
from survey.scoring import SCORING_VERSION
from survey.study_file import Protocol

SCORES = {
    "mean": "mean of its items",
    "sum": "sum of its items",
    "percent_correct": "percentage of its items answered with the key; a reached item left empty is wrong",
    "percent_rated": "percentage of the points that two raters, blind to the arm, could give",
    "sus": "System Usability Scale, 0 to 100",
}
METHODS = {
    "permuted_blocks": "permuted blocks",
    "simple": "simple random draws",
    "minimization": "minimization (Pocock & Simon)",
}
SIDES = {"greater": "above", "less": "below", "different": "different from"}


def commitment(study: Study) -> str:
    """Return the SHA-256 of the study's seed: it binds to the seed and tells nothing of its 128 random bits."""
    return hashlib.sha256(study.allocation_seed.encode()).hexdigest()


def preregistration(files: dict[str, str], protocol: Protocol, study: Study | None = None) -> str:
    """Return the document; `study` is the loaded study, which alone has a seed."""
    language = protocol.study.languages[0]
    title = protocol.editions[language].titles.study
    parts = [
        f"# Preregistration: {title}",
        *_hypotheses(protocol),
        *_design(protocol, study),
        *_sampling(protocol),
        *_variables(protocol),
        *_analysis(protocol),
        *_versions(files, protocol, study),
    ]
    return "\n\n".join(parts) + "\n"


def _hypotheses(protocol: Protocol) -> Iterator[str]:
    yield "## 1. What is asked, and what is expected"
    stated = protocol.study.hypotheses
    if not stated:
        yield "The study file states no hypotheses: all that is found is exploratory."
    else:
        yield "\n".join(f"{place}. **{each.id}** ({each.family}): {each.words}" for place, each in enumerate(stated, 1))


def _design(protocol: Protocol, study: Study | None) -> Iterator[str]:
    file, titles = protocol.study, protocol.editions[protocol.study.languages[0]].titles
    yield "## 2. Design"
    yield f"An experiment between participants with {len(file.arms)} arm(s):"
    yield "\n".join(
        f"- `{arm.id}`: learns on the page `{arm.condition}`, weight {arm.weight}"
        + "".join(f", {name} {'on' if on else 'off'}" for name, on in sorted(arm.features.items()))
        + (f", at most {arm.maximum} places" if arm.maximum else "")
        for arm in file.arms
    )
    yield "What participants go through:"
    lines = []
    for place, stage in enumerate(file.stages, 1):
        limits = []
        if least := getattr(stage, "minimum_seconds", None):
            limits.append(f"at least {least:g} s")
        if most := getattr(stage, "maximum_minutes", None):
            limits.append(f"at most {most:g} min")
        if stage.kind == "follow_up":
            limits.append(f"from day {stage.opens_after_days:g} to day {stage.closes_after_days:g}")
        if getattr(stage, "when", None):
            limits.append("only for those who meet its condition in study.toml")
        name = titles.stages.get(stage.id, "random allocation")
        lines.append(f"{place}. {name} (`{stage.id}`, {stage.kind}{''.join(f', {limit}' for limit in limits)})")
    yield "\n".join(lines)
    drawn = file.allocation
    sizes = f" of {', '.join(map(str, drawn.block_sizes))}" if drawn.method == "permuted_blocks" else ""
    strata = f", within strata of {', '.join(factor.name for factor in drawn.strata)}" if drawn.strata else ""
    replaced = (
        f" Whoever has not finished {drawn.replace_after_minutes:g} minutes after the draw is replaced."
        if drawn.replace_after_minutes
        else ""
    )
    yield (
        f"Allocation: {METHODS[drawn.method]}{sizes}{strata}, drawn by the server from a secret seed when the stage is "
        f"reached, so that nobody can know the next arm.{replaced}"
    )
    if study:
        yield (
            f"Commitment: the seed's SHA-256 is `{commitment(study)}`. The seed is published after the end; anybody "
            "can then check the hash, and draw every arm again from seed and log."
        )
    else:
        yield "The seed is drawn when the study is loaded; the preregistration of the loaded study has its SHA-256."
    if rule := file.attention:
        then = {"ignore": "changes nothing", "flag": f"is flagged `{rule.reason}`", "screen_out": "ends the study"}
        yield f"Checks of attention: to fail {rule.failures} of them {then[rule.failed]}."
    yield (
        "Blinding: participants are not told what the other arms do. Raters see no arm. Outcomes by arm are shown to "
        "nobody until data collection is closed; to unblind earlier needs a reason, which is logged."
    )


def _sampling(protocol: Protocol) -> Iterator[str]:
    file = protocol.study
    yield "## 3. Sample"
    if plan := file.sample_size:
        planned = Planned(plan)
        more = {
            "difference": "t test of two groups",
            "ancova": f"analysis of covariance, covariate correlated {plan.correlation:g} with the outcome",
            "equivalence": f"two one-sided t tests, bound {plan.bound or 0:g} SD",
        }[plan.test]
        yield (
            f"Planned for an expected difference of {plan.effect:g} standard deviations ({more}), "
            f"power {plan.power:g}, alpha {plan.alpha:g}: {planned.per_group} per group with "
            f"their outcome; with {plan.dropout:.0%} drop-out "
            f"{planned.to_allocate} per group to allocate, {planned.total} for two groups."
        )
        yield f"Reason: {plan.reason}"
    else:
        yield "The study file plans no number of participants (`[sample_size]`)."
    limit = file.allocation.maximum
    yield f"Recruitment ends with {limit} allocated." if limit else "The study file sets no limit to recruitment."


def _variables(protocol: Protocol) -> Iterator[str]:
    yield "## 4. Variables"
    yield "Manipulated: the arm. Measured, in the order of the stages:"
    for stage, instrument in protocol.instruments():
        source = f" {instrument.source}" if instrument.source else ""
        items = f"{len(instrument.items)} item(s), wording: {instrument.wording}.{source}"
        yield f"### {instrument.title} (`{stage.id}`)\n\n{items}"
        if instrument.scales:
            yield "\n".join(_scale(scale, instrument) for scale in instrument.scales)
    if derived := protocol.study.derived:
        yield "### Derived measures\n\nComputed in each set that is analysed, for whoever has both scores:"
        yield "\n".join(_derived(each) for each in derived)


def _scale(scale: Scale, instrument: Instrument) -> str:
    turned = f"; turned around: {', '.join(scale.reverse)}" if scale.reverse else ""
    return f"- **{scale.title}** (`{scale.id}`): {SCORES[scale.score]} ({', '.join(scale.items)}{turned})"


def _derived(each: Derived) -> str:
    minuend, subtrahend = (
        f"`{part.scale}`" + (f" of {part.stage}" if part.stage else "") for part in each.parts.values()
    )
    formula = {
        "efficiency": f"(z of {minuend} - z of {subtrahend}) / sqrt(2), z by mean and SD (n - 1) of all arms together",
        "judgement_bias": f"{minuend} - {subtrahend}, in percentage points",
    }[each.method]
    return f"- **{each.words}** (`{each.id}`): {formula}"


def _analysis(protocol: Protocol) -> Iterator[str]:
    file = protocol.study
    yield "## 5. Analysis"
    if file.hypotheses:
        yield "\n".join(f"- **{each.id}**: {_test(each)}" for each in file.hypotheses)
        yield (
            "All p values are two-sided and are adjusted by Holm's method within each family. A hypothesis is "
            "supported when its adjusted p is below alpha and, where a side is expected, the difference lies on it."
        )
    yield (
        "Intention to treat: everybody allocated, in the arm that was drawn, with the outcome, but for those whose "
        "data were erased or whom the researchers exclude with a reason. Per protocol, as a second analysis: those "
        "of them who finished and met none of these rules."
    )
    rules = [f"- `{rule.reason}`: {rule.words}" for rule in file.exclusions]
    yield "\n".join(rules) if rules else "The study file has no such rules."
    yield (
        "Nothing is imputed; missing values are counted per arm. Assumptions are tested and told (Shapiro-Wilk on "
        "residuals, Brown-Forsythe, equal slopes) and change no test. Also told, without being a test of a hypothesis: "
        "the difference of every score and derived measure with Hedges' g and Mann-Whitney U, the scales' reliability, "
        "and the items' difficulty and discrimination."
    )


def _test(each: Hypothesis) -> str:
    first, second = each.compare
    if each.test == "equivalence" and each.bounds:
        return (
            f"`{each.outcome.name}` of {first} minus {second} lies between {each.bounds[0]:g} and {each.bounds[1]:g}; "
            f"two one-sided Welch's t tests, alpha {each.alpha:g}, family {each.family}"
        )
    how = f"analysis of covariance with `{each.covariate.scale}`" if each.covariate else "Welch's t test"
    return (
        f"`{each.outcome.name}` of {first} is {SIDES[each.direction or 'different']} that of {second}; {how}, "
        f"alpha {each.alpha:g}, family {each.family}"
    )


def _versions(files: dict[str, str], protocol: Protocol, study: Study | None) -> Iterator[str]:
    yield "## 6. Versions"
    name = f"Study `{protocol.study.name}`, SHA-256 of its files `{digest(files)}`"
    lines = [name + (f", loaded as version {study.current_version.number}" if study else "")]
    lines.append(f"Format of the study file {protocol.study.format}, scoring version {SCORING_VERSION}")
    yield "\n".join(f"- {line}" for line in lines)
    hashes = [f"| `{path}` | `{hashlib.sha256(files[path].encode()).hexdigest()}` |" for path in sorted(files)]
    yield "| file | SHA-256 |\n|---|---|\n" + "\n".join(hashes)
