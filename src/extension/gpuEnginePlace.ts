/** Where this editor keeps the GPU engine, and how its trainers hear of it. */
import { join } from 'node:path';
import { workspace } from 'vscode';
import { ENGINE_VARIABLE } from '../install/gpuEngine.ts';
import { benchmarkEnvironment } from './benchmarkSettings.ts';
import type { Parts } from './parts.ts';

/** The setting, which the manifest restricts to trusted folders, else the extension's own storage. */
export function engineFolder({ context }: Pick<Parts, 'context'>): string {
  const setting = workspace.getConfiguration('valley').get<string>('gpuEnginePath', '');
  return setting || process.env[ENGINE_VARIABLE] || join(context.globalStorageUri.fsPath, 'gpu-engine');
}

/** The environment of a trainer. */
export const trainerEnvironment = (parts: Pick<Parts, 'context'>): NodeJS.ProcessEnv => ({
  ...process.env,
  ...benchmarkEnvironment(),
  [ENGINE_VARIABLE]: engineFolder(parts),
});
