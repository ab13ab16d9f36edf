// Wires the explorer: buttons, keys, fields and pictures to the model; what each of them does is in the other parts.

for (const part of document.querySelectorAll("#explorer, [data-live]")) part.hidden = false; // first: what is hidden has no size
const find = (name) => document.querySelector(`#explorer [data-part="${name}"]`);
const isStill = matchMedia("(prefers-reduced-motion: reduce)");

/** The parameters by which the loss was differentiated. */
const explained = data.parameters.filter((name) => program === null || name in data.chains);

/** What a parameter is called for who cannot see it. */
function described(name) {
  return say("parameter", { name: called(name) });
}

/** The parameters to choose from; elements of a tensor stand under its name. */
function choices() {
  const groups = new Map();
  for (const name of explained) {
    const tensor = data.tensors[name] ?? name;
    if (!groups.has(tensor)) groups.set(tensor, []);
    groups.get(tensor).push(new Option(called(name), name));
  }
  return [...groups].flatMap(([tensor, options]) => {
    if (options.length === 1 || groups.size === 1) return options;
    const group = document.createElement("optgroup");
    group.label = called(tensor);
    group.append(...options);
    return [group];
  });
}

class Explorer {
  constructor() {
    this.pinned = null;
    this.chosen = null;
    this.chooser = find("parameter");
    this.chooser.append(new Option(say("none"), ""), ...choices());
    this.chooser.addEventListener("change", () => this.choose(this.chooser.value || null, true));
    this.drawing = new Drawing(
      find("drawing"), described, (name, isPinned) => this.choose(name, isPinned), () => this.choose(this.pinned),
    );
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.choose(null, true);
    });
  }

  /** Lights the ways of a parameter, for good if it is `isPinned`; of null, nothing. */
  choose(name, isPinned = false) {
    if (isPinned) this.pinned = name;
    this.chosen = name;
    this.chooser.value = name ?? "";
    light(name);
    this.showChosen();
    if (isPinned && name !== null) this.tellChosen(name);
  }

  /** The ways are told as they are shown. */
  tellChosen() {}

  /** Without numbers, the tensors on the way. */
  showChosen() {
    const names = this.chosen === null ? [] : [...waysOf(this.chosen)];
    const [before, after] = say("tensors").split("{names}");
    const last = names.length - 1; // what stands behind a name stays on its line
    const shown = names.flatMap((name, k) => [block("span", "unbroken", mathOf(symbol(name)), k < last ? "," : after), " "]);
    find("ways").replaceChildren(...(names.length ? [before] : []), ...shown);
  }
}

class LiveExplorer extends Explorer {
  constructor() {
    super();
    this.model = new Model();
    this.chain = new Chain(find("chain"));
    find("introduction").textContent = say("introduction", { point: say(`point_${this.drawing.points}`) });
    this.stepper = new Stepper(find("lines"), find("phase"));
    this.chart = new Chart(find("chart"), find("legend"));
    for (const name of ["inputs", "targets"]) find(name).closest("fieldset").hidden = data[name].length === 0;
    this.form = new Form(
      [[find("inputs"), data.inputs], [find("targets"), data.targets], [find("parameters"), data.parameters]],
      this.model, (changes) => this.change(changes),
    );
    this.rate = new Field(mathOf(symbol(data.update.rate)), say("rate"), (field) => this.readRate(field));
    find("rate").append(this.rate.element);
    this.makeRates();
    this.makeExamples();
    this.makeButtons();
    this.timer = null;
    this.show();
  }

  makeRates() {
    const rates = new Field(say("rates"), say("rates"), () => {});
    const updates = new Field(say("rates_updates"), say("rates_updates"), () => {});
    rates.input.inputMode = "text";
    rates.element.append(paragraph(say("rates_hint"), "hint"));
    rates.input.value = data.rates.map(inField).join("; ");
    updates.input.value = "100";
    find("compared").append(rates.element, updates.element);
    this.rates = new Rates(this.model, rates, updates, () => this.show());
  }

  makeExamples() {
    const chooser = find("example");
    if (chooser === null) return;
    const count = data.examples.length;
    chooser.append(...data.examples.map((_, k) => new Option(say("examples", { row: k + 1, count }), k)));
    chooser.addEventListener("change", () => {
      this.form.clear();
      this.model.chooseRow(Number(chooser.value));
      this.show();
    });
    chooser.closest(".field").hidden = count === 1;
  }

