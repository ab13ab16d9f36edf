// The ways from a parameter to the loss: finds what lies on them, lights it in the drawings, marks the symbol on the page.

const SAME_LINE = 6; // pixels
const FOLLOWED = 0.42; // of the window's height, for a drawing that stays in sight
const LEAST_SHOWN = 0.7; // of its size there; a taller one could not be read, and stays in its place

const readers = new Map(); // which quantities read one
for (const [name, sources] of Object.entries(data.reads)) {
  for (const source of sources) {
    if (!readers.has(source)) readers.set(source, []);
    readers.get(source).push(name);
  }
}
const leading = searched([data.loss], (name) => data.reads[name] ?? []);

/** All that is found from some names on. */
function searched(names, following) {
  const found = new Set(names);
  for (const name of found) following(name).forEach((next) => found.add(next));
  return found;
}

/** The quantities on the ways from one to the loss, itself among them; none where no way leads there. */
function waysOf(name) {
  const found = [...searched([name], (each) => readers.get(each) ?? [])];
  return new Set(found.includes(data.loss) ? found.filter((each) => leading.has(each)) : []);
}

/** The names that an element of a drawing stands for. */
function namesOf(element) {
  return (element.dataset.names ?? element.dataset.labelOf ?? "").split(" ").filter(Boolean);
}

/** Lights the ways of a parameter in every drawing of the page and marks its symbol; of null, nothing. */
function light(name) {
  const found = name === null ? [] : [...waysOf(name)];
  const ways = new Set([...found, ...found.map((each) => data.tensors[each] ?? each)]);
  for (const drawing of document.querySelectorAll(".symprop-drawing")) lightIn(drawing, ways, name);
  for (const element of document.querySelectorAll("[data-name], [data-name-of]")) {
    element.classList.toggle("picked", name !== null && (element.dataset.name ?? element.dataset.nameOf) === name);
  }
}

function lightIn(drawing, ways, name) {
  const keys = new Set();
  for (const node of drawing.querySelectorAll(".node")) {
    const isLit = namesOf(node).some((each) => ways.has(each));
    node.classList.toggle("lit", isLit);
    if (isLit) keys.add(node.dataset.key);
  }
  const lit = new Set();
  for (const edge of drawing.querySelectorAll(".edge")) {
    const names = namesOf(edge);
    const isLit = names.includes(name) || names.includes(data.tensors[name]) || (keys.has(edge.dataset.from) && keys.has(edge.dataset.to));
    edge.classList.toggle("lit", isLit && ways.size > 0);
    if (isLit) names.forEach((each) => lit.add(each));
  }
  for (const label of drawing.querySelectorAll(".edge-label")) {
    label.classList.toggle("lit", namesOf(label).some((each) => lit.has(each)));
  }
  drawing.classList.toggle("has-paths", ways.size > 0);
}

/** The drawing of the page once more, for the explorer; its parameters can be pointed at, focused and chosen. */
class Drawing {
  constructor(place, describe, choose, leave) {
    const original = document.querySelector(".symprop-drawing");
    this.points = "none"; // at what one can point: weights, blocks, nothing
    if (original === null) return;
    this.svg = original.cloneNode(true);
    this.svg.querySelectorAll("style").forEach((style) => style.remove());
    this.svg.querySelectorAll("[id]").forEach((element) => element.removeAttribute("id"));
    this.svg.querySelectorAll("title, desc").forEach((element) => element.remove());
    this.svg.removeAttribute("aria-labelledby");
    this.svg.setAttribute("role", "group");
    this.svg.setAttribute("aria-label", say("drawing"));
    this.points = this.svg.querySelector(".node.block") === null ? "weights" : "blocks";
    this.buttons = [];
    for (const [button, names] of this.held()) this.prepare(button, names, describe, choose, leave);
    place.append(this.svg);
    this.alignValues();
    this.follow(place);
    window.addEventListener("resize", () => this.follow(place));
  }

  /** The parameters that stand in the drawing; of a tensor that stands there as a whole, its first. */
  parametersDrawn() {
    const shown = new Set([...this.svg.querySelectorAll(".edge, .edge-label, .node")].flatMap(namesOf));
    const firsts = new Map(data.parameters.map((name) => [data.tensors[name], name]).reverse());
    const isFirst = (name) => shown.has(data.tensors[name]) && firsts.get(data.tensors[name]) === name;
    return data.parameters.filter((name) => shown.has(name) || isFirst(name));
  }

  partsOf(name) {
    const parts = [...this.svg.querySelectorAll(".edge, .edge-label, .node")];
    const own = parts.filter((part) => namesOf(part).includes(name));
    return own.length ? own : parts.filter((part) => namesOf(part).includes(data.tensors[name]));
  }

