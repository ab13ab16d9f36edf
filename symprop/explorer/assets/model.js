// The numbers: starting values, one example, updates, and where a reader is within one; all arithmetic is in the generated code.

const MOST_UNDONE = 2000; // updates that can be taken back

const MOST_KEPT = 1200; // losses of one run

/** The losses of a run: all at first, then of every second update, every fourth, so that there are never too many. */
class Losses {
  constructor() {
    this.step = 1;
    this.kept = [];
    this.count = 0;
    this.last = NaN;
  }

  push(loss) {
    if (this.count % this.step === 0) this.kept.push(loss);
    this.count += 1;
    this.last = loss;
    if (this.kept.length <= MOST_KEPT) return;
    this.kept = this.kept.filter((_, k) => k % 2 === 0);
    this.step *= 2;
  }

  /** Forgets the last one; `loss` is the one before it. */
  pop(loss) {
    this.count -= 1;
    this.last = loss;
    this.kept.length = Math.ceil(this.count / this.step);
  }

  /** Update and loss of each that is kept and finite, and of the last. */
  get points() {
    const all = this.kept.map((loss, k) => [k * this.step, loss]);
    if (this.count && (this.count - 1) % this.step) all.push([this.count - 1, this.last]);
    return all.filter(([, loss]) => Number.isFinite(loss));
  }
}

class Model {
  constructor() {
    this.lines = [
      ...data.forward.map((line) => ({ ...line, phase: "forward" })),
      ...data.backward.map((line) => ({ ...line, phase: "backward" })),
      ...data.update.lines.map((line) => ({ ...line, phase: "update" })),
    ];
    this.names = [...data.inputs, ...data.targets];
    this.known = new Map(); // after how many lines a number of the example is there
    [...data.forward, ...data.backward].forEach((line, k) => this.known.set(line.name, k + 1));
    for (const [name, sources] of Object.entries(data.aside)) {
      this.known.set(name, Math.max(0, ...sources.map((each) => this.known.get(each) ?? 0)));
    }
    this.carried = data.update.carried.map((pair) => pair.map((name) => data.update.slots[name]));
    this.reset();
  }

  /** All numbers as they were in the beginning. */
  reset() {
    this.values = table(data.start);
    this.examples = data.examples.map((row) => [...row]);
    this.row = 0;
    this.rate = data.rate;
    this.restart();
  }

  /** A new run from the present parameters and data. */
  restart() {
    this.begun = this.newArray(this.values);
    this.numbers = this.begun.slice();
    this.example = new Float64Array(data.size);
    this.updates = 0;
    this.cursor = 0;
    this.undone = [];
    this.losses = new Losses();
    this.before = null;
    this.compute();
    this.losses.push(this.loss);
    this.fault = this.findFault();
  }

  /** The array of an update with these parameters, before anything is computed. */
  newArray(values) {
    const array = new Float64Array(data.update.size);
    const put = (name, value) => {
      if (name in data.update.slots) array[data.update.slots[name]] = value;
    };
    for (const [name, value] of Object.entries({ ...data.update.start, ...values })) put(name, value);
    data.update.data.forEach((slots, row) => slots.forEach((slot, k) => {
      if (slot >= 0) array[slot] = this.examples[row][k];
    }));
    put(data.update.rate, this.rate);
    return array;
  }

  /** Works out the update that comes next, and the chosen example. */
  compute() {
    program.update(this.numbers);
    this.computeExample();
  }

  computeExample() {
    for (const name of [...data.parameters, ...data.states]) this.example[data.slots[name]] = this.parameter(name);
    this.names.forEach((name, k) => {
      this.example[data.slots[name]] = this.examples[this.row][k];
    });
    program.example(this.example);
  }

  /** A parameter's or a state's present value; one that no update changes has no place among the numbers of updates. */
  parameter(name) {
    return name in data.update.slots ? this.numbers[data.update.slots[name]] : this.values[name];
  }

  get loss() {
    return this.numbers[data.update.slots[data.loss]];
  }

  get isStopped() {
    return this.fault !== null;
  }

  chooseRow(row) {
    this.row = row;
    this.computeExample();
  }

  setRate(rate) {
    this.rate = rate;
    this.numbers[data.update.slots[data.update.rate]] = rate;
    program.update(this.numbers);
  }

