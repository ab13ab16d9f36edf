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

  /** Runs every rate that is asked for; says what is wrong with them instead, if something is. */
  compare() {
    const texts = this.rates.input.value.split(/[;,\s]+/).filter(Boolean);
    const wrong = texts.find((text) => !(readNumber(text) > 0));
    this.rates.complain(this.fault(texts, wrong));
    const count = readNumber(this.updates.input.value);
    const isCount = Number.isInteger(count) && count >= 1 && count <= MOST_UPDATES;
    this.updates.complain(isCount ? "" : say("bad_updates", { most: MOST_UPDATES, text: this.updates.text }));
    if (this.rates.isWrong || this.updates.isWrong) return;
    this.runs = [...new Set(texts.map(readNumber))].map((rate) => this.run(rate, count));
    this.changed();
  }

  fault(texts, wrong) {
    if (!texts.length) return say("no_rates");
    if (wrong !== undefined) return say("bad_rate", { text: `“${wrong}”` });
    return texts.length > MOST_RATES ? say("many_rates", { most: MOST_RATES }) : "";
  }

  run(rate, count) {
    const losses = this.model.race(rate, count);
    const places = { rate: written(rate), updates: losses.length - 1 };
    const label = say(losses.length <= count ? "of_rate_stopped" : "of_rate", places);
    return { label, losses };
  }

  clear() {
    this.runs = [];
    this.changed();
  }
}
