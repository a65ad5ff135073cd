import { ActionIcon, Menu } from '@mantine/core';
import * as Plot from '@observablehq/plot';
import { Download } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { ErrorNote } from '../components/ErrorNote.tsx';
import { styleNonce } from '../lib/nonce.ts';
import { useWidth } from '../lib/use-width.ts';
import { type FigureData, saveCsv, savePng, saveSvg } from './save.ts';
import classes from './Figure.module.css';

export interface FigureProps {
  /** What it shows, in a few words: stands over it and names the saved files. */
  readonly title: string;
  /** What there is to see, with its numbers: stands under it, and is read out instead of the drawing. */
  readonly summary: string;
  /** The numbers behind it, for the CSV. */
  readonly data: FigureData;
  readonly height?: number;
  /** Its parts can be reached and say what they are (ExplorableFigure): it is a group then, and not one image. */
  readonly explorable?: boolean;
  /** Keep it stable (useMemo): new options draw anew. Colours are theme.css's variables: "var(--az-accent)". */
  readonly options: Plot.PlotOptions;
}

/** A statistical figure by Observable Plot in the theme's colours and the width there is; saved as SVG or PNG for a paper, or as its data. */
export function Figure({ title, summary, data, height = 240, options, explorable = false }: FigureProps) {
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    if (holder.current === null || width === null) return;
    const drawn = Plot.plot({
      width,
      height,
      ...withAxisTitle(options),
      style: {
        background: 'transparent',
        color: 'var(--az-text)',
        fontFamily: 'var(--az-font)',
        fontSize: '12px',
      },
    });
    // Plot brings its style as an element: the page's policy takes it only under the nonce, given before it is in the page.
    for (const style of drawn.querySelectorAll('style')) style.nonce = styleNonce();
    // The drawing has one name; names inside of it are on elements that may not have one, but for the parts that can be reached.
    for (const part of drawn.querySelectorAll('[aria-label]:not([data-part])'))
      part.removeAttribute('aria-label');
    holder.current.replaceChildren(drawn);
  }, [width, height, options]);
  const save = (how: (svg: SVGSVGElement) => void | Promise<void>): void => {
    const svg = holder.current?.querySelector('svg') ?? null;
    if (svg === null) return;
    setFailure(null);
    void Promise.resolve(how(svg)).catch(setFailure);
  };
  return (
    <figure className={classes['root']} aria-label={title}>
      <div className={classes['head']}>
        <h3 className={classes['title']}>{title}</h3>
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon aria-label={`Save “${title}”`} size={22}>
              <Download size={13} aria-hidden />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => save((svg) => saveSvg(svg, title))}>SVG, for a paper</Menu.Item>
            <Menu.Item onClick={() => save((svg) => savePng(svg, title))}>PNG</Menu.Item>
            <Menu.Item onClick={() => saveCsv(data, title)}>Its data as CSV</Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      <div
        ref={holder}
        className={classes['drawing']}
        style={{ minBlockSize: height }}
        role={explorable ? 'group' : 'img'}
        aria-label={`${title}: ${summary}`}
      />
      <figcaption className={classes['caption']}>{summary}</figcaption>
      {failure === null ? null : (
        <ErrorNote error={failure} what="The figure was not saved." onDismiss={() => setFailure(null)} />
      )}
    </figure>
  );
}

/** Plot sets the title of the x axis on the drawing's very edge, where what hangs under its line is cut. */
function withAxisTitle(options: Plot.PlotOptions): Plot.PlotOptions {
  if (options.x?.label === undefined || options.marginBottom === undefined) return options;
  return { ...options, x: { ...options.x, labelOffset: options.marginBottom - 6 } };
}

/** Figures side by side where there is room for two. */
export function FigureGrid({ children }: { readonly children: ReactNode }) {
  return <div className={classes['grid']}>{children}</div>;
}
