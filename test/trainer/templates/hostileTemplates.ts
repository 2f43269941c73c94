/** Chat templates that are made to harm, each with the rules that may end it: facts of other projects' vulnerabilities and of our own trials. */
import type { TemplateRule } from '../../../src/trainer/templates/templateFailure.ts';

export interface HostileTemplate {
  readonly name: string;
  readonly template: string;
  /** `raised`: the template fails by itself, as a row may. */
  readonly ends: readonly (TemplateRule | 'raised')[];
}

const nested = (depth: number): string => `${'{% for i in messages %}'.repeat(depth)}x${'{% endfor %}'.repeat(depth)}`;

export const hostileTemplates: readonly HostileTemplate[] = [
  { name: 'a billion numbers', template: '{% for i in range(1000000000) %}x{% endfor %}', ends: ['memory', 'time'] },
  { name: 'many numbers', template: '{% set x = range(99999999)|length %}{{ x }}', ends: ['memory', 'time'] },
  {
    name: 'loops in loops',
    template:
      '{% for i in range(3000) %}{% for j in range(3000) %}{% for k in range(3000) %}{% endfor %}{% endfor %}{% endfor %}',
    ends: ['time'],
  },
  {
    name: 'a doubling text',
    template:
      "{% set ns = namespace(s='x') %}{% for i in range(40) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
    ends: ['raised', 'tooLong', 'memory'],
  },
  {
    name: 'a doubling text that is looked into',
    template:
      "{% set ns = namespace(s='x') %}{% for i in range(28) %}{% set ns.s = ns.s ~ ns.s|upper %}{% endfor %}{{ ns.s }}",
    ends: ['tooLong', 'memory', 'time', 'raised'],
  },
  {
    name: 'a doubling list',
    template: '{% set ns = namespace(l=[1]) %}{% for i in range(40) %}{% set ns.l = ns.l + ns.l %}{% endfor %}',
    ends: ['memory', 'time', 'raised'],
  },
  { name: 'a macro that calls itself', template: '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}', ends: ['raised'] },
  {
    name: 'a macro that calls itself twice',
    template: '{% macro f(n) %}{% if n > 0 %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}',
    ends: ['time'],
  },
  {
    name: 'brackets in brackets',
    template: `{{ ${'('.repeat(200_000)}1${')'.repeat(200_000)} }}`,
    ends: ['unreadable', 'time', 'memory'],
  },
  { name: 'blocks in blocks', template: nested(5_000), ends: ['unreadable', 'raised', 'time', 'memory'] },
  { name: 'ten megabytes', template: 'x'.repeat(10_000_000), ends: ['tooLarge'] },
  {
    name: 'a long output',
    template: "{% for i in range(9000) %}{{ 'x' * 1 }}{{ messages[0].content }}{% endfor %}",
    ends: ['tooLong', 'raised', 'memory'],
  },
  { name: 'a block that does not end', template: '{% if true %}', ends: ['unreadable'] },
  { name: 'a foreign word', template: '{% include "/etc/passwd" %}', ends: ['unreadable', 'raised'] },
  { name: 'an exception', template: "{{ raise_exception('Only one turn.') }}", ends: ['raised'] },
  {
    name: 'a search without end',
    template: "{{ ('a' * 40)|replace('a', 'b') }}{% for i in range(100000000) %}{% endfor %}",
    ends: ['memory', 'time', 'raised'],
  },
];

/** Ways out of a sandbox: all of them give nothing. */
export const probes: readonly string[] = [
  "{{ ''.__class__ }}",
  "{{ ''.constructor }}",
  "{{ ''['constructor'] }}",
  '{{ messages.constructor }}',
  "{{ messages[0]['__proto__'] }}",
  "{{ messages[0].constructor.constructor('return process')() }}",
  '{{ self.__init__ }}',
  '{{ process }}',
  '{{ globalThis }}',
  '{{ cycler.__init__.__globals__ }}',
  '{{ namespace.constructor }}',
  "{{ raise_exception.constructor('return 1')() }}",
];