  /** The elements that become buttons, each with the parameters that it stands for. */
  held() {
    const found = new Map();
    for (const name of this.parametersDrawn()) {
      const parts = this.partsOf(name);
      const button = parts.find((part) => part.matches(".edge-label, .node")) ?? parts[0];
      found.set(button, [...(found.get(button) ?? []), name]);
    }
    return found;
  }

  /** Each parameter, or each block with its parameters, is one button of the drawing; arrow keys lead from one to the next. */
  prepare(button, names, describe, choose, leave) {
    const [name] = names;
    const k = this.buttons.push(button) - 1;
    button.setAttribute("role", "button");
    button.setAttribute("aria-label", names.length === 1 ? describe(name) : describedBlock(button, names));
    button.setAttribute("tabindex", k === 0 ? "0" : "-1");
    button.addEventListener("focus", () => choose(name, true));
    button.addEventListener("keydown", (event) => {
      this.onKey(event, k);
      if (!isPress(event)) return;
      event.preventDefault(); // the space bar would scroll
      choose(name, true);
    });
    for (const part of this.partsOf(name)) {
      part.classList.add("parameter-part");
      part.addEventListener("pointerenter", () => choose(name));
      part.addEventListener("pointerleave", () => leave());
      part.addEventListener("click", () => choose(name, true));
      part.querySelectorAll(".line").forEach((line) => this.widen(line));
    }
  }

  /** Keeps the drawing in sight of who reads on below it, unless it would be too small. */
  follow(place) {
    const { width, height } = this.svg.viewBox.baseVal;
    const shown = height * Math.min(1, place.clientWidth / width);
    const explorer = place.parentNode;
    explorer.style.setProperty("--followed", `${100 * FOLLOWED}vh`);
    explorer.style.setProperty("--below-followed", `${100 * FOLLOWED + 4}vh`);
    explorer.classList.toggle("follows", FOLLOWED * window.innerHeight >= LEAST_SHOWN * shown);
  }

  /** Numbers beside names begin where the names end, however long they become. */
  alignValues() {
    for (const value of this.svg.querySelectorAll(".edge-label .value")) {
      const name = value.parentNode.querySelector(".name");
      if (name === null || Math.abs(name.getAttribute("y") - value.getAttribute("y")) > SAME_LINE) continue;
      const box = name.getBBox();
      value.setAttribute("x", box.x + box.width + 4);
      value.style.textAnchor = "start";
    }
  }

  /** The ground of a label is as wide as what stands on it. */
  fitHalo(label) {
    const halo = label.querySelector(".halo");
    if (halo === null) return;
    const boxes = [...label.querySelectorAll("text")].map((text) => text.getBBox());
    const left = Math.min(...boxes.map((box) => box.x)) - 2;
    halo.setAttribute("x", left);
    halo.setAttribute("width", Math.max(...boxes.map((box) => box.x + box.width)) + 2 - left);
  }

  /** A broad invisible line over a thin one, which a finger can hit. */
  widen(line) {
    const broad = line.cloneNode();
    broad.setAttribute("class", "hit");
    line.after(broad);
  }

  onKey(event, k) {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const end = { Home: 0, End: this.buttons.length - 1 }[event.key];
    if (step === undefined && end === undefined) return;
    event.preventDefault();
    const other = end ?? (k + step + this.buttons.length) % this.buttons.length;
    this.buttons[k].setAttribute("tabindex", "-1");
    this.buttons[other].setAttribute("tabindex", "0");
    this.buttons[other].focus();
  }

  /** Writes the present numbers, and marks the quantity that was worked out last. */
  show(valueOf, current) {
    if (!this.svg) return;
    for (const text of this.svg.querySelectorAll("[data-value-of]")) {
      const value = valueOf(text.dataset.valueOf);
      text.textContent = value === null ? LATER : brief(value);
    }
    this.svg.querySelectorAll(".edge-label").forEach((label) => this.fitHalo(label));
    for (const part of this.svg.querySelectorAll(".node, .edge, .edge-label")) {
      part.classList.toggle("current", current !== null && namesOf(part).includes(current));
    }
  }
}

/** A block by its title and the parameters that it holds. */
function describedBlock(block, names) {
  const title = block.querySelector(".title")?.textContent ?? "";
  return say("block", { title, names: names.map((name) => called(data.tensors[name] ?? name)).join(", ") });
}

/** Whether a key presses the button that has the focus. */
function isPress(event) {
  return [" ", "Enter"].includes(event.key) && !(event.ctrlKey || event.altKey || event.metaKey);
}
