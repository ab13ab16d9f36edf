// The chain of factors of one parameter, with live numbers beneath the factors; the formulas and numbers come prepared.

const MOST_OPEN = 2; // chains besides the parameter's own that are not folded

class Chain {
  constructor(place) {
    this.place = place;
    this.isOpen = false;
    this.name = undefined;
    this.numbers = []; // what writes each of them
  }

  /** Another parameter's chain is built anew; of the same, the numbers change in their places. */
  show(name, model) {
    if (name !== this.name) this.build(name);
    for (const write of this.numbers) write(model);
  }

  build(name) {
    this.name = name;
    this.numbers = [];
    this.place.replaceChildren();
    if (name === null) {
      this.place.append(paragraph(say("choose"), "hint"));
    } else if (!data.chains[name]?.length) {
      this.place.append(paragraph(say("no_way"), "hint"));
    } else {
      this.formula(name);
      const starts = [...this.inOrder(name)];
      const [own, ...others] = starts.map((start) => this.block(start));
      this.place.append(own);
      if (starts.some(isDirect)) this.place.append(paragraph(say("direct"), "hint"));
      if (others.length) this.place.append(this.further(others));
    }
  }

  /** The parameter, then the quantities whose derivatives open its chains, each after the one that needs it. */
  inOrder(name) {
    return searched([name], (each) => data.chains[each].map((link) => link.start).filter((start) => start !== null));
  }

  /** The whole derivative: as a formula, and its number; over several examples, the mean too. */
  formula(name) {
    const gradient = data.gradients[name];
    const line = block("div", "whole scroll");
    line.tabIndex = 0;
    line.setAttribute("role", "group");
    line.setAttribute("aria-label", say("derivative", { name: called(name) }));
    line.append(equation(symbol(gradient.name), formula(gradient.math)));
    const number = math("mrow");
    number.setAttribute("class", "live");
    this.numbers.push((model) => {
      const value = model.value(gradient.name);
      number.replaceChildren(value === null ? math("mtext", LATER) : numberElement(value));
    });
    this.place.append(line, block("div", "result", equation(symbol(gradient.name), number)));
    if (data.examples.length > 1) {
      const mean = paragraph("", "hint");
      this.place.append(mean);
      this.numbers.push((model) => {
        const value = model.value(gradient.name) === null ? null : model.numbers[data.update.slots[gradient.name]];
        mean.textContent = `${say("mean_of", { count: data.examples.length })}: ${writtenOrLater(value)}`;
      });
    }
  }

  /** The chains of what opens the first one; folded where they are many. */
  further(chains) {
    if (chains.length <= MOST_OPEN) return block("div", "further", paragraph(say("where"), "where"), ...chains);
    const summary = block("summary", "where", say("further", { count: chains.length }));
    const folded = block("details", "further", summary, ...chains);
    folded.open = this.isOpen;
    folded.addEventListener("toggle", () => {
      this.isOpen = folded.open;
    });
    return folded;
  }

  block(start) {
    const links = data.chains[start];
    const holder = block("div", "chain scroll");
    holder.tabIndex = 0;
    holder.setAttribute("role", "group");
    holder.setAttribute("aria-label", say("factors_of", { name: called(start) }));
    links.forEach((link, k) => {
      const row = block("div", "product");
      const opening = k === 0 ? equation(this.derivative(start), math("mrow")) : mathOf(math("mo", "+"));
      row.append(block("span", "opening", opening));
      link.factors.forEach((key, place) => {
        if (place) row.append(block("span", "times", "·"));
        row.append(this.factor(data.factors[key]));
      });
      holder.append(row);
    });
    return holder;
  }

  derivative(start) {
    const key = `${data.loss}/${start}`;
    if (key in data.factors) return formula(data.factors[key].partial);
    return symbol(data.gradients[start].name);
  }

  /** One factor: its derivative, what that is, and its number. */
  factor(factor) {
    const box = block("div", "factor");
    const number = block("div", "number");
    this.numbers.push((model) => {
      number.textContent = writtenOrLater(model.value(factor.name));
    });
    const whole = mathOf(formula(factor.partial));
    whole.setAttribute("displaystyle", "true");
    box.append(block("div", "partial", whole), block("div", "worked", mathOf(formula(factor.math))));
    box.append(number);
    return box;
  }
}

/** Whether a factor of a quantity's chains has the mark that it is of its own equation alone. */
function isDirect(start) {
  return data.chains[start].some((link) => link.factors.some((key) => data.factors[key].direct));
}

function writtenOrLater(value) {
  return value === null ? LATER : written(value);
}

/** An HTML element with a class. */
function block(tag, name, ...children) {
  const element = document.createElement(tag);
  element.className = name;
  element.append(...children);
  return element;
}

function paragraph(text, name) {
  return block("p", name, text);
}

function mathOf(...children) {
  return math("math", ...children);
}
