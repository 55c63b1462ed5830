const light = `
  --paper: #fdfdfc;
  --panel: #f4f5f4;
  --ink: #1c2024;
  --muted: #5a636c;
  --line: #dcdfe2;
  --good: #17683d;
  --bad: #b0261d;
  --unsure: #835300;
  --first: #1f5fae;
  --second: #b2560d;
  --tint: #b9cfe8;
  --weighted: #e8f0f9;
  --shade: #00000024;
`;

const dark = `
  --paper: #15181b;
  --panel: #1d2125;
  --ink: #e5e7e9;
  --muted: #9ba4ad;
  --line: #33393f;
  --good: #6bcb92;
  --bad: #ff8f85;
  --unsure: #e3b261;
  --first: #7fb4f2;
  --second: #f0a463;
  --tint: #34506f;
  --weighted: #1d2c3d;
  --shade: #000000c0;
`;

/** Colours for screens of either kind; paper is always light. */
export const theme = `
:root { color-scheme: light dark; ${light} }
@media screen and (prefers-color-scheme: dark) { :root { ${dark} } }
@media print { :root { color-scheme: light; --paper: #fff; } }
`;
