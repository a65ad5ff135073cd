import { MultiSelect, NumberInput, SegmentedControl, TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { Matrix } from '../../../src-main/contract/planning.ts';
import { cellText, type FitCell } from '../../../src-main/domain/planning/matrix.ts';
import { ErrorNote, Note } from '../../components/ErrorNote.tsx';
import { Section } from '../../components/PageHead.tsx';
import { formatBytes, formatCount, formatMib } from '../../lib/format.ts';
import { compact } from '../../lib/search-params.ts';
import { matrixQuery, plannerTablesQuery } from '../../queries/planning.ts';
import { useModelChoices } from './choices.ts';
import { FitFigure, MARKS } from './FitFigure.tsx';
import { groupsOf } from './matrix-rows.ts';
import { ModelsField } from './ModelField.tsx';
import { Busy } from './Busy.tsx';
import classes from './Planner.module.css';
import type { PlanPatch } from './search.ts';

const route = getRouteApi('/plan');

const THIS = 'this machine';
const TIERS = [THIS, 'RTX 4060', 'RTX 4090', 'A100 40GB', 'A100 80GB', '2x A100 40GB', '2x A100 80GB'];
const RECIPES = ['F16', 'Q8_0', 'Q4_K_M'];
/** More at once than anybody compares. */
const FIRST_MODELS = 6;

/** Models × quantizations × machines: yes, tight or no, by how much, and how many layers otherwise. */
export function MatrixTab() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const choices = useModelChoices();
  const tables = useQuery(plannerTablesQuery());
  const set = (part: PlanPatch): void =>
    void navigate({ search: (before) => compact({ ...before, ...part }), replace: true });
  const models = useMemo(
    () => search.models ?? choices.models.slice(0, FIRST_MODELS),
    [search.models, choices.models],
  );
  const boxes = search.boxes ?? TIERS;
  const recipes = search.recipes ?? RECIPES;
  const asked = boxes.map((box) => (box === THIS ? null : box));
  const matrix = useQuery(matrixQuery({ models, boxes: asked, recipes, context: search.context ?? null }));
  return (
    <>
      <div className={classes['bar']}>
        <div className={classes['wide']}>
          <ModelsField
            label="Models"
            value={models}
            choices={choices}
            onChange={(next) => set({ models: next })}
          />
        </div>
        <MultiSelect
          label="Quantizations beside the file’s own"
          data={[...(tables.data?.recipes ?? RECIPES)]}
          value={recipes}
          onChange={(next) => set({ recipes: next })}
        />
        <TagsInput
          className={classes['wide']}
          label="Machines"
          data={[
            ...new Set([
              ...TIERS,
              ...(tables.data?.boxes ?? []),
              ...(tables.data?.cards ?? []).map((c) => c.name),
            ]),
          ]}
          value={boxes}
          onChange={(next) => set({ boxes: next })}
          placeholder="2x RTX 4090, 24GB, cpu"
        />
      </div>
      {matrix.error === null ? null : (
        <ErrorNote error={matrix.error} what="The matrix could not be computed." />
      )}
      {matrix.data?.problems.map((problem) => (
        <Note key={problem} tone="error">
          {problem}
        </Note>
      ))}
      {matrix.data === undefined ? (
        matrix.error === null && <Busy>Computing…</Busy>
      ) : (
        <MatrixSection
          matrix={matrix.data}
          view={search.view ?? 'table'}
          context={search.context}
          onSet={set}
        />
      )}
    </>
  );
}

interface MatrixSectionProps {
  readonly matrix: Matrix;
  readonly view: 'table' | 'picture';
  readonly context: number | undefined;
  readonly onSet: (part: PlanPatch) => void;
}

function MatrixSection({ matrix, view, context, onSet }: MatrixSectionProps) {
  return (
    <Section
      title="Matrix"
      note="● yes: whole on the cards, ◐ tight: hardly, ○ no"
      actions={
        <div className={classes['views']}>
          <span className={classes['label']} id="matrix-context">
            Context, tokens
          </span>
          <NumberInput
            aria-labelledby="matrix-context"
            w={110}
            min={256}
            max={1_048_576}
            step={1024}
            allowNegative={false}
            allowDecimal={false}
            thousandSeparator=","
            value={context ?? ''}
            placeholder={formatCount(matrix.contextPerSequence)}
            onChange={(value) =>
              onSet({ context: typeof value === 'number' && value > 0 ? value : undefined })
            }
          />
          <SegmentedControl
            aria-label="How the matrix is shown"
            data={[
              { value: 'table', label: 'Table' },
              { value: 'picture', label: 'Picture' },
            ]}
            value={view}
            onChange={(next) => onSet({ view: next === 'picture' ? 'picture' : undefined })}
          />
        </div>
      }
    >
      {view === 'picture' ? <FitFigure matrix={matrix} /> : <MatrixTable matrix={matrix} />}
    </Section>
  );
}

function MatrixTable({ matrix }: { readonly matrix: Matrix }) {
  return (
    // Wider with every machine: it is scrolled by keys too.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls
    <div className={classes['scroll']} role="region" aria-label="Matrix of models and machines" tabIndex={0}>
      <table className={`${classes['table']} ${classes['dense']}`}>
        <caption>
          Whole on the cards with one sequence of {formatCount(matrix.contextPerSequence)} tokens; the number
          is what is left on the fullest card, or missing there, MiB. Files that are not at hand are sized by
          the rules of llama.cpp’s quantizer
        </caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Quantization</th>
            <th scope="col" className="az-num">
              File
            </th>
            {matrix.boxes.map((box) => (
              <th key={box} scope="col" className="az-num">
                {box}
              </th>
            ))}
          </tr>
        </thead>
        {groupsOf(matrix).map(({ model, rows }) => (
          <tbody key={model}>
            {rows.map((row, i) => (
              <tr key={row.recipe}>
                {i > 0 ? null : (
                  <th
                    scope="rowgroup"
                    rowSpan={rows.length}
                    className={`${classes['top']} ${classes['break']}`}
                  >
                    {model}
                  </th>
                )}
                <th scope="row">{row.recipe}</th>
                <td className="az-num">{formatBytes(row.fileBytes)}</td>
                {matrix.boxes.map((box, b) => (
                  <Cell key={box} cell={row.cells[b]} />
                ))}
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function Cell({ cell }: { readonly cell: FitCell | undefined }) {
  if (cell === undefined) return <td className="az-num">–</td>;
  const { verdict, marginBytes, layersThatFit, totalLayers, problem } = cell;
  const margin = formatMib(Math.abs(marginBytes)).replace(' MiB', '');
  return (
    <td className="az-num" data-verdict={verdict} title={problem ?? cellText(cell)}>
      <span aria-hidden>{MARKS[verdict]}</span> {verdict}
      {problem !== undefined ? <div className={classes['aside']}>wrong on this CPU</div> : null}
      {verdict === 'unknown' || problem !== undefined ? null : (
        <>
          {' '}
          {marginBytes < 0 ? '−' : '+'}
          {margin}
        </>
      )}
      {verdict === 'no' && layersThatFit !== null ? (
        <div className={classes['aside']}>
          {layersThatFit} of {totalLayers} layers
        </div>
      ) : null}
    </td>
  );
}
