/** Pre-flight of a curriculum: levels that are not known, weights that fit nothing, settings without effect. */
import type { Say } from './checkTelling.ts';
import type { Finding } from './finding.ts';
import { promptRowsOf } from './planGrpo.ts';
import type { GrpoConfig } from './schema.ts';
import { TASK_LEVELS } from './taskSchema.ts';
import { quoted } from './words.ts';

export const checkCurriculum = (config: GrpoConfig, say: Say): Finding[] => [
  ...checkLevels(config, say),
  ...checkWeights(config, say),
];

function checkLevels(config: GrpoConfig, { error, warning }: Say): Finding[] {
  const { levels, order } = config.curriculum;
  const isTask = promptRowsOf(config) === null;
  if (levels === undefined)
    return isTask && order !== 'shuffled'
      ? [
          warning(
            ['curriculum', 'order'],
            'all problems have the level "{0}": there is nothing to order',
            'Name several levels in `curriculum.levels`.',
            [config.task.level],
          ),
        ]
      : [];
  const known: readonly string[] = TASK_LEVELS[config.task.name];
  const unknown = isTask ? levels.findIndex((level) => !known.includes(level)) : -1;
  const twice = levels.findIndex((level, place) => levels.indexOf(level) !== place);
  const findings: Finding[] = [];
  if (unknown >= 0)
    findings.push(
      error(['curriculum', 'levels', unknown], 'the task has no level "{0}"', 'Its levels are {1}.', [
        levels[unknown] ?? '',
        quoted(known),
      ]),
    );
  if (twice >= 0)
    findings.push(
      error(['curriculum', 'levels', twice], 'the level "{0}" is named twice', 'Remove one of them.', [
        levels[twice] ?? '',
      ]),
    );
  return findings;
}

function checkWeights({ curriculum: { order, levels, weights } }: GrpoConfig, { error, warning }: Say): Finding[] {
  const path = ['curriculum', 'weights'];
  if (weights === undefined) return [];
  if (order !== 'weighted')
    return [
      warning(path, '`weights` has no effect on the order "{0}"', 'Set `order` to "weighted", or remove `weights`.', [
        order,
      ]),
    ];
  if (weights.length !== (levels ?? []).length)
    return [
      error(path, 'there are {0} weights for {1} levels', 'Name in `curriculum.levels` the level of each weight.', [
        weights.length,
        (levels ?? []).length,
      ]),
    ];
  if (weights.some((weight) => weight > 0)) return [];
  return [error(path, 'every level has the weight 0: no problem would be asked', 'Give a level a weight.', [])];
}
