import { ActionIcon, Button, Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Ellipsis, FileText } from 'lucide-react';
import type { AnalysisInput } from '../../../src-main/contract/analysis.ts';
import { LEXICAL_JUDGES } from '../../../src-main/domain/lexical/judges.ts';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { useCommands } from '../../components/commands.ts';
import { reportMutation, rulesMutation } from '../../queries/analysis.ts';
import classes from './Analysis.module.css';

/** The report as a file, of what the page shows, and judges that are rules and cost nothing. */
export function AnalysisActions({ input }: { readonly input: AnalysisInput }) {
  const { runId } = input;
  const report = useMutation(reportMutation());
  const rules = useMutation(rulesMutation());
  const write = (): void => report.mutate(input);
  useCommands([{ id: 'analysis.report', group: 'Analysis', label: 'Write the report', run: write }]);
  const failed = [
    { mutation: report, what: 'The report was not written.' },
    { mutation: rules, what: 'The rules have not judged.' },
  ].filter(({ mutation }) => mutation.isError);
  return (
    <>
      <Button
        variant="default"
        leftSection={<FileText size={14} aria-hidden />}
        loading={report.isPending}
        onClick={write}
        title="One HTML file with methods, provenance, tables and charts, that opens anywhere"
      >
        Report
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={28} aria-label="Judge by a rule" loading={rules.isPending}>
            <Ellipsis size={15} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>Judge by a rule, at once</Menu.Label>
          {LEXICAL_JUDGES.map((rule) => (
            <Menu.Item key={rule} onClick={() => rules.mutate({ runId, rules: [rule] })}>
              {rule}
            </Menu.Item>
          ))}
          <Menu.Item onClick={() => rules.mutate({ runId, rules: [...LEXICAL_JUDGES] })}>
            All of them
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {failed.length === 0 ? null : (
        <div className={classes['failures']}>
          {failed.map(({ mutation, what }) => (
            <ErrorNote key={what} error={mutation.error} what={what} onDismiss={() => mutation.reset()} />
          ))}
        </div>
      )}
    </>
  );
}
