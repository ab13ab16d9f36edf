// The lines of an update one by one: the present one with its numbers, its neighbours around it.

const AROUND = 3; // lines shown before and after the present one

class Stepper {
  constructor(place, title) {
    this.place = place;
    this.title = title;
  }

  show(model) {
    const { lines, cursor } = model;
    this.title.textContent = this.heading(model);
    const first = Math.max(0, Math.min(cursor - 1 - AROUND, lines.length - 2 * AROUND - 1));
    const shown = lines.slice(first, first + 2 * AROUND + 1);
    this.place.replaceChildren(...shown.map((line, k) => this.line(line, first + k, model)));
    const present = this.place.querySelector(".present");
    if (present) this.place.scrollTop = present.offsetTop - this.place.clientHeight / 2 + present.clientHeight / 2;
  }

  heading(model) {
    const { lines, cursor } = model;
    if (cursor === 0) return say("phase_start", { update: model.updates + 1 });
    const { phase } = lines[cursor - 1];
    const begin = lines.findIndex((line) => line.phase === phase);
    const count = lines.filter((line) => line.phase === phase).length;
    const text = say(`phase_${phase}`, { line: cursor - begin, count });
    if (phase !== "update") return `${text}.`;
    const mean = data.examples.length > 1 ? ` ${say("mean", { count: data.examples.length })}` : "";
    return `${text}. ${say("simultaneous")}${mean}`;
  }

  line(line, place, model) {
    const isPresent = place === model.cursor - 1;
    const item = block("li", isPresent ? "present" : place < model.cursor ? "over" : "ahead");
    const { slots, array } = model.lineNumbers(line.phase);
    const numberOf = (name) => array[slots[name]];
    if (isPresent) {
      item.setAttribute("aria-current", "step");
      item.append(equation(symbol(line.name), formula(line.math)));
      const { row, count } = withNumbers(line.math, numberOf);
      const result = numberElement(numberOf(line.name));
      item.append(block("div", "numbers", count ? equation(math("mrow"), row, result) : equation(math("mrow"), result)));
    } else if (place < model.cursor) {
      item.append(equation(symbol(line.name), formula(line.math), numberElement(numberOf(line.name))));
    } else {
      item.append(equation(symbol(line.name), formula(line.math)));
    }
    return item;
  }
}
