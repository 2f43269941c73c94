/** Programs that are compiled once and kept, by a name that stands for body and shapes. */
import type { CompiledProgram, Executor, Program } from '../executor.ts';

export class CompiledPrograms {
  private readonly executor: Executor;
  private readonly programs = new Map<string, CompiledProgram>();

  constructor(executor: Executor) {
    this.executor = executor;
  }

  /** `key` names the program and the shapes of the state that it is compiled for. */
  async get(key: string, program: () => Program): Promise<CompiledProgram> {
    const existing = this.programs.get(key);
    if (existing) return existing;
    const compiled = await this.executor.compile(program());
    this.programs.set(key, compiled);
    return compiled;
  }

  async dispose(): Promise<void> {
    for (const program of this.programs.values()) await program.dispose();
    this.programs.clear();
  }
}