  makeButtons() {
    const on = (name, action) => find(name).addEventListener("click", () => this.act(name, action));
    for (const phase of ["forward", "backward", "update"]) on(phase, () => this.model.finishPhase(phase));
    on("next", () => this.model.next());
    on("previous", () => this.model.previous());
    on("many", () => this.model.run(this.speed));
    on("reset", () => this.reset());
    find("run").addEventListener("click", () => (this.timer === null ? this.play() : this.pause()));
    find("compare").addEventListener("click", () => {
      if (this.rates.compare()) this.tell(this.rates.runs.map((run) => run.outcome).join("; "));
    });
    find("clear").addEventListener("click", () => {
      this.rates.clear();
      this.tell(say("cleared"));
    });
    find("speed").addEventListener("change", () => this.show());
  }

  get speed() {
    return Number(find("speed").value);
  }

  /** Does what a button says, and tells in a sentence what came of it. */
  act(name, action) {
    this.pause();
    const before = this.model.updates;
    action();
    this.show();
    if (this.model.isStopped) this.tell(this.whyStopped());
    else if (name === "reset") this.tell(say("was_reset"));
    else if (this.model.updates !== before) this.tellResult();
    else this.tell(find("phase").textContent);
  }

  reset() {
    this.form.clear();
    this.rate.complain();
    this.rates.runs = [];
    this.model.reset();
    if (find("example")) find("example").value = "0";
  }

  change(changes) {
    this.pause();
    this.model.change(changes);
    this.rates.runs = [];
    this.show();
    this.tell(this.model.isStopped ? this.whyStopped() : say("new_run"));
  }

  readRate(field) {
    const value = readNumber(field.input.value);
    if (!(value > 0)) {
      field.refuse("bad_rate");
      return;
    }
    field.complain();
    this.model.setRate(value);
    this.show();
  }

  play() {
    if (this.model.isStopped) return;
    const turn = () => {
      this.model.run(this.speed);
      this.show();
      if (this.model.isStopped) {
        this.pause();
        this.tell(this.whyStopped());
      }
    };
    this.timer = setInterval(turn, isStill.matches ? 500 : 60);
    this.showButtons();
  }

  pause() {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
    this.show();
    this.tellResult();
  }

  tellResult() {
    this.tell(say("ran", { updates: this.model.updates, loss: written(this.model.loss) }));
  }

  whyStopped() {
    const { name, value } = this.model.fault;
    const places = { name: called(name), value: written(value), update: this.model.updates };
    return say(this.model.updates ? "stopped" : "not_finite", places);
  }

  tell(text) {
    find("told").textContent = text;
  }

  /** Everything as the model has it. */
  show() {
    const { model } = this;
    const line = model.cursor ? model.lines[model.cursor - 1] : null;
    this.stepper.show(model);
    this.form.show();
    this.rate.show(model.rate);
    this.drawing.show((name) => model.value(name), line && line.phase !== "update" ? line.name : null);
    const own = { label: say("here", { rate: written(model.rate) }), losses: model.losses };
    this.chart.show([own, ...this.rates.runs]);
    find("updates").textContent = String(model.updates);
    find("loss").textContent = written(model.loss);
    find("warning").textContent = model.isStopped ? this.whyStopped() : "";
    this.showButtons();
    this.showChosen();
  }

  tellChosen(name) {
    if (!(name in data.gradients)) return;
    const value = this.model.value(data.gradients[name].name);
    this.tell(value === null ? say("chosen_later", { name: called(name) }) : say("chosen", { name: called(name), value: written(value) }));
  }

  showButtons() {
    const { model } = this;
    const isRunning = this.timer !== null;
    find("run").textContent = say(isRunning ? "pause" : "run");
    find("run").setAttribute("aria-pressed", String(isRunning));
    find("many").textContent = say("many", { count: this.speed });
    for (const name of ["forward", "backward", "update", "next", "many"]) disable(find(name), model.isStopped);
    disable(find("run"), model.isStopped && !isRunning);
    disable(find("previous"), model.cursor === 0 && model.undone.length === 0);
    disable(find("clear"), this.rates.runs.length === 0);
  }

  showChosen() {
    if (this.model) this.chain.show(this.chosen, this.model);
  }
}

/** A disabled button keeps the focus of who has just pressed it. */
function disable(button, isDisabled) {
  button.setAttribute("aria-disabled", String(isDisabled));
}

document.getElementById("explorer").addEventListener("click", (event) => {
  if (event.target.closest('[aria-disabled="true"]')) event.stopImmediatePropagation();
}, true);
// Within reach of a browser's console, for who wants to go on from there.
window.symprop = program === null ? new Explorer() : new LiveExplorer();
