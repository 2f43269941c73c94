/** Looks at the metrics of a run as they are told, and says once what goes wrong. */
import type { LogWritten, RunEvent } from '../../protocol/events.ts';
import { logged } from '../../protocol/logged.ts';
import {
  policyAlarmMeaning,
  policyAlarmRemedy,
  policyAlarms,
  type PolicyAlarmName,
  type PolicyHistory,
} from '../../protocol/policyAlarms.ts';
import { saidTogether } from '../../protocol/sentence.ts';
import type { Series } from '../../protocol/state.ts';

export class PolicyWatch implements PolicyHistory {
  readonly series: Record<string, Series> = {};
  evaluations: Extract<RunEvent, { type: 'evaluation.finished' }>[] = [];
  private readonly told = new Set<PolicyAlarmName>();

  /** The warnings that an event gives rise to, each once in a run. A continued run shows it all that was told before, then goes on. */
  see(event: RunEvent): LogWritten[] {
    if (event.type === 'run.started') this.goBackTo(event.resumedFrom?.step ?? 0);
    if (event.type === 'evaluation.finished') this.evaluations.push(event);
    if (event.type !== 'step.finished') return [];
    for (const [name, value] of Object.entries(event.metrics)) {
      const { steps, values } = (this.series[name] ??= { steps: [], values: [] });
      steps.push(event.step);
      values.push(value);
    }
    const fresh = policyAlarms(this).filter(({ name }) => !this.told.has(name));
    return fresh.map((alarm) => {
      this.told.add(alarm.name);
      return logged('warning', saidTogether([policyAlarmMeaning(alarm), policyAlarmRemedy(alarm.name)]));
    });
  }

  /** What a continued run does again is forgotten; what people were told is not. */
  private goBackTo(step: number): void {
    this.evaluations = this.evaluations.filter((evaluation) => evaluation.step <= step);
    for (const series of Object.values(this.series)) {
      const kept = series.steps.filter((one) => one <= step).length;
      series.steps.length = kept;
      series.values.length = kept;
    }
  }
}
