import { Checkbox, SegmentedControl, Textarea } from '@mantine/core';
import { useId } from 'react';
import type { Experiment } from '../../../src-main/domain/experiment.ts';
import { NumberField } from './NumberField.tsx';
import classes from './Launch.module.css';

export interface FieldsProps {
  readonly experiment: Experiment;
  readonly onChange: (part: Partial<Experiment>) => void;
}

/** How the questions are asked. */
export function PromptFields({ experiment, onChange }: FieldsProps) {
  const { prompt, decoding } = experiment;
  const styleId = useId();
  return (
    <>
      <div className={classes['field']}>
        <span className={classes['label']} id={styleId}>
          Prompt style
        </span>
        <SegmentedControl
          aria-labelledby={styleId}
          data={[
            { value: 'short', label: 'Short' },
            { value: 'long', label: 'Long' },
          ]}
          value={prompt.style}
          onChange={(style) =>
            onChange({ prompt: { ...prompt, style: style === 'long' ? 'long' : 'short' } })
          }
        />
      </div>
      <NumberField
        label="Few-shot"
        min={0}
        max={64}
        allowDecimal={false}
        value={prompt.fewShot}
        onChange={(fewShot) => onChange({ prompt: { ...prompt, fewShot } })}
      />
      <NumberField
        label="Max tokens"
        min={1}
        max={131_072}
        allowDecimal={false}
        value={decoding.maxTokens}
        onChange={(maxTokens) => onChange({ decoding: { ...decoding, maxTokens } })}
      />
    </>
  );
}

/** What most runs leave as it is. */
export function MoreFields({ experiment, onChange }: FieldsProps) {
  const { prompt, decoding, samples, seed } = experiment;
  return (
    <details className={classes['more']}>
      <summary>More: temperature, samples, seed, context, instruction, stop strings</summary>
      <div className={classes['grid']}>
        <NumberField
          label="Temperature"
          description="0 is greedy"
          min={0}
          max={5}
          step={0.1}
          value={decoding.temperature}
          onChange={(temperature) => onChange({ decoding: { ...decoding, temperature } })}
        />
        <NumberField
          label="Top p"
          description="1 keeps all"
          min={0.01}
          max={1}
          step={0.05}
          value={decoding.topP}
          onChange={(topP) => onChange({ decoding: { ...decoding, topP } })}
        />
        <NumberField
          label="Samples"
          description="of each question"
          min={1}
          max={1000}
          allowDecimal={false}
          value={samples}
          onChange={(samples) => onChange({ samples })}
        />
        <NumberField
          label="Seed"
          description="order and draws"
          min={0}
          max={2 ** 31 - 1}
          allowDecimal={false}
          value={seed}
          onChange={(seed) => onChange({ seed })}
        />
      </div>
      <Checkbox
        label="Give the model the question’s context, where the dataset has one"
        checked={prompt.useContext}
        onChange={(event) => onChange({ prompt: { ...prompt, useContext: event.currentTarget.checked } })}
      />
      <Textarea
        label="Instruction of your own, instead of the style’s"
        autosize
        minRows={2}
        maxRows={6}
        value={prompt.instruction ?? ''}
        onChange={(event) =>
          onChange({
            prompt: {
              ...prompt,
              instruction: event.currentTarget.value === '' ? null : event.currentTarget.value,
            },
          })
        }
      />
      <Textarea
        label="Stop strings, one a line"
        autosize
        minRows={1}
        maxRows={5}
        value={decoding.stop.join('\n')}
        onChange={(event) =>
          onChange({
            decoding: {
              ...decoding,
              stop:
                event.currentTarget.value === '' ? [] : event.currentTarget.value.split('\n').slice(0, 16),
            },
          })
        }
      />
    </details>
  );
}
