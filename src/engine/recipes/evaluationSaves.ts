/** Asks for a checkpoint as soon as an evaluation begins, so that a process killed in a long one repeats no steps. */
import type { RunEvent } from '../../protocol/events.ts';
import type { Request } from './deps.ts';

export class EvaluationSaves {
  private step: number;
  private savedStep: number;
  private isDue = false;

  /** @param step that of the checkpoint where the training goes on; 0 for a fresh start */
  constructor(step: number) {
    this.step = step;
    this.savedStep = step;
  }

  /** Takes in an event of the training as it was told there. */
  see(event: RunEvent): void {
    if (event.type === 'step.finished') this.step = event.step;
    if (event.type !== 'phase.changed' || event.phase !== 'evaluating' || this.step === this.savedStep) return;
    this.savedStep = this.step;
    this.isDue = true;
  }

  /** Once for each step that is measured. */
  take(): readonly Request[] {
    const isDue = this.isDue;
    this.isDue = false;
    return isDue ? [{ type: 'saveCheckpoint' }] : [];
  }
}
