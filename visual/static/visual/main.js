/** Wires the page: the run, playback, the controls, the views and the address. Only this module knows them all. */

import { readAddress } from "./address.js";
import { AddressBar } from "./address_bar.js";
import { Api, Outdated } from "./api.js";
import { CELLS } from "./cells.js";
import { Beside } from "./beside.js";
import { concepts } from "./concepts.js";
import { afterPaint } from "./after_paint.js";
import { alteredInspection } from "./altered.js";
import { Answers } from "./answers.js";
import { drawCellPanel, zoomInto } from "./cell_panel.js";
import { connectPage } from "./connections.js";
import { showControls } from "./controls.js";
import { copyLink } from "./copy_link.js";
import { drawDock } from "./dock.js";
import { Epochs } from "./epochs.js";
import { recorder } from "../survey/events.js";
import { filled } from "./format.js";
import { experimentsPanel } from "./experiments.js";
import { epochText } from "./labels.js";
import { drawLossPanel, drawNetworkPanel } from "./network_panel.js";
import { Moments } from "./moments.js";
import { asOffered } from "./offered.js";
import { Player, SPEEDS } from "./player.js";
import { at, atRest, isComplete, lengths } from "./position.js";
import { dataSetOf, editRun, LAST_EPOCH, printRun, settingsAfter } from "./runspec.js";
import { Screen } from "./screen.js";
import { snapshotAt } from "./snapshot.js";
import { connectTabs, showTabs } from "./tabs.js";
import { drawTimePanel } from "./time_panel.js";
import { drawThumbnails } from "./thumbnails.js";
import { guidedTour } from "./tour.js";
import { showTrouble } from "./trouble.js";

const DEFAULT_SPEED = 2; // 4 seconds per epoch
const PANELS = { network: drawNetworkPanel, cell: drawCellPanel, time: drawTimePanel };
const SPOKEN_EVERY = 10; // epochs between two announcements while playing

class Page {
  constructor(root) {
    this.root = root;
    this.strings = JSON.parse(document.getElementById("visual-strings").textContent);
    this.dataSets = JSON.parse(document.getElementById("visual-data-sets").textContent);
    // Before the recorder: when the page goes, the last moment is noted, then all is sent.
    this.moments = new Moments((kind, data) => this.log(kind, data));
    this.log = recorder({
      url: root.dataset.eventsUrl, token: root.dataset.csrfToken, participant: document.body.dataset.participant,
    });
    this.api = new Api({
      chunkUrl: root.dataset.chunkUrl, inspectionUrl: root.dataset.inspectionUrl,
      whatIfUrl: root.dataset.whatIfUrl, onTrouble: (trouble) => showTrouble(this.screen, trouble),
    });
    this.speedIndex = DEFAULT_SPEED;
    this.player = new Player(this);
    this.screen = new Screen(root, this.strings);
    this.inspections = new Answers((...asked) => this.api.inspection(...asked), (error) => (error ? this.failed(error) : this.invalidate()));
    this.beside = new Beside(this.api, { arrived: () => this.invalidate(), failed: (error) => this.failed(error) });
    this.pointed = null; // the unit under the pointer
    this.without = new Set(root.dataset.without.split(" ")); // what the study file takes away from this arm
    this.frame = 0;
    this.bar = new AddressBar();
    this.computing = null; // the epoch that playback waits for
  }

  /** Note what the learner does: in the study's log, and for the tour, which may be waiting for it. */
  record(kind, data) {
    this.log(kind, data);
    this.tour?.notice(kind, data);
  }

  get speed() { return SPEEDS[this.speedIndex]; }

  start() {
    this.root.hidden = false;
    this.connect();
    this.restore();
  }

