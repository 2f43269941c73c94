/** Programs that are compiled once and kept, by a name that stands for body and shapes. */
import type { CompiledProgram, Executor, Program } from '../executor.ts';

export class CompiledPrograms {
  private readonly executor: Executor;
  private readonly most: number;
  /** The one that was asked for last stands last. */
  private readonly programs = new Map<string, CompiledProgram>();

  /** At most so many are kept: the one that was not asked for longest makes room. */
  constructor(executor: Executor, most = Infinity) {
    this.executor = executor;
    this.most = most;
  }

  /** `key` names the program and the shapes of the state that it is compiled for. */
  async get(key: string, program: () => Program): Promise<CompiledProgram> {
    const existing = this.programs.get(key);
    this.programs.delete(key);
    if (!existing) await this.makeRoom();
    const compiled = existing ?? (await this.executor.compile(program()));
    this.programs.set(key, compiled);
    return compiled;
  }

  async dispose(): Promise<void> {
    for (const program of this.programs.values()) await program.dispose();
    this.programs.clear();
  }

  private async makeRoom(): Promise<void> {
    const [oldest] = this.programs;
    if (!oldest || this.programs.size < this.most) return;
    this.programs.delete(oldest[0]);
    await oldest[1].dispose();
  }
}
