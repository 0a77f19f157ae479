/** Where things stand in a plot. */

export interface Point {
  x: number;
  y: number;
}

export interface Axis {
  from: number;
  to: number;
  /** Equal distances for equal ratios, as ears hear frequencies. */
  log?: boolean;
  ticks: { at: number; label: string }[];
}

/** Where a value stands on an axis: 0 at its beginning, 1 at its end. */
export function along(axis: Axis, value: number): number {
  if (axis.log) return Math.log(value / axis.from) / Math.log(axis.to / axis.from);
  return axis.to === axis.from ? 0.5 : (value - axis.from) / (axis.to - axis.from);
}

/** The path through the points, in a field of `width` by `height` whose origin is at the lower left. */
export function pathOf(points: readonly Point[], x: Axis, y: Axis, width: number, height: number): string {
  return points
    .map((point, index) => {
      const across = (along(x, point.x) * width).toFixed(1);
      const down = ((1 - along(y, point.y)) * height).toFixed(1);
      return `${index === 0 ? 'M' : 'L'}${across} ${down}`;
    })
    .join('');
}

const FREQUENCIES = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000];

/** "500 Hz", "2 kHz". */
export function hertz(value: number): string {
  return value < 1000 ? `${Math.round(value)} Hz` : `${Number((value / 1000).toFixed(2))} kHz`;
}

/** An axis of frequencies around what was measured. */
export function frequencyAxis(points: readonly { hz: number }[]): Axis {
  const measured = points.map((point) => point.hz).filter((hz) => hz > 0);
  const lowest = measured.length > 0 ? Math.min(...measured) : 20;
  const highest = measured.length > 0 ? Math.max(...measured) : 20_000;
  const from = [...FREQUENCIES].reverse().find((hz) => hz <= lowest) ?? 20;
  const to = FREQUENCIES.find((hz) => hz >= highest && hz > from) ?? 20_000;
  const ticks = FREQUENCIES.filter((hz) => hz >= from && hz <= to);
  return { from, to, log: true, ticks: ticks.map((at) => ({ at, label: hertz(at) })) };
}

const STEPS = [1, 2, 5];

/** An axis with round marks that holds all values, and spans at least `span`. */
export function roundAxis(
  values: readonly number[],
  span: number,
  words: (value: number) => string,
  most = Infinity,
): Axis {
  const finite = values.filter((value) => Number.isFinite(value));
  let low = finite.length > 0 ? Math.min(...finite) : 0;
  let high = finite.length > 0 ? Math.max(...finite) : 0;
  const missing = span - (high - low);
  if (missing > 0) {
    // A quantity that was nowhere negative needs no room there.
    const below = low >= 0 ? Math.min(missing / 2, low) : missing / 2;
    low -= below;
    high += missing - below;
    // Nor is there any above the most that a quantity can be.
    const above = Math.max(0, high - most);
    low -= above;
    high -= above;
  }
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const ticks = [];
  for (let mark = first; mark <= last; mark += 1) {
    const at = Number((mark * step).toPrecision(12));
    ticks.push({ at, label: words(at) });
  }
  return { from: first * step, to: last * step, ticks };
}
