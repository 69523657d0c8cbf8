/** One setting over ten seeds: their losses as a band, so that nobody generalises from one lucky seed. */

import { Epochs } from "../epochs.js";
import { filled, significant } from "../format.js";
import { printRun } from "../runspec.js";
import { part, set } from "../svg.js";
import { bandOf } from "./band.js";
import { choiceField } from "./fields.js";
import { drawSeedCurves } from "./seed_curves.js";
import { drawStageTable } from "./stage_table.js";

const SEEDS = Array.from({ length: 10 }, (_, seed) => seed);
const LENGTHS = [20, 30, 60]; // epochs; with the rest of a chunk, at most 700 are trained

export const experiment = {
  open(root, context, change) {
    const { strings, stage, page } = context;
    let epochs = read(change) ?? LENGTHS[1];
    let started = read(change) !== null;
    let tens = null; // the ten runs that are shown
    let before = null; // the band before the last change of a setting

    function start() {
      started = true;
      context.change(`seeds=0-9;epochs=${epochs}`);
    }

    /** Train the ten runs one after the other, so that others' runs find room in between. */
    async function train(run, until) {
      const mine = { spec: settingOf(run), until, runs: SEEDS.map((seed) => new Epochs(page.api, { ...run, seed })) };
      if (tens?.spec !== mine.spec && isComplete(tens)) before = bandOf(lossesOf(tens).map(({ losses }) => losses));
      tens?.runs.forEach((each) => each.close());
      tens = mine;
      for (const each of mine.runs) {
        try {
          await each.loadThrough(until, () => context.redraw());
        } catch (error) {
          if (error.name !== "AbortError") context.trouble(error);
          return;
        }
      }
      context.redraw();
    }

    return {
      update({ run }) {
        if (started && (tens?.spec !== settingOf(run) || tens.until !== epochs)) train(run, epochs);
        drawControls(root, { epochs, started, tens, strings }, {
          start, choose: (length) => { epochs = length; if (started) start(); else context.redraw(); },
        });
        const runs = tens ? lossesOf(tens) : [];
        const complete = runs.filter(({ losses }) => losses.length > epochs);
        const band = complete.length > 1 ? bandOf(complete.map(({ losses }) => losses)) : [];
        const own = runs.find(({ seed }) => seed === run.seed);
        const sentence = isComplete(tens) ? said(band, runs, own, { epochs, strings }) : "";
        drawStage(stage, { runs, band, before, epochs, own: run.seed, sentence, started, strings }, context.redraw);
        if (sentence) context.outcome({ ...band.at(-1), seeds: runs.length, epochs, ...(own ? { own: own.losses.at(-1) } : {}) }, sentence);
        return null;
      },
      restore(text) {
        started = read(text) !== null;
        epochs = read(text) ?? epochs;
        if (!started) {
          tens?.runs.forEach((each) => each.close());
          tens = null;
          before = null;
        }
      },
      close() {
        tens?.runs.forEach((each) => each.close());
        stage.replaceChildren();
      },
    };
  },
};

function drawControls(root, { epochs, started, tens, strings }, { start, choose }) {
  choiceField(root, "epochs", { label: strings.epochs_name, options: LENGTHS.map((length) => [length, String(length)]), value: epochs },
    (length) => choose(Number(length)));
  const button = part(root, "button", "start", { type: "button", class: "pill pill--strong", text: strings.start, hidden: started ? "" : null });
  button.onclick = start;
  const done = tens ? tens.runs.filter((run) => run.has(tens.until)).length : 0;
  const progress = part(root, "label", "progress", { class: "progress", hidden: started ? null : "" });
  part(progress, "span", "text", { text: filled(strings.progress, { done, all: SEEDS.length }) });
  part(progress, "progress", "bar", { max: SEEDS.length, value: done });
}

function drawStage(stage, { runs, band, before, epochs, own, sentence, started, strings }, redraw) {
  set(part(stage, "p", "empty", { class: "stage__empty", text: strings.empty }), { hidden: started ? "hidden" : null });
  part(stage, "h2", "title", { class: "card__title", text: filled(strings.title, { epochs }), hidden: started ? null : "" });
  const canvas = part(stage, "div", "picture", { class: "stage__picture", hidden: started ? null : "" });
  if (!started) return;
  drawSeedCurves(canvas, { runs, band, before }, {
    width: canvas.clientWidth, height: canvas.clientHeight, epochs, own, label: sentence || strings.computing_seeds,
    strings: { ...strings, own: filled(strings.own, { seed: own }) },
  });
  drawStageTable(stage, strings.table_title,
    [strings.table_epoch, strings.low, strings.median, strings.high, ...runs.map(({ seed }) => filled(strings.seed, { seed }))],
    band.map(({ low, median, high }, epoch) => [
      String(epoch), ...[low, median, high, ...runs.map(({ losses }) => losses[epoch])].map((loss) => (loss === undefined ? "–" : significant(loss, 4))),
    ]), redraw);
}

/** Say how far the seeds lie apart in the end, and where the one on the screen stands among them. */
function said(band, runs, own, { epochs, strings }) {
  const { low, median, high } = band.at(-1);
  const spread = filled(strings.said_spread, { epochs, low: significant(low), median: significant(median), high: significant(high) });
  if (!own) return spread;
  const lower = runs.filter(({ losses }) => losses.at(-1) > own.losses.at(-1)).length;
  return `${spread} ${filled(strings.said_own, { seed: own.seed, loss: significant(own.losses.at(-1)), lower, others: runs.length - 1 })}`;
}

function lossesOf({ runs, until }) {
  return runs.map((each) => ({ seed: each.run.seed, losses: each.losses(until).map((epoch) => epoch.validation_loss) }));
}

function isComplete(tens) {
  return tens !== null && tens.runs.every((run) => run.has(tens.until));
}

/** Return the run's address without its seed: what the ten runs have in common. */
function settingOf(run) {
  return printRun({ ...run, seed: 0 });
}

/** Return how many epochs `change` asks for, or null where the runs have not been asked for. */
function read(change) {
  const epochs = Number(/^seeds=0-9;epochs=(\d+)$/.exec(change)?.[1]);
  return LENGTHS.includes(epochs) ? epochs : null;
}
