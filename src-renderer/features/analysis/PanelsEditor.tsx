import { ActionIcon, Button, Checkbox, Popover, Select } from '@mantine/core';
import { Users, X } from 'lucide-react';
import { useState } from 'react';
import type { PanelSpec } from '../../../src-main/domain/analysis/options.ts';
import type { RunAnalysis } from '../../../src-main/domain/analysis/run-analysis.ts';
import { judgeNames, type JudgeNames } from '../../lib/judge-names.ts';
import { PANEL_KINDS, panelsOf, panelText } from './panels.ts';
import { useAnalysisSearch } from './use-analysis.ts';
import classes from './Analysis.module.css';

/** Several judges as one, worked out from verdicts that are there; each panel is a judge of everything on the page. */
export function PanelsEditor({ analysis }: { readonly analysis: RunAnalysis }) {
  const { search, set } = useAnalysisSearch();
  const panels = panelsOf(search.panel);
  const members = analysis.judges.map(({ judge }) => judge).filter(({ kind }) => kind !== 'panel');
  const names = judgeNames(members);
  const change = (next: readonly PanelSpec[]): void =>
    set({ panel: next.length === 0 ? undefined : next.map((panel) => panelText(panel)) });
  if (members.length < 2) return null;
  return (
    <div className={classes['panels']} role="group" aria-label="Panels">
      {panels.map((panel) => (
        <span key={panelText(panel)} className={classes['chip']}>
          {PANEL_KINDS.find(({ kind }) => kind === panel.kind)?.name} of{' '}
          {panel.members.map((key) => names.get(key) ?? key).join(' + ')}
          <ActionIcon
            size={18}
            aria-label={`Remove the ${panel.kind} panel of ${panel.members.length}`}
            onClick={() => change(panels.filter((other) => panelText(other) !== panelText(panel)))}
          >
            <X size={12} aria-hidden />
          </ActionIcon>
        </span>
      ))}
      <AddPanel names={names} onAdd={(panel) => change([...panels, panel])} />
    </div>
  );
}

function AddPanel({
  names,
  onAdd,
}: {
  readonly names: JudgeNames;
  readonly onAdd: (panel: PanelSpec) => void;
}) {
  const [open, setOpen] = useState(false);
  const [kind, setKind] = useState<PanelSpec['kind']>('majority');
  const [members, setMembers] = useState<readonly string[]>([]);
  const chosen = PANEL_KINDS.find((each) => each.kind === kind);
  const least = chosen?.least ?? 2;
  const add = (): void => {
    onAdd({ kind, members, weights: null });
    setMembers([]);
    setOpen(false);
  };
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" width={380} trapFocus>
      <Popover.Target>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<Users size={13} aria-hidden />}
          onClick={() => setOpen(!open)}
        >
          Several judges as one
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes['stack'] ?? ''}>
        <Select
          label="Together by"
          data={PANEL_KINDS.map((each) => ({ value: each.kind, label: each.name }))}
          value={kind}
          onChange={(value) => setKind(PANEL_KINDS.find((each) => each.kind === value)?.kind ?? 'majority')}
          allowDeselect={false}
          comboboxProps={{ withinPortal: false }}
        />
        <p className="az-dim">{chosen?.what}</p>
        <Checkbox.Group
          label={kind === 'cascade' ? 'Three members, heard in the order they are ticked' : 'Members'}
          value={[...members]}
          onChange={setMembers}
        >
          <div className={classes['ticks']}>
            {[...names].map(([value, label]) => (
              <Checkbox
                key={value}
                size="xs"
                value={value}
                label={
                  kind === 'cascade' && members.includes(value)
                    ? `${label} (${members.indexOf(value) + 1})`
                    : label
                }
              />
            ))}
          </div>
        </Checkbox.Group>
        <div>
          <Button
            disabled={members.length < least || (kind === 'cascade' && members.length > 3)}
            onClick={add}
          >
            Add the panel
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
