/** What the server was asked and has answered: asked when it is looked at, the latest answers kept. */

const KEPT = 60;

/** The answers to one kind of question, such as the inside of a layer; the oldest is forgotten first. */
export class Answers {
  /** `ask(...question)` returns a promise; `arrived(error)` is called when an answer has come, or failed for good. */
  constructor(ask, arrived) {
    this.ask = ask;
    this.arrived = arrived;
    this.known = new Map(); // question → answer
    this.asking = false;
  }

  /**
   * Return the answer, or null when it is not known yet; then it is asked for. One at a time: fast playback
   * skips those that it cannot have, because `arrived` asks again for what is on the screen by then.
   */
  wanted(...question) {
    const name = question.join("|");
    const answer = this.known.get(name) ?? null;
    if (answer === null && !this.asking) this.request(name, question);
    return answer;
  }

  async request(name, question) {
    this.asking = true;
    let failure = null;
    try {
      this.known.set(name, await this.ask(...question));
      if (this.known.size > KEPT) this.known.delete(this.known.keys().next().value);
    } catch (error) {
      failure = error;
    }
    this.asking = false;
    this.arrived(failure);
  }
}