  /** Take the state from the address: at the start, and when the learner goes to another one, back or forward. */
  restore() {
    let state;
    try {
      state = readAddress(location.search, this.root.dataset.defaultRun, this.dataSets);
    } catch (error) {
      this.failed(error);
      state = readAddress("", this.root.dataset.defaultRun, this.dataSets);
    }
    this.player.pause();
    const experiment = this.experiments ? state.experiment : null;
    const own = readAddress("", this.root.dataset.defaultRun, this.dataSets);
    this.state = { ...asOffered(state, this.without, own), experiment };
    const spec = printRun(this.state.run);
    if (this.epochs?.spec !== spec) {
      this.epochs?.close();
      this.epochs = new Epochs(this.api, this.state.run);
      this.record("run_started", { spec });
    }
    this.experiments?.restore();
    this.fetchShown();
    this.invalidate();
  }

  /** Go to an address of this page, as a step for the back button. */
  visit(address) {
    this.bar.visit(this.state, address);
    this.restore();
  }

  /** Fetch what the screen needs: the epoch shown first, then those before it, for the loss curve and the ghost. */
  async fetchShown() {
    const { epochs, state } = this;
    try {
      await epochs.load(state.position.epoch);
      this.invalidate();
      await Promise.all([
        epochs.loadThrough(state.reached, () => this.invalidate()), drawThumbnails(this.screen, this.api, epochs),
      ]);
    } catch (error) {
      this.failed(error);
    }
  }

  // --- What the player reports -------------------------------------------------------------------------------

  get position() { return this.state.position; }

  /** How long the sequences of this run's data set are. */
  get lengths() {
    const { given, predictions } = dataSetOf(this.state.run.data, this.dataSets);
    return lengths(given, predictions);
  }

  /** Whether all runs on the screen have `epoch`. */
  has(epoch) { return this.epochs.has(epoch) && this.beside.has(epoch); }

  load(epoch) { return Promise.all([this.epochs.load(epoch), this.beside.load(epoch)]); }

  moved(position) {
    const before = this.position;
    this.computing = null;
    this.state.position = position;
    this.state.reached = Math.max(this.state.reached, position.epoch);
    if (position.epoch !== before.epoch) {
      this.record("epoch_shown", { epoch: position.epoch });
      if (position.epoch % SPOKEN_EVERY === 0) this.sayEpoch();
    } else if (position.phase !== before.phase && this.speed <= 0.1) {
      this.say(this.strings[`said_${position.phase}`]);
    }
    this.bar.noteWhilePlaying(this.state);
    this.draw();
  }

  stalled(epoch) {
    this.computing = epoch;
    this.invalidate();
  }

  ended() {
    this.bar.note(this.state);
    this.say(filled(this.strings.ended, { epoch: LAST_EPOCH }));
    this.invalidate();
  }

  failed(error) {
    if (error.name === "AbortError") return; // of a run that is no longer on the screen
    this.player.pause();
    showTrouble(this.screen, { kind: error instanceof Outdated ? "outdated" : "refused", reason: error.message });
    this.invalidate();
  }

  // --- What the learner does ------------------------------------------------------------------------------------

  connect() {
    connectPage(this);
    connectTabs((view) => this.openView(view));
    concepts(document.body, (kind, data) => this.record(kind, data));
    this.experiments = experimentsPanel(document.body, this);
    if (!this.without.has("tour")) this.tour = guidedTour(document.body, { visit: (to) => this.visit(to), leave: () => this.experiments?.leave(), record: this.log });
  }

  togglePlay() {
    if (this.player.playing) return this.pause();
    const { epoch } = this.position;
    const complete = isComplete(this.lengths, this.position);
    if (epoch >= LAST_EPOCH && complete) return this.say(filled(this.strings.ended, { epoch }));
    if (epoch === 0 && complete) this.state.position = at(this.lengths, 0, 1);
    this.record("playback_started", { epoch });
    this.say(filled(this.strings.said_playing, { epoch }));
    this.player.play();
    this.invalidate();
  }

  pause() {
    this.player.pause();
    this.computing = null;
    this.record("playback_paused", { epoch: this.position.epoch });
    this.sayEpoch(this.strings.said_paused);
    this.bar.note(this.state);
    this.invalidate();
  }

