/** Examines the machine: what is there to compute with, what is missing, and how to get it. Nothing leaves the machine. */
import { existsSync } from 'node:fs';
import { freemem } from 'node:os';
import { dirname, join } from 'node:path';
import { DataFailure } from '../data/dataFailure.ts';
import { type FilePort, realFiles } from '../data/files.ts';
import type { DoctorReport } from '../protocol/doctor.ts';
import { runsFolderOf } from '../runs/runsRoot.ts';
import { machineMemory } from '../runs/machine.ts';
import { describe } from '../runs/runtime.ts';
import { findingsOf, type MachineFacts, reportOf } from './doctorFindings.ts';
import { onnxNativeFolder, probeOnnx, type ProbeOptions, probeTensorflow } from './doctorProbe.ts';
import { physicalCores, processorName } from './executors/cores.ts';
import { type AdapterSearch, hasGpuFile, searchOf } from './executors/findAdapter.ts';
import { vulkanFacts } from './vulkanFacts.ts';
import { vulkanFindings } from './vulkanFindings.ts';

export interface Examination {
  /** Where runs would be started: its disk and its runs folder are looked at. */
  readonly folder: string;
  /** Longest time for each library to answer. */
  readonly deadlineMs?: number;
  /** Hears what the trial of a GPU came to. */
  readonly onGpu?: (found: AdapterSearch) => void;
}

const DEADLINE_MS = 30_000;

/** Takes a second where all is well, and at most the deadline. Throws nothing but bugs. */
export async function examine({ folder, deadlineMs = DEADLINE_MS, onGpu }: Examination): Promise<DoctorReport> {
  const [facts, vulkan] = await Promise.all([factsOf(folder, { deadlineMs }), vulkanFacts({ deadlineMs })]);
  onGpu?.(searchOf(facts.onnx, facts.hasGpuFile));
  return {
    v: 1,
    time: Date.now(),
    findings: reportOf(facts, [...findingsOf(facts), ...(vulkan ? vulkanFindings(vulkan) : [])]),
  };
}

async function factsOf(folder: string, options: ProbeOptions): Promise<MachineFacts> {
  const names = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];
  const [onnx, ...tensorflow] = await Promise.all([
    probeOnnx(options),
    ...names.map(async (name) => ({ name, probe: await probeTensorflow(name, options) })),
  ]);
  const runsFolder = runsFolderOf(folder);
  return {
    runtime: describe(process.versions),
    nodeMajor: Number.parseInt(process.versions.node, 10),
    platform: process.platform,
    arch: process.arch,
    isMusl: isMusl(),
    processor: processorName(),
    cores: physicalCores(),
    memoryBytes: machineMemory(),
    freeMemoryBytes: freemem(),
    folder,
    freeDiskBytes: realFiles.freeBytes(existingPartOf(folder)),
    runsFolder,
    runsFolderProblem: writingProblem(realFiles, runsFolder),
    onnx,
    hasCuda: hasCuda(),
    hasRuntimeFolder: Boolean(process.env.XDG_RUNTIME_DIR),
    hasGpuFile: hasGpuFile(),
    tensorflow,
  };
}

/** Whether this runtime was built for musl instead of glibc. */
function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}

function hasCuda(): boolean {
  const folder = onnxNativeFolder();
  const names = ['libonnxruntime_providers_cuda.so', 'onnxruntime_providers_cuda.dll'];
  return folder !== null && names.some((name) => existsSync(join(folder, name)));
}

/** The folder, or the nearest one above it that is there. */
export function existingPartOf(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : existingPartOf(dirname(folder));
}

/** Why no file can be made in a folder, or in the nearest existing one above it; null if one can: tried by making one. */
export function writingProblem(files: FilePort, folder: string): string | null {
  const trial = join(existingPartOf(folder), `.valley-trial-${process.pid}`);
  try {
    files.close(files.open(trial, 'create'));
    files.unlink(trial);
    return null;
  } catch (error) {
    if (error instanceof DataFailure) return error.message;
    throw error;
  }
}
