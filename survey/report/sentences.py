"""Results in the sentences that APA asks for; every number is the text of a table, so the scripts print it too."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from survey.analysis.tables import Results

Record = dict[str, str]
VERDICTS = {
    "supported": gettext_noop("The hypothesis is supported."),
    "not_supported": gettext_noop("The hypothesis is not supported."),
    "opposite": gettext_noop("The hypothesis is not supported: the difference is on the other side."),
    "not_computed": gettext_noop("The hypothesis cannot be tested."),
}
CHECKS = {
    "normality": gettext_noop("normal residuals: Shapiro–Wilk W"),
    "variances": gettext_noop("equal variances: Brown–Forsythe"),
    "slopes": gettext_noop("equal slopes:"),
}
WHY = {
    "fewer than two values in an arm": gettext_noop("an arm has fewer than two values"),
    "no variance in either arm": gettext_noop("all values of each arm are the same"),
    "no variance in the covariate": gettext_noop("everybody has the same value of the covariate"),
    "the covariate tells the arms apart": gettext_noop("the covariate differs between the arms and not within them"),
    "nothing is left to compare: no residual variance": gettext_noop("the model leaves nothing unexplained"),
}


def signed(text: str) -> str:
    """Return a printed number with a real minus sign; what may be infinite or missing stays as it is."""
    return text.replace("-", "−") or "–"


def bare(text: str) -> str:
    """Return what cannot exceed 1 without its leading zero, as APA has it."""
    return signed(text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text)


def p(text: str) -> str:
    """Return `p = .012` or `p < .001`."""
    return f"p < {bare(text[1:])}" if text.startswith("<") else f"p = {bare(text)}"


def interval(low: str, high: str) -> str:
    return f"[{signed(low)}, {signed(high)}]"


def sentence(results: Results, stated: Record, name: str, labels: Mapping[str, str]) -> str:
    """Return what became of a hypothesis in one set, with all numbers; `labels` has the words for each score."""
    where = {"set": name, "hypothesis": stated["hypothesis"]}
    [verdict] = results.table("verdicts").records(**where)
    if missing := results.data.to_come(stated):
        return " ".join([*(_no_data(labels.get(score, score)) for score in missing), _(VERDICTS[verdict["verdict"]])])
    made = {"difference": _difference, "ancova": _ancova, "equivalence": _equivalence}[stated["test"]]
    told = made(results, stated | {"label": _label(stated, labels)}, where, verdict)
    return f"{_together(told)} {_(VERDICTS[verdict['verdict']])}"


def _together(text: str) -> str:
    """Return a text in which no line ends within an equation or before a sign of per cent."""
    return re.sub(" ([=<%]) ?", lambda sign: sign[0].replace(" ", "\u00a0"), text)


def _label(stated: Record, labels: Mapping[str, str]) -> str:
    return labels.get(stated["covariate"], stated["covariate"])


def _cannot(why: str) -> str:
    return _("Nothing can be computed: %(why)s.") % {"why": _(WHY[why])}


def _no_data(score: str) -> str:
    return _("%(score)s has no data yet: nobody has taken part in a version of the study that measures it.") % {
        "score": score
    }


def _adjusted(verdict: Record) -> str:
    """Return p, and beside it what Holm's method makes of it."""
    return _("%(p)s, adjusted %(adjusted)s") % {"p": p(verdict["p"]), "adjusted": p(verdict["p_holm"])}


def _difference(results: Results, stated: Record, where: Record, verdict: Record) -> str:
    arms = {"arm_1": stated["arm_1"], "arm_2": stated["arm_2"]}
    [found] = results.table("differences").records(set=where["set"], outcome=stated["outcome"], **arms) or [{}]
    if not found or found["why"]:
        return _cannot(found["why"] if found else "fewer than two values in an arm")
    means = [
        results.table("outcomes").records(set=where["set"], outcome=stated["outcome"], arm=arm)[0]
        for arm in arms.values()
    ]
    told = [f"{one['arm']} (n = {one['n']}, M = {signed(one['mean'])}, SD = {one['sd']})" for one in means]
    return _(
        "%(first)s and %(second)s differed by %(difference)s, 95 %% CI %(interval)s, "
        "Welch’s t(%(df)s) = %(t)s, %(p)s, Hedges’ g = %(g)s, 95 %% CI %(g_interval)s; "
        "Mann–Whitney U = %(u)s, %(u_p)s."
    ) % {
        "first": told[0],
        "second": told[1],
        "difference": signed(found["difference"]),
        "interval": interval(found["low"], found["high"]),
        "df": found["df"],
        "t": signed(found["t"]),
        "p": _adjusted(verdict),
        "g": signed(found["g"]),
        "g_interval": interval(found["g_low"], found["g_high"]),
        "u": found["u"],
        "u_p": p(found["u_p"]),
    }


def _ancova(results: Results, stated: Record, where: Record, verdict: Record) -> str:
    [found] = results.table("ancovas").records(**where)
    if found["why"]:
        return _cannot(found["why"])
    return _(
        "Adjusted for %(covariate)s, %(arm_1)s (n = %(n_1)s, adjusted M = %(adjusted_1)s) and %(arm_2)s "
        "(n = %(n_2)s, adjusted M = %(adjusted_2)s) differed by %(difference)s, %(level)s %% CI %(interval)s, "
        "t(%(df)s) = %(t)s, %(p)s, partial η² = %(eta)s."
    ) % {
        **found,
        "covariate": stated["label"],
        "adjusted_1": signed(found["adjusted_1"]),
        "adjusted_2": signed(found["adjusted_2"]),
        "difference": signed(found["difference"]),
        "level": _level(stated, 1),
        "interval": interval(found["low"], found["high"]),
        "t": signed(found["t"]),
        "p": _adjusted(verdict),
        "eta": bare(found["partial_eta_squared"]),
    }


def _equivalence(results: Results, stated: Record, where: Record, verdict: Record) -> str:
    [found] = results.table("equivalences").records(**where)
    if found["why"]:
        return _cannot(found["why"])
    return _(
        "%(arm_1)s and %(arm_2)s differed by %(difference)s, %(level)s %% CI %(interval)s, with bounds of %(lower)s "
        "and %(upper)s: t(%(df)s) = %(t_lower)s, %(p_lower)s, and t(%(df)s) = %(t_upper)s, %(p_upper)s; larger: %(p)s."
    ) % {
        **{key: signed(text) for key, text in found.items()},
        "level": _level(stated, 2),
        "interval": interval(found["low"], found["high"]),
        "lower": signed(found["lower_bound"]),
        "upper": signed(found["upper_bound"]),
        "p_lower": p(found["p_lower"]),
        "p_upper": p(found["p_upper"]),
        "p": _adjusted(verdict),
    }


def _level(stated: Record, sides: int) -> str:
    return f"{100 * (1 - sides * float(stated['alpha'])):.6g}"


def assumptions(results: Results, stated: Record, name: str) -> list[tuple[str, bool]]:
    """Return (what was checked and found, whether it is in doubt) of what a hypothesis' test assumes."""
    told = []
    for row in results.table("assumptions").records(set=name, hypothesis=stated["hypothesis"]):
        if not row["p"]:
            told.append((_("%(check)s cannot be computed") % {"check": _(CHECKS[row["check"]])}, False))
            continue
        degrees = f" F({row['df_1']}, {row['df_2']})" if row["df_1"] else ""
        found = f"{_(CHECKS[row['check']])}{degrees} = {row['statistic']}, {p(row['p'])}"
        told.append((found, row["p"].startswith("<") or float(row["p"]) < 0.05))
    return told
