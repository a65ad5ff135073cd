import { csvRecord } from '../../src-main/domain/csv.ts';
import { saveBlob, saveText } from '../lib/save-text.ts';

/** What a figure was drawn from: one list a row, in the order of the columns. */
export interface FigureData {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
}

/** PNG pixels for each of the page's: enough for print at the size on screen. */
const PNG_SCALE = 3;

const fileName = (title: string, extension: string): string =>
  `${title.replaceAll(/[^\p{L}\p{N}]+/gu, '-').slice(0, 80)}.${extension}`;

export function saveSvg(svg: SVGSVGElement, title: string): void {
  saveText(fileName(title, 'svg'), standalone(svg, null).text, 'image/svg+xml');
}

/** With its title over it, as a slide wants it. Rejects when the browser cannot draw the picture, which only a lack of memory brings about. */
export async function savePng(svg: SVGSVGElement, title: string): Promise<void> {
  const { width, height, text } = standalone(svg, { title, style: await fontStyle() });
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * PNG_SCALE);
  canvas.height = Math.round(height * PNG_SCALE);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('The picture could not be drawn. Save it as SVG instead.');
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (blob === null) throw new Error('The picture could not be written. Save it as SVG instead.');
  saveBlob(fileName(title, 'png'), blob);
}

/** The page's own type as a rule that a picture carries with it: a picture sees no font of the page. Empty where it cannot be read. */
async function fontStyle(): Promise<string> {
  try {
    const [url] = [...document.styleSheets].flatMap(({ href, cssRules }) =>
      [...cssRules].flatMap((rule) => {
        const latin = rule instanceof CSSFontFaceRule && /Inter[^}]*U\+0-FF/is.test(rule.cssText);
        const [, file] = latin ? (/url\("?([^")]+)"?\)/.exec(rule.cssText) ?? []) : [];
        return file === undefined ? [] : new URL(file, href ?? document.baseURI);
      }),
    );
    if (url === undefined) return '';
    const response = await fetch(url);
    if (!response.ok) return '';
    const bytes = new Uint8Array(await response.arrayBuffer());
    const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    return `@font-face{font-family:"Inter Variable";font-weight:100 900;src:url(data:font/woff2;base64,${base64})}`;
  } catch {
    return '';
  }
}

/** Numbers in full: what is rounded on the page is not rounded here. */
export function saveCsv(data: FigureData, title: string): void {
  const lines = [data.columns, ...data.rows].map(csvRecord);
  saveText(fileName(title, 'csv'), `${lines.join('\r\n')}\r\n`, 'text/csv');
}

/** px around a saved picture: text at its edges may be set in a wider type elsewhere. */
const PADDING_PX = 16;
const TITLE_PX = 30;

interface Headed {
  readonly title: string;
  /** Rules of CSS. */
  readonly style: string;
}

interface Standalone {
  readonly width: number;
  readonly height: number;
  readonly text: string;
}

/** The drawing as a file of its own, with room around it and, if wanted, its title. */
function standalone(svg: SVGSVGElement, headed: Headed | null): Standalone {
  const drawn = svg.getBoundingClientRect();
  const top = PADDING_PX + (headed === null ? 0 : TITLE_PX);
  const [width, height] = [drawn.width + 2 * PADDING_PX, drawn.height + top + PADDING_PX];
  const copy = svg.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) throw new Error('The picture could not be copied. Try again.');
  copy.setAttribute('viewBox', `${-PADDING_PX} ${-top} ${width} ${height}`);
  copy.setAttribute('width', String(width));
  copy.setAttribute('height', String(height));
  // Of use in the page only.
  for (const part of copy.querySelectorAll('[tabindex]')) part.removeAttribute('tabindex');
  if (headed !== null) copy.append(textOf(headed.title, -TITLE_PX + 8), styleOf(headed.style));
  return { width, height, text: inLightColours(new XMLSerializer().serializeToString(copy), svg) };
}

const SVG = 'http://www.w3.org/2000/svg';

function textOf(title: string, y: number): SVGElement {
  const text = document.createElementNS(SVG, 'text');
  text.textContent = title;
  for (const [name, value] of [
    ['y', String(y)],
    ['text-anchor', 'start'],
    ['font-size', '15'],
    ['font-weight', '650'],
    ['fill', 'currentColor'],
  ] as const)
    text.setAttribute(name, value);
  return text;
}

function styleOf(rules: string): SVGElement {
  const style = document.createElementNS(SVG, 'style');
  style.textContent = rules;
  return style;
}

/** Outside this page the theme's variables mean nothing: their values are written instead, those of the light theme, as on paper. */
function inLightColours(svg: string, drawn: SVGSVGElement): string {
  const root = document.documentElement;
  const scheme = root.getAttribute('data-mantine-color-scheme');
  root.setAttribute('data-mantine-color-scheme', 'light');
  const theme = getComputedStyle(root);
  // Plot has variables of its own, which not every program that reads SVG knows how to follow.
  const own = getComputedStyle(drawn);
  const text = svg.replaceAll(/var\((--[\w-]+)\)/g, (_, name: string) =>
    (theme.getPropertyValue(name) || own.getPropertyValue(name)).trim().replaceAll('"', "'"),
  );
  if (scheme !== null) root.setAttribute('data-mantine-color-scheme', scheme);
  return text;
}
