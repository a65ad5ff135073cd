/** Text inside HTML or SVG. Control characters, which no browser shows, are dropped. */
export function escape(value: string | number | null): string {
  if (value === null) return '–';
  return (
    String(value)
      // oxlint-disable-next-line no-control-regex -- they are what is looked for
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
  );
}

/** Where a chart's data lies within its drawing, pixels. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export type Scale = (value: number) => number;

/** Linear, from the data's range to pixels; a range of nothing is widened so that it divides. */
export function linear(from: number, to: number, low: number, high: number): Scale {
  const span = to - from || 1;
  return (value) => low + ((value - from) / span) * (high - low);
}

/** About `wanted` round numbers from low to high: 0, 0.2, 0.4… */
export function ticks(low: number, high: number, wanted = 5): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const found: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i += 1) {
    found.push(Number((i * step).toPrecision(12)));
  }
  return found;
}

/** A coordinate with two decimals: enough for a screen, and files stay small. */
export function px(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value * 100) / 100) : '0';
}

export function line(x1: number, y1: number, x2: number, y2: number, className: string): string {
  return `<line class="${className}" x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}"/>`;
}

export function rect(x: number, y: number, width: number, height: number, more: string): string {
  return `<rect x="${px(x)}" y="${px(y)}" width="${px(Math.max(0, width))}" height="${px(Math.max(0, height))}" ${more}/>`;
}

export function text(
  x: number,
  y: number,
  value: string | number,
  anchor: 'start' | 'middle' | 'end' = 'start',
  more = '',
): string {
  return `<text x="${px(x)}" y="${px(y)}" text-anchor="${anchor}" ${more}>${escape(value)}</text>`;
}

export function path(points: readonly (readonly [number, number])[], className: string): string {
  const d = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${px(x)} ${px(y)}`).join('');
  return `<path class="${className}" d="${d}"/>`;
}

/** A drawing with a name and a summary for those who do not see it. */
export function drawing({ width, height }: Frame, title: string, summary: string, body: string): string {
  return (
    `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">` +
    `<title>${escape(title)}</title><desc>${escape(summary)}</desc>${body}</svg>`
  );
}

export interface AxisSpec {
  readonly from: number;
  readonly to: number;
  readonly name: string;
  /** How a tick is written; as it is when left out. */
  readonly format?: (value: number) => string;
}

export interface Axes {
  readonly x: Scale;
  readonly y: Scale;
  readonly svg: string;
}

/** Axes with grid and names; the data's ranges are given. */
export function axes(frame: Frame, x: AxisSpec, y: AxisSpec): Axes {
  const { width, height, left, right, top, bottom } = frame;
  const toX = linear(x.from, x.to, left, width - right);
  const toY = linear(y.from, y.to, height - bottom, top);
  const parts = [
    ...ticks(x.from, x.to).flatMap((tick) => [
      line(toX(tick), top, toX(tick), height - bottom, 'grid'),
      text(toX(tick), height - bottom + 14, (x.format ?? tickText)(tick), 'middle', 'class="tick"'),
    ]),
    ...ticks(y.from, y.to).flatMap((tick) => [
      line(left, toY(tick), width - right, toY(tick), 'grid'),
      text(left - 6, toY(tick) + 4, (y.format ?? tickText)(tick), 'end', 'class="tick"'),
    ]),
    text((left + width - right) / 2, height - 4, x.name, 'middle', 'class="axis"'),
    text(
      0,
      0,
      y.name,
      'middle',
      `class="axis" transform="translate(12 ${px((top + height - bottom) / 2)}) rotate(-90)"`,
    ),
  ];
  return { x: toX, y: toY, svg: parts.join('') };
}

/** Six digits at most: 0.30000000000000004 is "0.3". */
export function tickText(value: number): string {
  return Math.abs(value) >= 10_000 ? value.toLocaleString('en') : String(Number(value.toPrecision(6)));
}