  async stepEpoch() {
    if (this.player.playing) this.pause();
    const { epochs } = this;
    const epoch = Math.min(LAST_EPOCH, this.position.epoch + 1);
    try {
      await this.load(epoch);
    } catch (error) {
      this.failed(error);
      return;
    }
    if (epochs !== this.epochs) return;
    this.record("epoch_stepped", { epoch });
    this.moved(atRest(this.lengths, epoch));
    this.sayEpoch();
    this.bar.note(this.state);
  }

  travel(epoch) {
    if (this.player.playing) this.pause();
    if (epoch === this.position.epoch) return;
    this.goTo(atRest(this.lengths, epoch));
    this.record("epoch_shown", { epoch });
  }

  goTo(position) {
    if (this.player.playing) this.pause();
    this.state.position = position;
    this.epochs.load(position.epoch).then(() => this.invalidate(), (error) => this.failed(error));
    this.bar.note(this.state);
    this.invalidate();
  }

  reset() {
    this.record("run_reset", { epoch: this.position.epoch });
    this.changeRun({ ...this.state.run, ...settingsAfter(this.state.run, this.position.epoch), edits: [] }, 0, -1);
  }

  /**
   * Another data set or network is another run: it begins untrained, with the settings now in force, or is shown at
   * the same `epoch`, to be compared.
   */
  changeBase(name, value, epoch = 0) {
    const { run, position } = this.state;
    if (value === run[name]) return;
    this.record("setting_changed", { name, value: String(value), epoch });
    this.changeRun({ ...run, ...settingsAfter(run, position.epoch), [name]: value, edits: [] }, epoch, -1);
  }

  /** A setting counts from the next epoch on: the same run, branching off at the epoch on the screen. */
  changeSetting(name, value) {
    const { run, position } = this.state;
    const edited = editRun(run, position.epoch, name, value);
    if (printRun(edited) === printRun(run)) return this.invalidate();
    this.record("setting_changed", { name, value: String(value), epoch: position.epoch });
    this.changeRun(edited, position.epoch);
  }

  /** Show `run` at `epoch`; up to `same` its epochs are those of the run before. */
  changeRun(run, epoch, same = epoch === 0 ? -1 : epoch) {
    const playing = this.player.playing;
    this.player.pause();
    this.bar.note(this.state);
    const branch = this.epochs.branched(run, same);
    this.epochs.close();
    this.epochs = branch;
    const stays = epoch === this.position.epoch && run.data === this.state.run.data;
    const { layer, unit, cell_step, beside, position: before } = this.state;
    if (beside === run.cell) this.state.beside = this.state.run.cell; // the two change places
    this.state.run = run;
    const position = epoch === 0 && playing ? at(this.lengths, 0, 1) : stays ? before : atRest(this.lengths, epoch);
    Object.assign(this.state, {
      position, reached: epoch, layer: Math.min(layer, run.layers), unit: Math.min(unit, run.units),
      cell_step: Math.min(cell_step, CELLS[run.cell].steps.length),
    });
    this.bar.note(this.state, true);
    this.record("run_started", { spec: printRun(run) });
    this.fetchShown();
    if (playing) this.player.play();
    this.invalidate();
  }

  /** Show at once that it was heard, and `view` with the next frame: to lay it out takes longer than one. It grows out of `from`. */
  openView(view, layer = this.state.layer, from = null) {
    if (!this.offers(view)) return;
    showTabs(view);
    afterPaint(() => this.showView(view, layer, from));
  }

  showView(view, layer, from) {
    if (view === this.state.view && layer === this.state.layer) return this.invalidate(); // the tab as it was
    const [before, inCell] = [this.state.layer, view === "cell"];
    this.change({ view, layer }, true);
    this.record("view_opened", { view, layer: inCell ? layer : 0, unit: inCell ? this.state.unit : 0 });
    this.draw();
    if (inCell) {
      zoomInto(this.screen, from);
      this.role("cell_title").focus({ preventScroll: true });
    } else if (view === "network") {
      this.screen.canvas("network").querySelector(`[data-layer="${before}"]`)?.focus({ preventScroll: true });
    }
  }

