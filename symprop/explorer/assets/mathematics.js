// Prepared formulas as elements, and the same with numbers in the place of names; it knows looks only, and computes nothing.

const MATHML = "http://www.w3.org/1998/Math/MathML";

/** An element of MathML. */
function math(tag, ...children) {
  const element = document.createElementNS(MATHML, tag);
  element.append(...children);
  return element;
}

/** The parts of a prepared formula, with each quantity in its place. */
function parsed(text) {
  const holder = document.createElement("template");
  holder.innerHTML = `<math>${filled(text)}</math>`;
  return [...holder.content.firstChild.childNodes];
}

/** The formula with a symbol in the place of each quantity; that of a derivative has places itself. */
function filled(text) {
  return text.replace(/\{(\w+)\}/g, (_, name) => `<mrow data-name="${name}">${filled(data.symbols[name])}</mrow>`);
}

/** A quantity as it is written, a backward one as the derivative that it is. */
function symbol(name) {
  return formula(`{${name}}`);
}

function formula(text) {
  return math("mrow", ...parsed(text));
}

/** The formula with numbers, as far as `numberOf` knows them, and how many there are. */
function withNumbers(text, numberOf) {
  const row = formula(text);
  let count = 0;
  for (const element of [...row.querySelectorAll("[data-name]")]) {
    const value = numberOf(element.dataset.name);
    if (value === undefined || !row.contains(element)) continue;
    count += 1;
    const number = numberElement(value);
    element.replaceWith(element.parentNode === row && row.childNodes.length === 1 ? number : fenced(number));
  }
  for (const operator of row.querySelectorAll("mo")) {
    if (operator.textContent === "\u2062") operator.textContent = "·"; // numbers side by side would run together
  }
  return { row, count };
}

/** In parentheses, unless it is digits alone. */
function fenced(element) {
  return /^[\d.]+$/.test(element.textContent) ? element : math("mrow", math("mo", "("), element, math("mo", ")"));
}

function numberElement(value, digits = 6) {
  const { text, power } = digitsOf(value, digits);
  const whole = text.startsWith(MINUS)
    ? math("mrow", math("mo", MINUS), math("mn", text.slice(1)))
    : math("mn", text);
  if (power === undefined) return whole;
  const exponent = power < 0 ? math("mrow", math("mo", MINUS), math("mn", String(-power))) : math("mn", String(power));
  return math("mrow", whole, math("mo", "·"), math("msup", math("mn", "10"), exponent));
}

/** Sides with equals signs between them. */
function equation(...sides) {
  const row = math("mrow", sides[0]);
  for (const side of sides.slice(1)) row.append(math("mo", "="), side);
  const whole = math("math", row);
  whole.setAttribute("displaystyle", "true");
  return whole;
}
