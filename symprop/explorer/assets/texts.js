// Words and numbers as readers see them: fills the words' places, writes numbers, reads what is typed; no page is touched here.

const data = JSON.parse(document.getElementById("explorer-data").textContent);
const MINUS = "\u2212";
const LATER = "…"; // in the place of a number that the steps have not come to
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** The words under a key, with what is put in the places of their names. */
function say(key, places = {}) {
  return data.words[key].replace(/\{(\w+)\}/g, (place, name) => (name in places ? String(places[name]) : place));
}

/** What a quantity is called in running text. */
function called(name) {
  return data.called[name] ?? name;
}

/** Digits and the power of ten of a number, or what it is instead: NaN or infinite. */
function digitsOf(value, digits = 6) {
  if (Number.isNaN(value)) return { text: "NaN" };
  if (!Number.isFinite(value)) return { text: value > 0 ? "∞" : `${MINUS}∞` };
  const [mantissa, exponent] = Number(value.toPrecision(digits)).toExponential().split("e");
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= digits + 2)) return { text: mantissa.replace("-", MINUS), power };
  return { text: String(Number(value.toPrecision(digits))).replace("-", MINUS) };
}

/** A number as running text. */
function written(value, digits = 6) {
  const { text, power } = digitsOf(value, digits);
  if (power === undefined) return text;
  const factor = text === "1" ? "" : `${text}·`;
  const raised = [...String(Math.abs(power))].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");
  return `${factor}10${power < 0 ? "⁻" : ""}${raised}`;
}

/** A number where there is little room. */
function brief(value) {
  const { text, power } = digitsOf(value, 4);
  return power === undefined ? text : `${digitsOf(value, 2).text}e${String(power).replace("-", MINUS)}`;
}

/** The number that was typed, or null; a comma or a real minus sign will do. */
function readNumber(text) {
  const plain = text.trim().replace(MINUS, "-").replace(/^([-+]?\d*),(\d+)$/, "$1.$2");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) && Number.isFinite(Number(plain)) ? Number(plain) : null;
}

const FIELD = 10; // characters that a field shows, as its style says

/** A number as it stands in a field: all of it, or six digits, or fewer where its power of ten needs the room. */
function inField(value) {
  if (String(value).length <= FIELD) return String(value);
  for (let digits = 6; ; digits -= 1) {
    const rounded = Number(value.toPrecision(digits));
    const text = [String(rounded), rounded.toExponential()].find((each) => each.length <= FIELD);
    if (text !== undefined) return text;
  }
}