  /** Whether this arm has `view`. */
  offers(view) { return !this.without.has(`${view}_view`); }

  chooseLayer(layer) {
    if (layer >= 1 && layer <= this.state.run.layers) this.openView("cell", layer);
  }

  /** The next of the steps in the cell; after the last, the first one of the next time step. */
  nextCellStep() {
    const { cell_step, position } = this.state;
    if (cell_step < CELLS[this.state.run.cell].steps.length) return this.change({ cell_step: cell_step + 1 });
    const step = position.phase === "backward" || isComplete(this.lengths, position) ? 1 : position.step + 1;
    this.state.cell_step = 1;
    this.goTo(at(this.lengths, position.epoch, step));
  }

  point(unit) {
    if (unit === this.pointed) return;
    this.pointed = unit;
    this.invalidate();
  }

  /** Change what is looked at, in the state and in the address; `leap` makes it a step for the back button. */
  change(change, leap = false) {
    if (leap) this.bar.note(this.state);
    Object.assign(this.state, change);
    this.bar.note(this.state, leap);
    this.invalidate();
  }

  async copyLink() {
    this.bar.note(this.state);
    this.say(await copyLink(this.screen));
  }

  // --- What the page shows ------------------------------------------------------------------------------------------

  role(name) { return this.screen.role(name); }

  /** Draw once, at the next frame, however often it is asked for. */
  invalidate() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => this.draw());
  }

  draw() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (!this.state) return;
    const { run, position, reached } = this.state;
    const { strings, speed, speedIndex } = this;
    const settings = settingsAfter(run, position.epoch);
    showControls(this.root, { run, settings, speedIndex, position, lengths: this.lengths, reached, strings });
    this.beside.follow(run, this.state.view === "time" ? this.state.beside : null);
    const { playing } = this.player;
    const epoch = this.epochs.get(position.epoch);
    const computing = epoch === null ? position.epoch : this.computing;
    drawDock(this.root, { run, sequence: this.epochs.sequence, lengths: this.lengths, position, epoch }, { strings, playing, speed, computing });
    this.role("epoch").setAttribute("aria-valuetext", epochText(strings.epoch_text, position.epoch, epoch));
    const snapshot = this.altered(snapshotAt(this.epochs, position, reached));
    this.root.toggleAttribute("aria-busy", snapshot === null);
    this.root.dataset.view = this.state.view;
    this.root.toggleAttribute("data-altered", Boolean(snapshot?.change));
    showTabs("staged" in this.root.dataset ? null : this.state.view);
    if (snapshot === null) return;
    this.moments.note(this.state);
    const shown = this.state.view === "cell" ? this.cellSnapshot(snapshot) : { ...snapshot, beside: this.beside.at(position.epoch) };
    PANELS[this.state.view](this.screen, shown);
    drawLossPanel(this.screen, shown, reached);
  }

  /** Return `snapshot` as an open experiment alters it. */
  altered(snapshot) {
    const { view, layer, unit } = this.state;
    return this.experiments && snapshot ? this.experiments.altered({ ...snapshot, view, layer, unit }) : snapshot;
  }

  /** Return `snapshot` with what the cell view needs; `inspection` is null until the server has sent it. */
  cellSnapshot(snapshot) {
    const { layer, unit, cell_step, position } = this.state;
    const inspection = this.inspections.wanted(this.epochs.spec, position.epoch, layer);
    const cell = { ...snapshot, layer, unit: this.pointed ?? unit, cell_step, step: position.step, inspection };
    if (!snapshot.change) return cell;
    return { ...cell, inspection: alteredInspection(snapshot, layer), unchanged: { ...snapshot.unchanged, inspection } };
  }

  sayEpoch(sentence = this.strings.said_epoch) {
    const { epoch } = this.position;
    this.say(epochText(sentence, epoch, this.epochs.get(epoch)));
  }

  say(text) { this.role("announcement").textContent = text; }
}

const root = document.querySelector("[data-visual]");
if (root) new Page(root).start();
