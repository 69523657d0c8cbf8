"""The CONSORT flow as boxes and arrows: where everything stands in the drawing, in the units of its viewBox."""

import textwrap
from dataclasses import dataclass

from django.utils.translation import gettext as _

from survey.monitor.consort import OUTCOMES, ArmFlow, Flow

LABELS, COLUMN, GAP, ROW_GAP, LINE, PAD = 104, 290, 28, 40, 20, 14  # widths and heights
CHARACTERS = 38  # that fit into a line of a box
Row = tuple[int, str, int]  # level, words, number


@dataclass(frozen=True)
class Line:
    text: str
    x: float
    y: float
    is_heading: bool


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    lines: list[Line]

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Diagram:
    width: float
    height: float
    boxes: list[Box]
    arrows: list[str]  # paths
    labels: list[Line]  # of the parts, at the left


def draw(flow: Flow) -> Diagram:
    """Return the drawing of a flow, with a column for each arm."""
    columns = max(len(flow.arms), 2)
    width: float = LABELS + columns * COLUMN + (columns - 1) * GAP
    middle = LABELS + (width - LABELS) / 2
    top = _box(_came(flow), middle - COLUMN / 2, 1)
    side = _box(_not_allocated(flow), width - COLUMN, top.y + top.height + ROW_GAP / 2)
    drawn = _box(
        [(0, _("Allocated at random"), flow.allocated)], middle - COLUMN / 2, side.y + side.height + ROW_GAP / 2
    )
    boxes = [top, side, drawn]
    arrows = [
        f"M{top.middle} {top.y + top.height}V{drawn.y}",
        f"M{top.middle} {side.y + side.height / 2}H{side.x}",
    ]
    labels = [_label(_("Enrolment"), top.y)]
    y, above = drawn.y + drawn.height + ROW_GAP, [drawn] * len(flow.arms)
    for label, entries in [(_("Allocation"), _allocated), (_("Follow-up"), _followed), (_("Analysis"), _analysed)]:
        row = [_box(entries(arm), LABELS + place * (COLUMN + GAP), y) for place, arm in enumerate(flow.arms)]
        height = max((box.height for box in row), default=0)
        row = [Box(box.x, box.y, box.width, height, box.lines) for box in row]
        for before, box in zip(above, row, strict=True):
            bend = y - ROW_GAP / 2
            arrows.append(f"M{before.middle} {before.y + before.height}V{bend}H{box.middle}V{box.y}")
        labels.append(_label(label, y))
        boxes += row
        y, above = y + height + ROW_GAP, row
    return Diagram(width + 1, y - ROW_GAP + 1, boxes, arrows, labels)


def _came(flow: Flow) -> list[Row]:
    consented = (0, _("Consented"), flow.consented)
    if not flow.declined:
        return [consented]
    return [
        (0, _("Decided about taking part"), flow.declined + flow.consented),
        (1, _("declined"), flow.declined),
        consented,
    ]


def _not_allocated(flow: Flow) -> list[Row]:
    reasons = [(1, _word(outcome), number) for outcome, number in flow.not_allocated.items()]
    return [(0, _("Not allocated"), flow.all_not_allocated), *reasons]


def _allocated(arm: ArmFlow) -> list[Row]:
    late = [(1, _("no learning phase on record"), arm.not_begun)] if arm.not_begun else []
    return [
        (0, _("Allocated to %(arm)s") % {"arm": arm.arm}, arm.allocated),
        (1, _("began to learn"), arm.began),
        *late,
    ]


def _followed(arm: ArmFlow) -> list[Row]:
    reasons = [(1, _word(outcome), number) for outcome, number in arm.lost.items()]
    under_way = [(0, _("Under way"), arm.under_way)] if arm.under_way else []
    back = [(1, _("came back after replacement"), arm.came_back)] if arm.came_back else []
    return [(0, _("Lost"), arm.all_lost), *reasons, *under_way, (0, _("Finished"), arm.finished), *back]


def _analysed(arm: ArmFlow) -> list[Row]:
    reasons = [(1, reason, number) for reason, number in arm.excluded.items()]
    excluded = [(0, _("Excluded from the analysis"), arm.all_excluded), *reasons] if arm.excluded else []
    return [*excluded, (0, _("Analysed"), arm.analysed)]


def _word(outcome: str) -> str:
    return str(OUTCOMES.get(outcome, outcome.replace("_", " ")))


def _box(rows: list[Row], x: float, y: float) -> Box:
    """Return a box of these rows; what is too long for a line goes on in the next."""
    lines: list[Line] = []
    for level, words, number in rows:
        for text in textwrap.wrap(f"{words} (n = {number})", CHARACTERS - 2 * level):
            lines.append(Line(text, x + PAD + 16 * level, y + PAD + LINE * len(lines) + 14, level == 0))
    return Box(x, y, COLUMN, 2 * PAD + LINE * len(lines), lines)


def _label(text: str, y: float) -> Line:
    return Line(text, 0, y + PAD + 14, True)
