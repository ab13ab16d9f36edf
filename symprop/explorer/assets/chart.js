// The loss curves as a picture: scales, axes, lines and a legend; which runs there are is told from outside.

const SVG = "http://www.w3.org/2000/svg";
const LEAST = 1e-18; // of the largest loss: what is smaller stands at the bottom
const HEIGHT = 280;
const ROOM = { title: 27, right: 14, top: 12, bottom: 44 };
const DIGIT = 7; // the width of a letter of a tick's label, at most

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

class Chart {
  constructor(place, legend) {
    this.place = place;
    this.legend = legend;
    this.series = [];
    new ResizeObserver(() => this.draw()).observe(place);
  }

  /** Shows runs: each a label and its losses, the first being the reader's own. */
  show(series) {
    this.series = series;
    this.draw();
    this.legend.replaceChildren(...series.map((each, k) => this.legendItem(each.label, k)), ...this.notes());
  }

  legendItem(label, k) {
    const line = svg("line", { x1: 1, x2: 31, y1: 6, y2: 6, class: `curve curve-${k}` });
    const swatch = svg("svg", { width: 32, height: 12, "aria-hidden": "true" }, line);
    return block("li", "", swatch, ` ${label}`);
  }

  /** What a logarithm has no place for is said. */
  notes() {
    const { isLog, low, finite } = this.range();
    if (!isLog) return [];
    if (finite.some((loss) => loss > 0 && loss < low)) return [block("li", "hint", say("at_bottom_below", { least: written(low, 1) }))];
    return finite.includes(0) ? [block("li", "hint", say("at_bottom"))] : [];
  }

  draw() {
    const width = Math.max(260, this.place.clientWidth);
    const scales = this.scales(width);
    const own = this.series[0]?.losses;
    const picture = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img" });
    picture.setAttribute("aria-label", say("curve_says", {
      count: this.series.length, loss: written(own?.last ?? NaN), updates: (own?.count ?? 1) - 1,
    }));
    this.drawAxes(picture, scales, width);
    [...this.series.entries()].reverse().forEach(([k, each]) => this.drawCurve(picture, each.losses.points, k, scales));
    this.place.replaceChildren(picture);
  }

  /** From which loss to which: by their logarithm, unless some are negative; what is below the lowest stands at the bottom. */
  range() {
    const finite = this.series.flatMap((each) => each.losses.points.map(([, loss]) => loss));
    const isLog = finite.every((loss) => loss >= 0) && finite.some((loss) => loss > 0);
    const shown = isLog ? finite.filter((loss) => loss > 0) : finite;
    let [low, high] = shown.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
    if (!(low <= high)) [low, high] = [0, 1];
    if (isLog) low = Math.max(low, high * LEAST);
    return { isLog, low, high, finite };
  }

  /** How updates and losses become places. */
  scales(width) {
    const { isLog, low, high } = this.range();
    const bend = isLog ? Math.log10 : (loss) => loss;
    let [first, last] = [bend(low), bend(high)];
    const margin = Math.max((last - first) * 0.06, isLog ? 0.02 : Math.abs(last) * 0.02, 1e-12);
    [first, last] = [first - margin, last + margin];
    if (isLog) [first, last] = [Math.max(first, -307), Math.min(last, 308)]; // a power of ten beyond is 0 or infinite
    const most = Math.max(1, ...this.series.map((each) => each.losses.count - 1));
    const range = isLog ? [10 ** first, 10 ** last] : [first, last];
    const ticks = (isLog ? logTicks(...range) : evenTicks(...range, 5)).map((loss) => [loss, inFull(loss)]);
    const left = ROOM.title + DIGIT * (1 + Math.max(...ticks.map(([, text]) => text.length)));
    const across = width - left - ROOM.right;
    const down = HEIGHT - ROOM.top - ROOM.bottom;
    return {
      isLog,
      most,
      ticks,
      left,
      x: (update) => left + (across * update) / most,
      y: (loss) => ROOM.top + (down * (last - Math.max(bend(loss), first))) / (last - first),
    };
  }

  drawAxes(picture, scales, width) {
    const [left, right, bottom] = [scales.left, width - ROOM.right, HEIGHT - ROOM.bottom];
    for (const [loss, text] of scales.ticks) {
      const y = scales.y(loss);
      picture.append(svg("line", { class: "grid", x1: left, x2: right, y1: y, y2: y }));
      picture.append(svg("text", { class: "tick", x: left - 7, y: y + 4, "text-anchor": "end" }, text));
    }
    for (const update of evenTicks(0, scales.most, width < 480 ? 4 : 8).filter(Number.isInteger)) {
      const x = scales.x(update);
      picture.append(svg("line", { class: "axis", x1: x, x2: x, y1: bottom, y2: bottom + 4 }));
      picture.append(svg("text", { class: "tick", x, y: bottom + 17, "text-anchor": "middle" }, String(update)));
    }
    picture.append(svg("path", { class: "axis", d: `M${left} ${ROOM.top}V${bottom}H${right}` }));
    const label = say(scales.isLog ? "axis_log" : "axis_loss");
    const middle = (ROOM.top + bottom) / 2;
    picture.append(
      svg("text", { class: "title", x: (left + right) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, say("axis_updates")),
      svg("text", { class: "title", transform: `translate(13 ${middle}) rotate(-90)`, "text-anchor": "middle" }, label),
    );
  }

  drawCurve(picture, points, k, scales) {
    if (!points.length) return;
    const places = points.map(([update, loss]) => [scales.x(update), scales.y(loss)]);
    const path = places.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");
    picture.append(svg("path", { class: `curve curve-${k}`, d: `M${path}` }));
    const [x, y] = places.at(-1);
    picture.append(svg("circle", { class: `end curve-${k}`, cx: x, cy: y, r: k === 0 ? 4 : 3 }));
  }
}

/** A tick's number with as many digits as say where it stands. */
function inFull(loss) {
  let digits = 3;
  while (digits < 12 && Number(loss.toPrecision(digits)) !== Number(loss.toPrecision(12))) digits += 1;
  return written(loss, digits);
}

/** Round numbers from low to high, about so many. */
function evenTicks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((each) => each >= rough * 0.999);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k += 1) found.push(Number((k * step).toPrecision(12)));
  return found;
}

/** Powers of ten, with twice and five times as much between them where there is room; in a small range, round numbers. */
function logTicks(low, high) {
  const decades = Math.log10(high / low);
  if (decades < 0.9) return evenTicks(low, high, 5).filter((loss) => loss > 0);
  const every = Math.ceil(decades / 7);
  const found = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    if (power % every !== 0) continue;
    for (const times of decades < 2.5 ? [1, 2, 5] : [1]) found.push(times * 10 ** power);
  }
  return found.filter((loss) => loss >= low && loss <= high);
}
