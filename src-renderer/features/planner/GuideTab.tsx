import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import {
  guideHtml,
  guideJson,
  guideMarkdown,
  type CheckedClaim,
  type ClaimVerdict,
  type Guide,
  type GuideTable,
} from '../../../src-main/domain/planning/guide.ts';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatDateTime } from '../../lib/format.ts';
import { saveText } from '../../lib/save-text.ts';
import { compact } from '../../lib/search-params.ts';
import { datasetsQuery } from '../../queries/datasets.ts';
import { guideQuery } from '../../queries/planning.ts';
import { useModelChoices } from './choices.ts';
import { ModelsField } from './ModelField.tsx';
import { Busy } from './Busy.tsx';
import classes from './Planner.module.css';

const route = getRouteApi('/plan');

/** The guide that this workbench grew from, computed: its claims beside the figures, or the same sections for other models. */
export function GuideTab() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const choices = useModelChoices();
  const datasets = useQuery(datasetsQuery()).data ?? [];
  const guide = useQuery(guideQuery(search.models ?? null, search.dataset ?? null));
  const names = [...new Set(datasets.map(({ name }) => name))];
  return (
    <div className={classes['guide']}>
      <div className={classes['bar']}>
        <div className={classes['wide']}>
          <ModelsField
            label="Models (none: those of the guide, with its claims checked)"
            value={search.models ?? []}
            choices={choices}
            onChange={(models) =>
              void navigate({
                search: (before) => compact({ ...before, models: models.length === 0 ? undefined : models }),
                replace: true,
              })
            }
          />
        </div>
        <Select
          label="Dataset"
          data={[{ value: '', label: 'a usual one' }, ...names.map((name) => ({ value: name, label: name }))]}
          value={search.dataset ?? ''}
          allowDeselect={false}
          onChange={(dataset) =>
            void navigate({
              search: (before) =>
                compact({ ...before, dataset: dataset === null || dataset === '' ? undefined : dataset }),
              replace: true,
            })
          }
        />
        {guide.data === undefined ? null : <SaveButtons guide={guide.data} />}
      </div>
      {guide.error === null ? null : (
        <ErrorNote
          error={guide.error}
          what="The guide could not be computed."
          onRetry={() => void guide.refetch()}
        />
      )}
      {guide.data === undefined ? (
        guide.error === null && <Busy>Computing the guide…</Busy>
      ) : (
        <GuideView guide={guide.data} />
      )}
    </div>
  );
}

function SaveButtons({ guide }: { readonly guide: Guide }) {
  return (
    <div className={classes['buttons']}>
      <Button.Group>
        <Button variant="default" onClick={() => saveText('guide.md', guideMarkdown(guide), 'text/markdown')}>
          Markdown
        </Button>
        <Button variant="default" onClick={() => saveText('guide.html', guideHtml(guide), 'text/html')}>
          HTML
        </Button>
        <Button
          variant="default"
          onClick={() => saveText('guide.json', guideJson(guide), 'application/json')}
        >
          JSON
        </Button>
      </Button.Group>
    </div>
  );
}

function GuideView({ guide }: { readonly guide: Guide }) {
  return (
    <>
      <p className="az-dim">
        Computed {formatDateTime(guide.at)}. {guide.assumptions.join(' ')}
      </p>
      <Contents guide={guide} />
      {guide.claims.length === 0 ? null : <Claims guide={guide} />}
      {guide.sections.map(({ id, title, paragraphs, tables }) => (
        <div key={id} id={partId(id)} tabIndex={-1} className={classes['part']}>
          <Section title={title}>
            {paragraphs.map((paragraph) => (
              <p key={paragraph}>{paragraph}</p>
            ))}
            {tables
              .filter(({ rows }) => rows.length > 0)
              .map((table) => (
                <ComputedTable key={table.id} table={table} />
              ))}
          </Section>
        </div>
      ))}
    </>
  );
}

const partId = (id: string): string => `guide-${id}`;

/** Ways to the sections: a hundred claims stand before them. */
function Contents({ guide: { sections } }: { readonly guide: Guide }) {
  const goTo = (id: string): void => {
    const part = document.getElementById(partId(id));
    part?.scrollIntoView();
    part?.focus({ preventScroll: true });
  };
  return (
    <nav aria-label="Sections of the guide" className={classes['cards']}>
      {sections.map(({ id, title }) => (
        <Button key={id} variant="default" size="compact-xs" onClick={() => goTo(id)}>
          {title}
        </Button>
      ))}
    </nav>
  );
}

function ComputedTable({ table }: { readonly table: GuideTable }) {
  return (
    <div className={classes['scroll']}>
      <table className={classes['table']}>
        <caption>{table.caption}</caption>
        <thead>
          <tr>
            {table.columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, r) => (
            // oxlint-disable-next-line react/no-array-index-key -- rows of a computed table have no other name
            <tr key={r}>
              {row.map((cell, c) =>
                c === 0 ? (
                  // oxlint-disable-next-line react/no-array-index-key -- columns are told apart by their place
                  <th key={c} scope="row">
                    {cell.text}
                  </th>
                ) : (
                  // oxlint-disable-next-line react/no-array-index-key -- columns are told apart by their place
                  <td key={c} data-verdict={cell.verdict}>
                    {cell.text}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const VERDICTS: readonly ClaimVerdict[] = ['wrong', 'partly', 'right', 'not checkable'];
const MARKS: Readonly<Record<ClaimVerdict, string>> = {
  right: '✓ right',
  wrong: '✗ wrong',
  partly: '~ partly',
  'not checkable': '– not checkable',
};

function Claims({ guide: { claims, counts } }: { readonly guide: Guide }) {
  const [shown, setShown] = useState<ClaimVerdict | 'all'>('all');
  const list = shown === 'all' ? claims : claims.filter(({ verdict }) => verdict === shown);
  return (
    <Section
      title="What the guide claims, beside what is computed"
      note={`${claims.length} claims: ${counts.right} right, ${counts.partly} partly, ${counts.wrong} wrong, ${counts['not checkable']} not checkable`}
      actions={
        <Select
          aria-label="Claims shown"
          data={[
            { value: 'all', label: 'all claims' },
            ...VERDICTS.map((v) => ({ value: v, label: MARKS[v] })),
          ]}
          value={shown}
          allowDeselect={false}
          onChange={(value) => setShown(VERDICTS.find((v) => v === value) ?? 'all')}
          w={160}
        />
      }
    >
      <div className={classes['scroll']}>
        <table className={classes['table']}>
          <caption>Claims of the guide, and what is computed for the same question</caption>
          <thead>
            <tr>
              <th scope="col">Section</th>
              <th scope="col">The guide says</th>
              <th scope="col">Computed</th>
              <th scope="col">Verdict</th>
              <th scope="col">Because</th>
            </tr>
          </thead>
          <tbody>
            {list.map((claim) => (
              <ClaimRow key={claim.id} claim={claim} />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function ClaimRow({ claim }: { readonly claim: CheckedClaim }) {
  return (
    <tr>
      <td className="az-dim">{claim.section}</td>
      <th scope="row" className={classes['quote']}>
        {claim.quote}
      </th>
      <td>{claim.figure}</td>
      <td data-verdict={claim.verdict} className={classes['nowrap']}>
        {MARKS[claim.verdict]}
      </td>
      <td className="az-dim">{claim.because}</td>
    </tr>
  );
}
