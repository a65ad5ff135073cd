import type { RunPhase } from '../../domain/run.ts';
import { judgeTurnOf } from './judge-turns.ts';
import { hasSeveralAnswers } from './prepare.ts';
import { heirsOf, meterAnswers } from './shared-load.ts';
import type { RunContext } from './types.ts';

/**
 * Counts the longest prompts of a judge phase, and of those that can go on with its model, as soon as all answers are there:
 * in a child of its own, while the generator is still checked and unloaded. Nothing but what the phase would count itself;
 * so what fails here is left to it. Never rejects.
 */
export async function countAhead(context: RunContext, phase: RunPhase): Promise<void> {
  const { deps, run, signal } = context;
  try {
    const { choice } = judgeTurnOf(run, phase);
    if (choice.api !== undefined || phase.state === 'done') return;
    const file = await deps.models.resolve(choice.model);
    const model = { instruct: file.facts?.hasChatTemplate ?? false };
    const severalAnswers = await hasSeveralAnswers(context);
    const longest = [];
    for (const one of [phase, ...heirsOf(run, phase)]) {
      const turn = judgeTurnOf(run, one);
      const { prompt } = await deps.judgePrompt(turn.choice.prompt);
      const meter = await meterAnswers(context, { choice: turn.choice, prompt, model, severalAnswers });
      longest.push(...meter.longest());
    }
    await deps.countPrompts(file, longest, signal);
  } catch (error) {
    if (!signal.aborted)
      deps.log.warn('prompts were not counted ahead', { run: run.id, error: String(error) });
  }
}
