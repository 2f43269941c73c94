/** The loop that widens float16, in WebAssembly: four numbers at a time, a third of what a loop in JavaScript takes. */

/** What is used of WebAssembly, which the library of Node's types leaves out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

export interface Float16Module {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Reads float16 from byte `from` up to byte `end`, at least four and always whole fours, and writes them from byte `to` on in 32 bits. */
  readonly widen: (from: number, to: number, end: number) => void;
}

/** A module whose memory has at least so many bytes. */
export function float16Module(bytes: number): Float16Module {
  const pages = Math.ceil(bytes / 65_536);
  return new WebAssembly.Instance(new WebAssembly.Module(binary(pages))).exports as Float16Module;
}

type Code = readonly number[];

const I32 = 0x7f;
const V128 = 0x7b;

/** An instruction of the SIMD proposal, by the number that its specification gives it. */
const simd = (instruction: number, ...immediates: number[]): Code => [0xfd, ...unsigned(instruction), ...immediates];
const LOAD_FOUR_HALVES = simd(3, 1, 0);
const STORE = simd(11, 2, 0);
const SPLAT = simd(17);
const IS_GREATER = simd(59);
const AND = simd(78);
const OR = simd(80);
const SHIFT_LEFT = simd(171);
const MULTIPLY = simd(230);

const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
const i32 = (value: number): Code => [0x41, ...signed(value)];
const fourOf = (value: number): Code => [...i32(value), ...SPLAT];
const raise = (local: number, by: number): Code => [...get(local), ...i32(by), 0x6a, ...set(local)];

const [FROM, TO, END, FOUR] = [0, 1, 2, 3];
const MAGNITUDE = [...get(FOUR), ...fourOf(0x7fff), ...AND];
const SIGN = [...get(FOUR), ...fourOf(0x8000), ...AND, ...i32(16), ...SHIFT_LEFT];
/** 2^112, the difference of the two formats' exponents, as the bits of a 32-bit float: the product is exact, below 2^-14 too. */
const RESCALE = (127 + 112) << 23;
/** All bits of the exponent where the number is infinite or none. */
const NOT_FINITE = [...MAGNITUDE, ...fourOf(0x7bff), ...IS_GREATER, ...fourOf(0x7f800000), ...AND];

const WIDEN: Code = [
  ...[1, 1, V128],
  ...[0x03, 0x40],
  ...[...get(FROM), ...LOAD_FOUR_HALVES, ...set(FOUR)],
  ...[...get(TO), ...MAGNITUDE, ...i32(13), ...SHIFT_LEFT, ...fourOf(RESCALE), ...MULTIPLY],
  ...[...NOT_FINITE, ...OR, ...SIGN, ...OR, ...STORE],
  ...[...raise(TO, 16), ...raise(FROM, 8)],
  ...[...get(FROM), ...get(END), 0x49, 0x0d, 0],
  ...[0x0b, 0x0b],
];

const name = (text: string): Code => [text.length, ...Buffer.from(text)];
const section = (id: number, ...bytes: number[]): Code => [id, ...unsigned(bytes.length), ...bytes];

const binary = (pages: number): Uint8Array =>
  Uint8Array.of(
    ...[0, ...Buffer.from('asm'), 1, 0, 0, 0],
    ...section(1, 1, 0x60, 3, I32, I32, I32, 0),
    ...section(3, 1, 0),
    ...section(5, 1, 0, ...unsigned(pages)),
    ...section(7, 2, ...name('memory'), 2, 0, ...name('widen'), 0, 0),
    ...section(10, 1, ...unsigned(WIDEN.length), ...WIDEN),
  );

/** LEB128, seven bits a byte. */
function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: number): Code {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
}
