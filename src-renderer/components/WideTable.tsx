import { type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import classes from './WideTable.module.css';

/** A table of numbers in a box of its own: where the page is narrower, the box scrolls, by key too, and the first column stays. */
export function WideTable({
  label,
  className,
  children,
}: {
  /** What its rows are: "Accuracy with its denominators". */
  readonly label: string;
  readonly className: string | undefined;
  readonly children: ReactNode;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [scrolls, setScrolls] = useState(false);
  useLayoutEffect(() => {
    const element = box.current;
    const table = element?.firstElementChild ?? null;
    if (element === null || table === null) return undefined;
    const observer = new ResizeObserver(() => setScrolls(element.scrollWidth > element.clientWidth));
    observer.observe(element);
    observer.observe(table);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={box} className={classes['box']} data-scrolls={scrolls} tabIndex={scrolls ? 0 : undefined}>
      <table className={className} aria-label={label}>
        {children}
      </table>
    </div>
  );
}
