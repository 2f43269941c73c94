/** What a continued evaluation goes on with: nothing that was measured otherwise, whenever it was killed. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Measured } from '../../src/engine/recipes/material.ts';
import { type Instruments, measureAll } from '../../src/engine/recipes/measure.ts';
import type { EvaluationIdentity } from '../../src/protocol/evaluationIdentity.ts';
import type { Completion, ExecutorIdentity, RunEvent } from '../../src/protocol/events.ts';
import { sampleFileName } from '../../src/protocol/runFolder.ts';
import { earlierEvaluations } from '../../src/trainer/earlierEvaluations.ts';
import { EventLog } from '../../src/trainer/eventLog.ts';
import { SampleFiles } from '../../src/trainer/sampleFiles.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'earlier-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const settings = {
  ...{ problems: 1, samplesPerProblem: 2, temperature: 0.6, topP: 0.95, topK: 0, maxNewTokens: 8, seed: 1 },
  ...{ stop: [], batchSize: 1 },
};
const identity = (data: string): EvaluationIdentity => ({
  ...{ model: 'm', data, instruction: null, template: null, verifier: 'math 1', samplesPerProblem: 2 },
  ...{ temperature: 0.6, topP: 0.95, topK: 0, maxNewTokens: 8, stop: '[]', seed: 1 },
});
const executor = (provider: string): ExecutorIdentity => ({
  ...{ executor: 'onnx', version: '1', provider, adapter: '', precision: 'f32', threads: 1, reason: '' },
});
const completion = (index: number): Completion => ({
  ...{ id: `0-evaluation-${index}`, step: 0, prompt: 'p', text: 't', trace: '', answer: null, gold: '2' },
  ...{ verdict: 'wrong', finishReason: 'stop', tokens: 1, seed: 1, temperature: 0.6 },
  ...{ meanLogProbability: -1, steps: null },
});
const started = (provider: string): RunEvent => ({
  ...{ type: 'run.started', recipe: 'evaluate', name: '', task: 'b', parameters: 1, executor: executor(provider) },
  ...{ runtime: { version: '', foundBy: 'cli' }, totalSteps: 0, evaluationSteps: [0] },
});
const begun = (data: string): RunEvent => ({
  ...{ type: 'evaluation.progressed', step: 0, benchmark: 'b', done: 0, total: 2, identity: identity(data) },
});
const written: RunEvent = {
  ...{ type: 'samples.written', file: sampleFileName('b', 0), step: 0, benchmark: 'b', count: 2 },
};

function told(events: readonly RunEvent[]): SampleFiles {
  const log = EventLog.open({ path: join(folder, 'events.jsonl'), runId: 'r', attempt: 1, now: () => 0 });
  for (const event of events) log.append(event);
  log.close();
  const samples = new SampleFiles(folder);
  const completions = [0, 1].map(completion);
  samples.keep({ type: 'completions.sampled', step: 0, purpose: 'evaluation', benchmark: 'b', completions });
  samples.close();
  return new SampleFiles(folder);
}

/** All that is told before anything is sampled, and whether the old completions were there each time. */
async function attempt(samples: SampleFiles, data: string): Promise<(readonly [RunEvent['type'], boolean])[]> {
  const { verifier, instruction, template } = identity(data);
  const measured = {
    judge: { name: 'b' },
    questions: { size: 1, at: () => ({ prompt: 'p', gold: '2' }) },
    ...{ heldOut: null, chatPrompt: null, origin: { data, verifier, instruction, template } },
  } as unknown as Measured;
  const instruments = {
    executor: { identity: executor('cpu') },
    // Where an attempt is killed.
    writer: { write: () => [] },
    ...{ kept: earlierEvaluations(folder, samples), modelHash: 'm' },
  } as unknown as Instruments;
  const seen: (readonly [RunEvent['type'], boolean])[] = [];
  const isThere = (): boolean => existsSync(join(folder, 'samples', sampleFileName('b', 0)));
  for await (const event of measureAll(instruments, measured, settings, 0)) seen.push([event.type, isThere()]);
  samples.close();
  return seen;
}

test('what was measured otherwise is gone before anything is told of what is measured now', async () => {
  const samples = told([started('cpu'), begun('A')]);
  expect(await attempt(samples, 'B')).toEqual([
    ['log.written', false],
    ['evaluation.progressed', false],
  ]);
});

test('one that was finished and then begun anew as another is not finished', async () => {
  const samples = told([started('cpu'), begun('A'), written, begun('B')]);
  expect(earlierEvaluations(folder, samples)('b')).toMatchObject({ identity: { data: 'B' }, isFinished: false });
});

test('one that is finished and the same is passed over; one of another executor is measured anew', async () => {
  expect(await attempt(told([started('cpu'), begun('A'), written]), 'A')).toEqual([]);
  rmSync(join(folder, 'events.jsonl'));
  const [first] = await attempt(told([started('webgpu'), begun('A'), written]), 'A');
  expect(first).toEqual(['log.written', false]);
});

test('one whose completions are gone is not finished', () => {
  const samples = told([started('cpu'), begun('A'), written]);
  samples.discard('b', 0);
  expect(earlierEvaluations(folder, samples)('b')?.isFinished).toBe(false);
});
