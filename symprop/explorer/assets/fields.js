// The fields for numbers: writes them, reads what is typed, says what is wrong with it; what follows is the caller's affair.

let fields = 0;

/** A labelled field for a number. */
class Field {
  constructor(label, name, accept) {
    fields += 1;
    this.name = name;
    this.input = document.createElement("input");
    Object.assign(this.input, { id: `explorer-field-${fields}`, type: "text", inputMode: "decimal", autocomplete: "off" });
    this.input.spellcheck = false;
    this.input.setAttribute("aria-label", called(name)); // not every reader speaks the mathematics of a label
    this.message = block("p", "wrong");
    this.message.setAttribute("role", "alert"); // the focus has gone on when it is said
    this.message.id = `${this.input.id}-wrong`;
    const caption = block("label", "", label);
    caption.htmlFor = this.input.id;
    this.element = block("div", "field", caption, this.input, this.message);
    this.present = null;
    this.input.addEventListener("change", () => accept(this));
    this.input.addEventListener("blur", () => this.write());
  }

  /** The number that the field has; it is written as soon as nobody types there. */
  show(value) {
    this.present = value;
    if (document.activeElement !== this.input) this.write();
  }

  /** A wrong text stands as long as what is said of it. */
  write() {
    if (this.present !== null && !this.isWrong) this.input.value = inField(this.present);
  }

  get isWrong() {
    return this.message.textContent !== "";
  }

  /** Says what is wrong with what is typed, and that a number which stood here before still counts. */
  refuse(key, places = {}) {
    const text = this.input.value.trim();
    const wrong = text ? say(key, { ...places, text: `“${text}”` }) : say("empty");
    this.complain(this.present === null ? wrong : `${wrong} ${say("still_counts")}`);
  }

  /** Says what is wrong; nothing where all is well. */
  complain(text = "") {
    this.message.textContent = text;
    this.input.toggleAttribute("aria-invalid", false);
    if (text) {
      this.input.setAttribute("aria-invalid", "true");
      this.input.setAttribute("aria-describedby", this.message.id);
    } else {
      this.input.removeAttribute("aria-describedby");
    }
  }
}

/** The fields of the data of one example and of the parameters. */
class Form {
  constructor(places, model, changed) {
    this.model = model;
    this.changed = changed;
    this.pending = {};
    this.fields = new Map();
    for (const [place, names] of places) {
      for (const name of names) {
        const field = new Field(mathOf(symbol(name)), name, (each) => this.read(each));
        this.fields.set(name, field);
        place.append(field.element);
      }
    }
  }

  show() {
    for (const [name, field] of this.fields) {
      if (!(name in this.pending)) field.show(this.present(name));
    }
  }

  /** Forgets what was typed and could not be taken over. */
  clear() {
    this.pending = {};
    for (const field of this.fields.values()) field.complain();
  }

  present(name) {
    const place = this.model.names.indexOf(name);
    return place >= 0 ? this.model.examples[this.model.row][place] : this.model.parameter(name);
  }

  /** Takes a number over, together with those that only waited for it. */
  read(field) {
    const value = readNumber(field.input.value);
    const [low, high] = this.rangeOf(field);
    if (value === null) field.refuse("bad_number", { name: called(field.name) });
    else if (value < low || value > high) field.refuse("bad_range", { name: called(field.name), low: written(low), high: written(high) });
    else this.take(field, value);
  }

  take(field, value) {
    field.complain();
    this.pending[field.name] = value;
    const broken = data.facts.map((fact) => this.broken(fact)).find((text) => text);
    if (broken) {
      field.complain(broken);
      return;
    }
    const changes = this.pending;
    this.clear();
    this.changed(changes);
  }

  /** What the loss takes as a target; anything elsewhere. */
  rangeOf(field) {
    const [low, high] = data.targets.includes(field.name) ? data.domain : [null, null];
    return [low ?? -Infinity, high ?? Infinity];
  }

  /** What is wrong with numbers that have to add up, if they do not. */
  broken(fact) {
    let sum = 0;
    const names = [];
    for (const [times, name] of fact.terms) {
      sum += times * (this.pending[name] ?? this.present(name));
      names.push(called(name));
    }
    const isBroken = Math.abs(sum - fact.total) > data.margin;
    return isBroken ? say("bad_sum", { names: names.join(", "), total: written(fact.total), sum: written(sum) }) : "";
  }
}
