// Several learning rates from the same start: reads them, runs each, keeps their losses.

const MOST_RATES = 7;
const MOST_UPDATES = 100000;

class Rates {
  constructor(model, rates, updates, changed) {
    this.model = model;
    this.rates = rates;
    this.updates = updates;
    this.changed = changed;
    this.runs = [];
  }

  /** Runs every rate that is asked for, and is true; says what is wrong with them instead, if something is. */
  compare() {
    const { asked } = this;
    this.rates.complain(this.fault(asked));
    const count = readNumber(this.updates.input.value);
    const isCount = Number.isInteger(count) && count >= 1 && count <= MOST_UPDATES;
    if (isCount) this.updates.complain();
    else this.updates.refuse("bad_updates", { most: MOST_UPDATES });
    if (this.rates.isWrong || this.updates.isWrong) return false;
    this.runs = [...new Set(asked.map((each) => each.rate))].map((rate) => this.run(rate, count));
    this.changed();
    return true;
  }

  /** What was typed, each with its number; a comma within a number is a decimal one where that can be read so. */
  get asked() {
    const texts = this.rates.input.value.split(/,?[;\s]+|,$/).flatMap((text) => (readNumber(text) === null ? text.split(",") : text));
    return texts.filter(Boolean).map((text) => ({ text, rate: readNumber(text) }));
  }

  fault(asked) {
    if (!asked.length) return say("no_rates");
    const wrong = asked.find((each) => !(each.rate > 0));
    if (wrong) return say("bad_rate", { text: `“${wrong.text}”` });
    return asked.length > MOST_RATES ? say("many_rates", { most: MOST_RATES }) : "";
  }

  run(rate, count) {
    const losses = this.model.race(rate, count);
    const places = { rate: written(rate), updates: losses.count - 1 };
    const label = say(losses.count <= count ? "of_rate_stopped" : "of_rate", places);
    return { label, losses, outcome: say("of_rate_ends", { run: label, loss: written(losses.last) }) };
  }

  clear() {
    this.runs = [];
    this.changed();
  }
}
