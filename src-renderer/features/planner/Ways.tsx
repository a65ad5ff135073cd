import { Button } from '@mantine/core';
import type { PlanChange } from '../../../src-main/domain/planning/changes.ts';
import { shortageSentence, type Fix } from '../../../src-main/domain/planning/fixes.ts';
import { FitBadge } from '../../components/FitBadge.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatPlural } from '../../lib/format.ts';
import classes from './Planner.module.css';
import type { PlanViewProps } from './PlanView.tsx';

const COSTS: Readonly<Record<Fix['costs'], string>> = {
  nothing: 'costs nothing',
  speed: 'costs speed',
  length: 'costs length',
  quality: 'costs quality',
  money: 'costs money',
};

/** What breaks the plan, and the cheapest ways out, each planned again and applied by a click. */
export function Ways({ planned, waysOut, wanted, onChanges, onSchedule, onBox }: PlanViewProps) {
  const { changes } = wanted;
  if (waysOut === null) return null;
  const { shortages, fixes, best } = waysOut;
  const apply = (added: readonly PlanChange[]): void => {
    const rest = added.filter(({ kind }) => kind !== 'schedule' && kind !== 'box');
    for (const change of added) {
      if (change.kind === 'schedule') onSchedule(change.schedule);
      if (change.kind === 'box') onBox(change.box);
    }
    if (rest.length > 0) onChanges([...changes, ...rest]);
  };
  const nameOf = (slot: string): string =>
    planned.plan.phases.find(({ modelId }) => modelId === slot)?.modelName ?? slot;
  const better = best.filter(
    ({ modelId, recipe, atHand }) =>
      atHand &&
      !nameOf(modelId).includes(recipe) &&
      !fixes.some(({ changes: [first] }) => first?.kind === 'quantization' && first.recipe === recipe),
  );
  const smaller = smallerFiles(fixes);
  if (shortages.length === 0 && fixes.length === 0 && better.length === 0) return null;
  return (
    <Section title="Ways out" note="cheapest first; each was planned again and fits">
      {shortages.map((shortage) => (
        <p key={`${shortage.modelId} ${shortage.deviceId}`}>
          {shortage.deviceId === 'host' ? '' : 'Whole on the cards: '}
          {shortageSentence(shortage)}
        </p>
      ))}
      <ul className={classes['fixes']}>
        {fixes
          .filter((fix) => !smaller.includes(fix))
          .map((fix) => (
            <FixLine key={fix.sentence} fix={fix} onApply={() => apply(fix.changes)} />
          ))}
        {better.map(({ modelId, recipe, note }) => (
          <li key={modelId}>
            <Button
              variant="default"
              size="compact-sm"
              onClick={() => apply([{ kind: 'quantization', modelId, recipe }])}
            >
              Apply
            </Button>
            <span>
              The best quantization of {nameOf(modelId)} that fits whole is {recipe}, a file at hand.
              {note === null ? null : ` ${note}`}
            </span>
          </li>
        ))}
      </ul>
      {smaller.length === 0 ? null : (
        <details>
          <summary>{formatPlural(smaller.length, 'smaller file')} that would fit, too</summary>
          <ul className={classes['fixes']}>
            {smaller.map((fix) => (
              <FixLine key={fix.sentence} fix={fix} onApply={() => apply(fix.changes)} />
            ))}
          </ul>
        </details>
      )}
    </Section>
  );
}

function FixLine({ fix, onApply }: { readonly fix: Fix; readonly onApply: () => void }) {
  return (
    <li>
      <Button variant="default" size="compact-sm" onClick={onApply}>
        Apply
      </Button>
      <FitBadge verdict={fix.plan.verdict} />
      <span>
        {fix.sentence} <em className="az-dim">{COSTS[fix.costs]}</em>
      </span>
    </li>
  );
}

/** Steps down the ladder behind the first that fits: whoever takes the first needs none of them. */
function smallerFiles(fixes: readonly Fix[]): Fix[] {
  const seen = new Set<string>();
  return fixes.filter(({ changes: [first, ...rest] }) => {
    if (first?.kind !== 'quantization' || rest.length > 0) return false;
    const again = seen.has(first.modelId);
    seen.add(first.modelId);
    return again;
  });
}
