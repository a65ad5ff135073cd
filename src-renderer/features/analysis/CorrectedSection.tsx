import { Button, Select } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { AnalysisInput } from '../../../src-main/contract/analysis.ts';
import type { RunAnalysis } from '../../../src-main/domain/analysis/run-analysis.ts';
import { CorrectedAccuracy } from '../../components/CorrectedAccuracy.tsx';
import { Section } from '../../components/PageHead.tsx';
import { judgeNames } from '../../lib/judge-names.ts';
import { TransferredSection } from './TransferredSection.tsx';
import { useAnalysisSearch } from './use-analysis.ts';

const FIRST_MARGIN = 3;

/** What the number is worth: the judge's, beside the one that people's labels make of it. */
export function CorrectedSection({
  input,
  analysis,
}: {
  readonly input: AnalysisInput;
  readonly analysis: RunAnalysis;
}) {
  const { search, set } = useAnalysisSearch();
  const [margin, setMargin] = useState(FIRST_MARGIN);
  const refs = analysis.judges.map(({ judge }) => judge);
  const judges = refs.filter(({ kind }) => kind !== 'human');
  const names = judgeNames(refs);
  const judge = judges.find(({ key }) => key === search.corrected) ?? judges[0] ?? null;
  if (judge === null) return null;
  return (
    <Section
      title="Corrected for the judge’s bias"
      note="prediction-powered: the judge on all answers, plus how far people differ from it where they labelled"
      actions={
        <Button
          renderRoot={(props) => <Link to="/analysis/label" search={{ run: input.runId }} {...props} />}
        >
          Label answers
        </Button>
      }
    >
      <Select
        label="Judge"
        data={judges.map(({ key, name }) => ({ value: key, label: names.get(key) ?? name }))}
        value={judge.key}
        onChange={(key) => set({ corrected: key ?? undefined })}
        allowDeselect={false}
        w={340}
      />
      <CorrectedAccuracy input={input} judge={judge.key} marginPoints={margin} onMargin={setMargin} />
      <TransferredSection input={input} judge={judge.key} />
    </Section>
  );
}
