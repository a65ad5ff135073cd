import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Rows2, Rows3 } from 'lucide-react';
import { useCallback } from 'react';
import type { RunCounts } from '../../../src-main/domain/run.ts';
import { PageHead } from '../../components/PageHead.tsx';
import { RunSelect } from '../../components/RunSelect.tsx';
import { SearchInput } from '../../components/SearchInput.tsx';
import { formatCount } from '../../lib/format.ts';
import { textParam } from '../../lib/search-params.ts';
import { answersCountQuery, type AnswerFilter } from '../../queries/answers.ts';
import { isFiltered } from './filter.ts';
import { FilterBar } from './FilterBar.tsx';
import { HeadScores } from './HeadScores.tsx';
import type { AnswersSearch, ChangeSearch } from './search.ts';
import classes from './Answers.module.css';

interface AnswersHeadProps {
  readonly runId: number;
  readonly counts: RunCounts | null;
  readonly filter: AnswerFilter;
  readonly search: AnswersSearch;
  readonly change: ChangeSearch;
}

/** Title, scores, search and filters over the table of answers. */
export function AnswersHead({ runId, counts, filter, search, change }: AnswersHeadProps) {
  const onSearch = useCallback((q: string) => change({ q: textParam(q) }, true), [change]);
  return (
    <PageHead
      title="Answers"
      facts={counts === null ? null : <HeadScores runId={runId} counts={counts} />}
      actions={
        <>
          <RunSelect
            runId={runId}
            width={220}
            onChange={(next) => change({ run: next, row: undefined, v: undefined, sort: undefined })}
          />
          <Button
            variant="default"
            renderRoot={(props) => <Link to="/runs/$runId" params={{ runId }} {...props} />}
          >
            The run
          </Button>
        </>
      }
    >
      <SearchInput
        label="Search question, gold, answer"
        value={search.q ?? ''}
        onChange={onSearch}
        width={230}
      />
      <FilterBar counts={counts} search={search} onChange={change} />
      <Count filter={filter} total={counts === null ? null : counts.answers} />
      <Tooltip label={search.tall === true ? 'Rows of one line (t)' : 'Rows of three lines (t)'}>
        <ActionIcon
          aria-label="Rows of three lines"
          aria-pressed={search.tall === true}
          variant={search.tall === true ? 'light' : 'subtle'}
          onClick={() => change({ tall: search.tall === true ? undefined : true }, true)}
        >
          {search.tall === true ? <Rows2 size={15} aria-hidden /> : <Rows3 size={15} aria-hidden />}
        </ActionIcon>
      </Tooltip>
    </PageHead>
  );
}

function Count({ filter, total }: { readonly filter: AnswerFilter; readonly total: number | null }) {
  const filtered = isFiltered(filter);
  const counted = useQuery({ ...answersCountQuery(filter), enabled: filtered });
  if (total === null) return null;
  const all = formatCount(total);
  const found = counted.data;
  return (
    <span className={classes['count']} role="status">
      {filtered && found !== undefined
        ? `${formatCount(found.count)}${found.capped ? '+' : ''} of ${all} answers`
        : `${all} answers`}
    </span>
  );
}
