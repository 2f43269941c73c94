/** Lets a checkpoint complete one prompt, streamed as it is written. */
import { sftConfig, type SampleConfig } from '../../config/schema.ts';
import type { RunEvent } from '../../protocol/events.ts';
import { Decoder } from '../generation/decoder.ts';
import { allocateWeights } from '../programs/state.ts';
import { userPrompt } from '../chat/userPrompt.ts';
import { rowsJudge } from '../grading/rowsJudge.ts';
import { taskOf } from '../tasks/index.ts';
import type { RecipeDeps } from './deps.ts';
import { freeAfter } from './freeAfter.ts';
import { Inbox } from './inbox.ts';
import { RunFailure } from './runFailure.ts';
import { runStarted } from './started.ts';
import { loadedStart } from './startingPoint.ts';
import { Writer } from './writer.ts';

/** Completion i is written with the seed `config.seed + i`, one after the other. Throws `badConfig` for a prompt that the model cannot read. */
export async function* sample(config: SampleConfig, deps: RecipeDeps): AsyncGenerator<RunEvent> {
  const start = loadedStart(config, deps);
  const { model, tokenizer, weights } = start;
  yield runStarted(config, deps, model, { task: '', totalSteps: 0, evaluationSteps: [] });
  yield { type: 'phase.changed', phase: 'preparing' };
  await allocateWeights(deps.executor, model, weights, 'executor');
  const decoder = new Decoder(deps.executor, model, 1);
  const inbox = new Inbox(deps.takeRequests);
  const { completions, ...settings } = config.sampling;
  for (let i = 0; i < completions; i++)
    inbox.add({ type: 'sample', prompt: config.prompt, ...settings, seed: config.seed + i });
  const chatPrompt = config.applyChatTemplate ? userPrompt(start, config.chatTemplateKwargs) : null;
  const judge = chatPrompt ? rowsJudge('') : anyTask();
  const writer = new Writer({ decoder, tokenizer, judge, inbox, stream: deps.stream, chatPrompt });
  let failure: unknown = null;
  try {
    yield { type: 'phase.changed', phase: 'sampling' };
    for await (const { events } of writer.write(0, () => null)) {
      const refusal = events.find((event) => event.type === 'log.written');
      if (refusal)
        throw new RunFailure(
          'badConfig',
          refusal.said ?? refusal.message,
          'Write `prompt` as the task writes its prompts.',
        );
      yield* events;
    }
    yield { type: 'run.finished', reason: inbox.isStopping ? 'stopped' : 'completed' };
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    await freeAfter(decoder, failure);
  }
}

/** Reads and grades prompts of every level. */
const anyTask = () => taskOf(sftConfig.parse({ recipe: 'sft' }).task);