  /** Takes over changed parameters and data of the chosen example, and begins a new run. */
  change(changes) {
    for (const name of [...data.parameters, ...data.states]) this.values[name] = this.parameter(name);
    for (const [name, value] of Object.entries(changes)) {
      const place = this.names.indexOf(name);
      if (place >= 0) this.examples[this.row][place] = value;
      else this.values[name] = value;
    }
    this.restart();
  }

  /** The first quantity that is not finite, or null: of the chosen example, else of what goes on to the next update. */
  findFault() {
    const bad = data.forward.find((line) => !Number.isFinite(this.example[data.slots[line.name]]));
    if (bad) return { name: bad.name, value: this.example[data.slots[bad.name]] };
    if (!Number.isFinite(this.loss)) return { name: data.loss, value: this.loss };
    const pair = data.update.carried.find(([name]) => !Number.isFinite(this.numbers[data.update.slots[name]]));
    return pair ? { name: pair[0], value: this.numbers[data.update.slots[pair[0]]] } : null;
  }

  /** What one line's quantity is; of the line that ended an update, as it was then. */
  lineNumbers(phase) {
    const arrays = this.cursor === this.lines.length && this.before ? this.before : this;
    return phase === "update"
      ? { slots: data.update.slots, array: arrays.numbers }
      : { slots: data.slots, array: arrays.example };
  }

  /** The present number of a quantity of the chosen example, or null where the steps have not come to it yet. */
  value(name) {
    const isWalking = this.cursor > 0 && this.cursor < this.lines.length;
    if (isWalking && this.known.get(name) > this.cursor) return null;
    return name in data.slots ? this.example[data.slots[name]] : null;
  }

  /** Ends the update that is under way: the new values take the place of the old ones. */
  finish() {
    this.before = { numbers: this.numbers.slice(), example: this.example.slice() };
    this.undone.push(this.carried.map(([old]) => this.numbers[old]));
    if (this.undone.length > MOST_UNDONE) this.undone.shift();
    const values = this.carried.map(([, after]) => this.numbers[after]);
    this.carried.forEach(([old], k) => {
      this.numbers[old] = values[k];
    });
    this.compute();
    this.updates += 1;
    this.losses.push(this.loss);
    this.cursor = this.lines.length;
    this.fault = this.findFault();
  }

  /** Takes the last update back. */
  takeBack() {
    const values = this.undone.pop();
    this.carried.forEach(([old], k) => {
      this.numbers[old] = values[k];
    });
    this.compute();
    this.updates -= 1;
    this.losses.pop(this.loss);
    this.before = null;
    this.fault = this.findFault();
  }

  /** One line further; a finished update is followed by the first line of the next. */
  next() {
    if (this.cursor === this.lines.length) this.cursor = 0;
    if (this.isStopped && this.cursor + 1 === this.lines.length) return;
    this.cursor += 1;
    if (this.cursor === this.lines.length) this.finish();
  }

  previous() {
    if (this.cursor === 0 && this.undone.length) this.cursor = this.lines.length;
    if (this.cursor === 0) return;
    if (this.cursor === this.lines.length && this.undone.length) this.takeBack();
    this.cursor -= 1;
  }

  /** On to the end of a phase: of this update, or of the next where it is over already. */
  finishPhase(phase) {
    const end = this.lines.findLastIndex((line) => line.phase === phase) + 1;
    if (this.cursor >= end) {
      if (this.cursor < this.lines.length) this.finish();
      this.cursor = 0;
    }
    if (end === this.lines.length) this.finish();
    else this.cursor = end;
  }

  /** Whole updates, as many as the numbers allow; gives how many there were. */
  run(count) {
    let done = 0;
    for (; done < count && !this.isStopped; done += 1) this.finish();
    return done;
  }

  /** The losses of a run of its own, with another rate, from where this run began. */
  race(rate, count) {
    const own = Object.create(this);
    own.rate = rate;
    own.numbers = this.begun.slice();
    own.numbers[data.update.slots[data.update.rate]] = rate;
    const losses = new Losses();
    for (let k = 0; k <= count; k += 1) {
      program.update(own.numbers);
      losses.push(own.loss);
      if (!Number.isFinite(own.loss)) break;
      const values = this.carried.map(([, after]) => own.numbers[after]);
      this.carried.forEach(([old], place) => {
        own.numbers[old] = values[place];
      });
    }
    return losses;
  }
}
