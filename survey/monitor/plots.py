"""The overview's figures for Plotly; colours are the names of the site's own, so that they follow light and dark.

No text in them has markup: Plotly would draw it with style attributes, which the Content-Security-Policy refuses.
"""

from collections.abc import Sequence
from datetime import timedelta
from html import escape
from textwrap import wrap
from typing import Any

import plotly.graph_objects as go
from django.utils.translation import gettext as _

from survey.monitor.progress import Recruited, StageProgress, Times

CLEAR = "rgba(0, 0, 0, 0)"
# Of arms, by colour and pattern.
LOOKS = (("var(--accent)", ""), ("var(--target)", "/"), ("var(--line-strong)", "x"), ("var(--ink)", "."))
MOST_DRAWN = 50  # of those who took unusually long, per stage
ROW = 38  # height of a stage
FEW_DAYS = 8
DATES = 4
MARKED_DAYS = 45  # so many days can each have a mark


def recruitment(found: Recruited) -> dict[str, Any]:
    """Return how many had consented and finished by the end of each day, against the target."""
    before = found.days[0] - timedelta(days=1)
    days = [day.isoformat() for day in (before, *found.days)]
    mode = "lines+markers" if len(days) <= MARKED_DAYS else "lines"
    lines = [
        (_("consented"), [0, *found.consented], "var(--target)", "square"),
        (_("finished"), [0, *found.finished], "var(--accent)", "circle"),
    ]
    traces = [
        go.Scatter(x=days, y=counts, name=name, mode=mode, line={"color": color}, marker={"symbol": symbol, "size": 6})
        for name, counts, color, symbol in lines
    ]
    if found.target:
        ends = [days[0], days[-1]]
        line = {"color": "var(--target)", "dash": "dash", "width": 1.5}
        traces.append(go.Scatter(x=ends, y=[found.target] * 2, name=_("target"), mode="lines", line=line))
    most = max(found.consented[-1], found.target or 0)
    figure = _figure(traces, height=300)
    figure.update_layout(hovermode="x unified", xaxis={"hoverformat": "%-d %b %Y"})
    # Level, and no more than stand side by side on a telephone: slanted ones are cut there.
    figure.update_xaxes(tickangle=0, nticks=DATES)
    if len(days) <= FEW_DAYS:  # else Plotly would mark hours
        figure.update_xaxes(tickvals=days[:: -(-len(days) // DATES)], tickformat="%-d %b")
    figure.update_yaxes(range=[0, most * 1.08 + 0.5], fixedrange=True, **({"dtick": 1} if most < 6 else {}))
    return figure.to_plotly_json()


def times(stages: Sequence[StageProgress]) -> dict[str, Any]:
    """Return a box for the time of each stage: its ends are the shortest and the longest that is not unusual."""
    timed = [(row, stage.times) for row, stage in enumerate(stages) if stage.times]
    boxes = go.Box(
        name=_("minutes"),
        orientation="h",
        y=[row for row, _times in timed],
        **{
            part: [getattr(times, part) for _row, times in timed]
            for part in ("lowerfence", "q1", "median", "q3", "upperfence")
        },
        line={"color": "var(--accent)", "width": 1.5},
        fillcolor="var(--accent-soft)",
        width=0.5,
        showlegend=False,
    )
    beyond = [(row, code, taken) for row, times in timed for code, taken in times.beyond[:MOST_DRAWN]]
    points = go.Scatter(
        x=[taken for _row, _code, taken in beyond],
        y=[row for row, _code, _taken in beyond],
        customdata=[code for _row, code, _taken in beyond],
        mode="markers",
        marker={"color": CLEAR, "size": 8, "line": {"color": "var(--danger)", "width": 1.5}},
        hovertemplate="%{customdata}: %{x:.1f} min<extra></extra>",
        showlegend=False,
    )
    figure = _figure([boxes, points], height=ROW * len(stages) + 70, rows=[stage.title for stage in stages])
    # A night's pause beside half a minute: only a logarithmic axis shows both.
    every = 1 if _is_wide([times for _row, times in timed]) else "D2"  # each power of ten; 1, 2 and 5 of each
    figure.update_xaxes(type="log", title={"text": _("minutes, logarithmic")}, dtick=every, tickformat="~r")
    return figure.to_plotly_json()


def _is_wide(found: Sequence[Times]) -> bool:
    """Tell whether the times go over more than two powers of ten."""
    longest = max(times.beyond[0][1] if times.beyond else times.upperfence for times in found)
    return longest > 100 * min(times.lowerfence for times in found)


def drop_out(stages: Sequence[StageProgress], by_arm: bool) -> dict[str, Any]:
    """Return how many left at each stage for good, by arm where that may be seen."""
    rows = list(range(len(stages)))
    counts: list[tuple[str, list[int]]] = [(_("left here for good"), [stage.all_left for stage in stages])]
    if by_arm:
        arms = sorted({arm for stage in stages for arm in stage.left})
        counts = [(arm or _("before the draw"), [stage.left[arm] for stage in stages]) for arm in arms]
    traces = [
        go.Bar(
            x=left,
            y=rows,
            name=escape(name, quote=False),
            orientation="h",
            width=0.5,
            marker={"color": color, "pattern": {"shape": pattern, "fgcolor": "var(--surface)", "solidity": 0.2}},
            hovertemplate="%{x}",
        )
        for (name, left), (color, pattern) in zip(counts, LOOKS * len(counts), strict=False)
    ]
    figure = _figure(traces, height=ROW * len(stages) + 70, rows=[stage.title for stage in stages])
    most = max(stage.all_left for stage in stages)
    figure.update_layout(barmode="stack", showlegend=by_arm)
    figure.update_xaxes(rangemode="tozero", title={"text": _("people")}, **({"dtick": 1} if most < 6 else {}))
    return figure.to_plotly_json()


def _figure(traces: list[Any], height: int, rows: Sequence[str] = ()) -> go.Figure:
    """Return a figure in the site's look; with rows, each has its title at the left, the first on top."""
    axis = {"gridcolor": "var(--line)", "zerolinecolor": "var(--line-strong)", "linecolor": "var(--line)"}
    layout = go.Layout(
        template=go.layout.Template(),
        height=height,
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        font={"family": "Inter, system-ui, sans-serif", "size": 13, "color": "var(--ink-quiet)"},
        hoverlabel={
            "bgcolor": "var(--surface-raised)",
            "bordercolor": "var(--line-strong)",
            "font": {"color": "var(--ink)"},
        },
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom"},
        xaxis={**axis, "automargin": True},
        yaxis={**axis, "automargin": True},
        uirevision="kept",  # what somebody has zoomed to stays when the numbers change
    )
    if rows:
        titles = ["<br>".join(wrap(escape(title, quote=False), 20)) for title in rows]
        layout.yaxis.update(tickvals=list(range(len(rows))), ticktext=titles, range=[len(rows) - 0.5, -0.5])
        layout.yaxis.update(fixedrange=True, showgrid=False, zeroline=False)
    return go.Figure(traces, layout)
