import { Button } from '@mantine/core';
import type { Progress } from '../../src-main/domain/import.ts';
import { formatSeconds } from '../lib/format.ts';
import classes from './ProgressLine.module.css';

export interface ProgressLineProps {
  readonly label: string;
  readonly progress: Progress | null;
  /** How done and total are written: formatBytes, formatCount. */
  readonly format: (value: number) => string;
  readonly onCancel?: () => void;
  /** Acknowledged, not yet stopped. */
  readonly cancelling?: boolean;
}

const amount = ({ done, total }: Progress, format: (value: number) => string): string =>
  total === null ? (done === 0 ? '' : format(done)) : `${format(done)} of ${format(total)}`;

/** Long work: what, how far, how long still, and a way out. */
export function ProgressLine({ label, progress, format, onCancel, cancelling = false }: ProgressLineProps) {
  const total = progress?.total ?? null;
  const share =
    progress === null || total === null || total === 0 ? null : Math.min(1, progress.done / total);
  const step = progress?.step;
  const eta = progress?.etaSeconds ?? null;
  return (
    <div className={classes['root']}>
      <div className={classes['words']}>
        <span className="az-clip">{step === undefined || step === '' ? label : step}</span>
        <span className={classes['numbers']}>
          {progress === null ? null : amount(progress, format)}
          {eta === null ? null : `, about ${formatSeconds(eta)} left`}
        </span>
        {onCancel === undefined ? null : (
          <Button
            variant="default"
            onClick={onCancel}
            disabled={cancelling}
            className={classes['cancel'] ?? ''}
          >
            {cancelling ? 'Cancelling…' : 'Cancel'}
          </Button>
        )}
      </div>
      <div
        className={classes['track']}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(share === null ? {} : { 'aria-valuenow': Math.round(share * 100) })}
        data-indeterminate={share === null}
      >
        <div className={classes['fill']} style={{ inlineSize: share === null ? '30%' : `${share * 100}%` }} />
      </div>
    </div>
  );
}
