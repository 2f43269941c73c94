/** Damages parsed JSON: what stands in it is replaced, removed or copied, one to three times. */
import type { Draws } from '../../src/engine/random/draws.ts';

type Node = Record<string, unknown> | unknown[];

export function damageValue(value: unknown, draws: Draws, hostile: readonly unknown[]): void {
  for (let count = draws.integer(1, 3); count > 0; count--) damage(value as Node, draws, hostile);
}

/** Goes down some levels and replaces, removes or copies what is there. */
function damage(node: Node, draws: Draws, hostile: readonly unknown[]): void {
  const names = Object.keys(node);
  if (names.length === 0) return;
  const name = draws.pick(names);
  const members = node as Record<string, unknown>;
  const inner = members[name];
  if (typeof inner === 'object' && inner !== null && draws.integer(0, 3) > 0)
    return damage(inner as Node, draws, hostile);
  const choice = draws.integer(0, 4);
  if (choice === 0) delete members[name];
  else if (choice === 1) members[name] = structuredClone(members[draws.pick(names)]);
  else if (choice === 2) members[`${name}${'x'.repeat(5_000)}`] = inner;
  else members[name] = structuredClone(draws.pick(hostile));
}
