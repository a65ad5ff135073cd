import { ActionIcon, Tooltip } from '@mantine/core';
import * as Plot from '@observablehq/plot';
import { Download } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { styleNonce } from '../lib/nonce.ts';
import { useWidth } from '../lib/use-width.ts';
import classes from './Figure.module.css';

export interface FigureProps {
  /** What it shows, in a sentence: read out instead of the drawing, and the name of the saved file. */
  readonly label: string;
  readonly height?: number;
  /** Keep it stable (useMemo): new options draw anew. Colours are theme.css's variables: "var(--az-accent)". */
  readonly options: Plot.PlotOptions;
}

/** A statistical figure by Observable Plot in the theme's colours and the width there is; it can be saved as SVG for a paper. */
export function Figure({ label, height = 240, options }: FigureProps) {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  useEffect(() => {
    if (holder.current === null || width === null) return;
    const drawn = Plot.plot({
      width,
      height,
      ...options,
      style: {
        background: 'transparent',
        color: 'var(--az-text)',
        fontFamily: 'var(--az-font)',
        fontSize: '12px',
      },
    });
    // Plot brings its style as an element: the page's policy takes it only under the nonce, given before it is in the page.
    for (const style of drawn.querySelectorAll('style')) style.nonce = styleNonce();
    // The drawing is one image with one name; names inside of it are on elements that may not have one.
    for (const part of drawn.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
    holder.current.replaceChildren(drawn);
  }, [width, height, options]);
  return (
    <figure className={classes['root']} aria-label={label}>
      <div
        ref={holder}
        className={classes['drawing']}
        style={{ minBlockSize: height }}
        role="img"
        aria-label={label}
      />
      <Tooltip label="Save as SVG">
        <ActionIcon
          className={classes['save'] ?? ''}
          aria-label={`Save “${label}” as SVG`}
          size={22}
          onClick={() => saveSvg(holder.current, label)}
        >
          <Download size={13} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </figure>
  );
}

function saveSvg(holder: HTMLElement | null, label: string): void {
  const svg = holder?.querySelector('svg') ?? null;
  if (svg === null) return;
  // Outside this page the theme's variables mean nothing: their values are written instead.
  const root = getComputedStyle(document.documentElement);
  const text = new XMLSerializer()
    .serializeToString(svg)
    .replaceAll(/var\((--[\w-]+)\)/g, (_, name: string) => root.getPropertyValue(name).trim());
  const address = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  const anchor = document.createElement('a');
  anchor.href = address;
  anchor.download = `${label.replaceAll(/[^\p{L}\p{N}]+/gu, '-').slice(0, 80)}.svg`;
  anchor.click();
  URL.revokeObjectURL(address);
}
