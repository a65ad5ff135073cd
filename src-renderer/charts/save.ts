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
  saveText(fileName(title, 'svg'), standalone(svg), 'image/svg+xml');
}

/** Rejects when the browser cannot draw the picture, which only a lack of memory brings about. */
export async function savePng(svg: SVGSVGElement, title: string): Promise<void> {
  const { width, height } = svg.getBoundingClientRect();
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(svg))}`;
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

export function saveCsv(data: FigureData, title: string): void {
  const lines = [data.columns, ...data.rows].map((row) => row.map(cell).join(','));
  saveText(fileName(title, 'csv'), `${lines.join('\r\n')}\r\n`, 'text/csv');
}

/** RFC 4180; nothing for null. Numbers in full: what is rounded on the page is not rounded here. */
function cell(value: string | number | null): string {
  if (value === null || (typeof value === 'number' && Number.isNaN(value))) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Outside this page the theme's variables mean nothing: their values are written instead, those of the light theme, as on paper. */
function standalone(svg: SVGSVGElement): string {
  const root = document.documentElement;
  const scheme = root.getAttribute('data-mantine-color-scheme');
  root.setAttribute('data-mantine-color-scheme', 'light');
  const values = getComputedStyle(root);
  const text = new XMLSerializer()
    .serializeToString(svg)
    .replaceAll(/var\((--az-[\w-]+)\)/g, (_, name: string) =>
      values.getPropertyValue(name).trim().replaceAll('"', "'"),
    );
  if (scheme !== null) root.setAttribute('data-mantine-color-scheme', scheme);
  return text;
}
