/** The contract between what is learned and what computes: programs over named tensors, with state that lives where it is computed. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ExecutorIdentity } from '../protocol/events.ts';

export type Shape = readonly number[];
export type Values = Float32Array | Int32Array;

export interface TensorSpec {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: 'float32' | 'int32';
}

/** Tensors by name. A `Program` body takes its inputs and the state it reads from one such record. */
export type Tensors = Readonly<Record<string, Tensor>>;

/**
 * A pure function in ordinary tfjs code, over static shapes. Recorded once by graph executors, run op by op by eager ones.
 * The body reads no values, draws no randomness and keeps no tensors.
 */
export interface Program {
  /** Unique for the body and its shapes, e.g. `gradients/64x48`. */
  readonly name: string;
  /** Fed by the caller at each run. */
  readonly inputs: readonly TensorSpec[];
  /** State that the body reads; must be allocated before `compile`. */
  readonly reads: readonly string[];
  /** State that the outputs of the same names replace when the body is done. May overlap `reads`. */
  readonly writes: readonly string[];
  /** Outputs that are written into state in place (a KV cache), after the body. */
  readonly appends: readonly Append[];
  /** Outputs handed back to the caller; all other outputs stay where they are. */
  readonly returns: readonly string[];
  /** A returned scalar: where it is not finite, the run writes nothing into state. */
  readonly guard?: string;
  /** Its products may be computed in 16 bits (graph/float16.ts), on an executor that says so; state, inputs and outputs are float32 all the same. */
  readonly precision?: 'float16';
  /**
   * State that is both read and written, but by element: everything that reads it does so element by element and leads to
   * its output, so that the output may be written over it while the body runs.
   */
  readonly overwrites?: readonly string[];
  /** A float32 scalar among `inputs`: where it is 0, the body reads zeros in the place of all state in `overwrites`, whatever that holds. Not for `elementwise` programs. */
  readonly afresh?: string;
  /** Set where the whole body is the same work over one set of tensors after another; an executor may run it in pieces. */
  readonly elementwise?: Elementwise;
  /** Outputs must cover `writes`, `returns` and the outputs of `appends`. */
  readonly body: (tensors: Tensors) => Record<string, Tensor>;
}

/** What a program made by `elementwiseProgram` consists of. A run that fails may have written some sets and not others. */
export interface Elementwise {
  /** State by the names that `body` knows it by; the tensors of one set have the same shape. */
  readonly over: readonly Readonly<Record<string, string>>[];
  /** Of those names, the ones whose tensors are replaced. */
  readonly writes: readonly string[];
  /** Scalars that all sets need, made of the program's inputs; `body` knows them by the names given here. */
  readonly shared?: (inputs: Tensors) => Record<string, Tensor>;
  /** Each element of an output depends on elements at the same place, and on the program's inputs and `shared`, which are scalars. */
  readonly body: (tensors: Tensors) => Record<string, Tensor>;
}

/**
 * Output [n, heads, t, d] goes into state [slots, heads, T, d]: row i into its slot, from time `inputs[at][i]` on; a negative
 * time writes nothing.
 */
export interface Append {
  readonly state: string;
  readonly output: string;
  /** Name of an int32 input [n]. */
  readonly at: string;
  /** Name of an int32 input [n] that gives each row its slot; left out, row i belongs to slot i. */
  readonly slots?: string;
}

export interface CompiledProgram {
  /**
   * Runs once. `inputs` may be reused by the caller afterwards; the returned values are the caller's own.
   * Where a run fails, state that the program does not read, `overwrites` or goes through element by element may be left half written.
   */
  run(inputs: Readonly<Record<string, Values>>): Promise<Record<string, Float32Array>>;
  dispose(): Promise<void>;
}

/** What a device shows to one kernel: a tensor of more bytes is seen in pieces, and all of a kernel's pieces are counted. */
export interface DeviceLimits {
  /** Bytes of one piece (maxStorageBufferBindingSize). */
  readonly bindingBytes: number;
  /** Pieces of one kernel, inputs and outputs together (maxStorageBuffersPerShaderStage). */
  readonly bindings: number;
}

/** Whose an array is afterwards: what is given away may become the state itself, and nobody else may look at it or change it. */
export type Owner = 'caller' | 'executor';

/** One device with its state. Errors: `ExecutorError` with a code of the protocol (out of memory, device lost). */
export interface Executor {
  readonly identity: ExecutorIdentity;
  /** Where the device has told them. */
  readonly limits?: DeviceLimits;
  /** Whether attention over a cache that the program `overwrites` writes the one new row and nothing else (nn/cacheAttention.ts). */
  readonly attendsInPlace?: boolean;
  /** Creates or replaces a float32 state tensor; zeros where there are no values. Copies `values`, unless they are given away. */
  allocate(name: string, shape: Shape, values?: Float32Array, owner?: Owner): Promise<void>;
  /** Lengthens axis 2 of a state tensor [slots, heads, T, d] to `length`, keeping what is there; new entries are zero. */
  grow(name: string, length: number): Promise<void>;
  /** Frees a state tensor; unknown names are ignored. */
  free(name: string): Promise<void>;
  has(name: string): boolean;
  /** A copy of a state tensor's values. */
  read(name: string): Promise<Float32Array>;
  compile(program: Program): Promise<CompiledProgram>;
  /** Live handles (state tensors and buffers of a device, compiled programs): tests assert that they do not grow. */
  handles(): number;
  dispose(): Promise<void>;
}
