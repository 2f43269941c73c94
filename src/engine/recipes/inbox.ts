/** What people have asked for and what is still to be done about it. */
import type { Request } from './deps.ts';

/** Without `topP` and `topK` nothing is cut off; without `stop` only the end token ends it. */
export type SampleRequest = Extract<Request, { type: 'sample' }> & {
  readonly topP?: number;
  readonly topK?: number;
  readonly stop?: readonly string[];
};

export class Inbox {
  /** Someone asked to stop; stays so. */
  isStopping = false;
  private saves = 0;
  private readonly samples: SampleRequest[] = [];
  private readonly take: () => readonly Request[];

  constructor(take: () => readonly Request[]) {
    this.take = take;
  }

  /** Takes in what was asked since the last look. */
  look(): void {
    for (const request of this.take()) {
      switch (request.type) {
        case 'stop':
          this.isStopping = true;
          break;
        case 'saveCheckpoint':
          this.saves++;
          break;
        case 'sample':
          this.samples.push(request);
          break;
        default:
          request satisfies never;
      }
    }
  }

  /** Puts a wish of our own in line. */
  add(request: SampleRequest): void {
    this.samples.push(request);
  }

  /** Whether a checkpoint was asked for since the last call; several wishes are one. */
  takeSave(): boolean {
    const isAsked = this.saves > 0;
    this.saves = 0;
    return isAsked;
  }

  takeSample(): SampleRequest | null {
    return this.samples.shift() ?? null;
  }

  get hasSamples(): boolean {
    return this.samples.length > 0;
  }

  get isEmpty(): boolean {
    return !this.isStopping && this.saves === 0 && !this.hasSamples;
  }
}
