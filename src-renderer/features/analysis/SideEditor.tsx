import { ActionIcon, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { RunSelect } from '../../components/RunSelect.tsx';
import { formatCount } from '../../lib/format.ts';
import { judgeNames } from '../../lib/judge-names.ts';
import { analysisQuery } from '../../queries/analysis.ts';
import type { Side } from './sides.ts';
import classes from './Compare.module.css';

interface SideEditorProps {
  readonly letter: string;
  readonly side: Side;
  readonly onChange: (side: Side) => void;
  /** Left out where there must be two. */
  readonly onRemove: (() => void) | null;
}

/** A run, one of its judges, and where several models answered, one of them. */
export function SideEditor({ letter, side, onChange, onRemove }: SideEditorProps) {
  const analysis = useQuery(analysisQuery({ runId: side.runId })).data;
  const judges = analysis?.judges.map(({ judge }) => judge) ?? [];
  const names = judgeNames(judges);
  const systems = analysis?.columns.find(({ name }) => name === 'system')?.groups ?? [];
  return (
    <div className={classes['side']} role="group" aria-label={`Side ${letter}`}>
      <span className={classes['letter']}>{letter}</span>
      <RunSelect
        runId={side.runId}
        width={320}
        onChange={(runId) => onChange({ runId, judge: null, system: null })}
      />
      <Select
        aria-label="Judge"
        placeholder="Its first judge"
        data={judges.map(({ key, name }) => ({ value: key, label: names.get(key) ?? name }))}
        value={side.judge}
        onChange={(judge) => onChange({ ...side, judge })}
        clearable
        w={300}
      />
      {systems.length < 2 ? null : (
        <Select
          aria-label="Answers of"
          placeholder="Every model"
          data={systems.map(({ value, answers }) => ({ value, label: `${value} (${formatCount(answers)})` }))}
          value={side.system}
          onChange={(system) => onChange({ ...side, system })}
          clearable
          w={180}
        />
      )}
      {onRemove === null ? null : (
        <ActionIcon aria-label={`Remove side ${letter}`} onClick={onRemove}>
          <X size={14} aria-hidden />
        </ActionIcon>
      )}
    </div>
  );
}
