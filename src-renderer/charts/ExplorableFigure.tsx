import type { RenderFunction } from '@observablehq/plot';
import { type KeyboardEvent, type ReactNode, type SyntheticEvent, useRef, useState } from 'react';
import { Figure, type FigureProps } from './Figure.tsx';
import classes from './Figure.module.css';

export interface ExplorableFigureProps extends FigureProps {
  /** What each part says when it is reached, in the order of the mark's data. */
  readonly parts: readonly string[];
  /** What stands beside the part that is pointed at or has the focus. */
  readonly renderDetail: (index: number) => ReactNode;
}

/** For the `render` option of one mark: makes its shapes reachable, one tab stop for all of them and arrow keys between. */
export function explorable(parts: readonly string[]): RenderFunction {
  return (index, scales, values, dimensions, context, next) => {
    const group = next?.(index, scales, values, dimensions, context) ?? null;
    index.forEach((at, i) => {
      const shape = group?.children[i];
      if (shape === undefined) return;
      shape.setAttribute('data-part', String(at));
      shape.setAttribute('tabindex', i === 0 ? '0' : '-1');
      shape.setAttribute('role', 'img');
      shape.setAttribute('aria-label', parts[at] ?? '');
    });
    return group;
  };
}

interface Pointed {
  readonly index: number;
  /** px from the figure's corner: the middle of the part's lower edge. */
  readonly x: number;
  readonly y: number;
}

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** A figure whose parts say what they are: under the pointer, and by keys. */
export function ExplorableFigure({ parts, renderDetail, ...figure }: ExplorableFigureProps) {
  const root = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const point = (event: SyntheticEvent): void => setPointed(pointedAt(event.target, root.current));
  const leave = (): void => setPointed(null);
  const move = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') leave();
    const shapes = [...(root.current?.querySelectorAll<SVGElement>('[data-part]') ?? [])];
    const now = shapes.findIndex((shape) => shape === event.target);
    const step = STEPS[event.key];
    const next = event.key === 'Home' ? 0 : event.key === 'End' ? shapes.length - 1 : now + (step ?? 0);
    if (now === -1 || next === now || shapes[next] === undefined) return;
    event.preventDefault();
    shapes[now]?.setAttribute('tabindex', '-1');
    shapes[next].setAttribute('tabindex', '0');
    shapes[next].focus();
  };
  const shown = pointed !== null && pointed.index < parts.length;
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- the parts inside are what is reached
    <div
      ref={root}
      className={classes['explorable']}
      onPointerOver={point}
      onPointerLeave={leave}
      onFocus={point}
      onBlur={leave}
      onKeyDown={move}
    >
      <Figure {...figure} explorable />
      {shown ? (
        <div
          className={classes['detail']}
          aria-hidden
          style={{ insetInlineStart: pointed.x, insetBlockStart: pointed.y }}
        >
          {renderDetail(pointed.index)}
        </div>
      ) : null}
    </div>
  );
}

function pointedAt(target: EventTarget, root: HTMLElement | null): Pointed | null {
  const shape = target instanceof Element ? target.closest('[data-part]') : null;
  if (shape === null || root === null) return null;
  const [at, around] = [shape.getBoundingClientRect(), root.getBoundingClientRect()];
  // The detail is at most so wide; it must not leave the page at the right.
  const x = Math.min((at.left + at.right) / 2 - around.left, Math.max(0, around.width - DETAIL_PX));
  return { index: Number(shape.getAttribute('data-part')), x, y: at.bottom - around.top + 6 };
}

/** As in Figure.module.css. */
const DETAIL_PX = 320;
