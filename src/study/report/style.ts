const light = [
  '#1f5fae',
  '#b2560d',
  '#17803d',
  '#7b3fa0',
  '#c0262d',
  '#0b7f84',
  '#7a6a00',
  '#5a636c',
];

const dark = [
  '#7fb4f2',
  '#f0a463',
  '#6bcb92',
  '#c79bec',
  '#ff8f85',
  '#5fd0d4',
  '#d6c25a',
  '#9ba4ad',
];

/** Names of classes that give the curve of a method its colour, and dashes once all colours are taken. */
export const curveClass = (method: number): string =>
  `curve-${method % light.length}${method < light.length ? '' : ' dashed'}`;

const variables = (colors: readonly string[]): string =>
  colors.map((color, i) => `--curve-${i}: ${color};`).join(' ');

const colored = light.map((_, i) => `.curve-${i} { --own: var(--curve-${i}); }`).join('\n');

/** What the page of a study has beside the other reports' pages. */
export const studyStyle = `
:root { ${variables(light)} }
@media screen and (prefers-color-scheme: dark) { :root { ${variables(dark)} } }
${colored}
.curves .line { fill: none; stroke: var(--own); stroke-width: 1.8; stroke-linejoin: round; }
.curves .dashed .line { stroke-dasharray: 5 3; }
.curves .band { fill: var(--own); fill-opacity: 0.13; }
.curves circle { fill: var(--own); }
.curves circle.all { fill: transparent; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 18px 0 10px; padding: 0; list-style: none; font-size: 13.5px; }
.legend .key { background: var(--own); }
.legend .dashed .key { border-radius: 0; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); gap: 24px 34px; }
section[id^="group-"] :is(th, td):not(:last-child) { padding-right: 14px; }
section[id^="group-"] td:nth-child(2) { min-width: 9em; white-space: normal; }
ul.problems { margin: 0 0 14px; padding-left: 1.2em; overflow-wrap: anywhere; }
td .problem { display: inline-block; min-width: 30ch; max-width: 60ch; white-space: normal; overflow-wrap: anywhere; }
`;
