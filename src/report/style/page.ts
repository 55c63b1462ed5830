/** Text, the verdict, sections. */
export const page = `
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--paper);
  color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 1180px; margin: 0 auto; padding: 40px 32px 56px; }
h1, h2, h3 { line-height: 1.2; text-wrap: balance; }
h2 { margin: 0 0 10px; font-size: 21px; font-weight: 650; letter-spacing: -0.01em; }
h3 { margin: 28px 0 8px; font-size: 15.5px; font-weight: 650; overflow-wrap: anywhere; }
p { margin: 0 0 14px; max-width: 76ch; }
a { color: var(--first); }
dl, dd, ol, figure { margin: 0; }
code, pre { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.9em; }
.name { overflow-wrap: anywhere; unicode-bidi: isolate; }
.aside { color: var(--muted); font-size: 13px; font-weight: 400; }
.good { color: var(--good); }
.bad { color: var(--bad); }
section { margin-top: 52px; padding-top: 22px; border-top: 1px solid var(--line); }

.verdict { --tone: var(--unsure); }
.verdict.good { --tone: var(--good); color: inherit; }
.verdict.bad { --tone: var(--bad); color: inherit; }
.kicker { margin: 0; color: var(--muted); font-size: 13.5px; }
.verdict h1 { margin: 6px 0 14px; color: var(--tone); font-size: clamp(38px, 7vw, 64px); font-weight: 700; letter-spacing: -0.03em; }
.lead { max-width: 62ch; font-size: 18px; line-height: 1.5; }
.reason { max-width: none; margin: 20px 0; padding: 12px 16px; border-left: 3px solid var(--tone); background: var(--panel); white-space: pre-wrap; overflow-wrap: anywhere; }
.caution { max-width: none; padding: 9px 16px; border-left: 3px solid var(--unsure); background: var(--panel); }
.files { display: grid; gap: 4px; margin: 22px 0 0; }
.files div { display: grid; grid-template-columns: 8em minmax(0, 1fr); align-items: baseline; }
.files dt, .made dt { color: var(--muted); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); margin: 30px 0 22px; border-top: 2px solid var(--tone); }
.figures div { padding: 14px 22px 6px 0; }
.figures dt { color: var(--muted); font-size: 13px; }
.figures .value { font-size: 25px; font-weight: 600; line-height: 1.3; letter-spacing: -0.01em; }
.figures .note { color: var(--muted); font-size: 13px; line-height: 1.4; overflow-wrap: anywhere; }

nav ul { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 26px 0 0; padding: 0; list-style: none; font-size: 14px; }

.findings { display: grid; gap: 12px; }
.findings div { padding-left: 14px; border-left: 3px solid var(--line); }
.findings dt { font-weight: 600; }
.findings dd { overflow-wrap: anywhere; }
.findings ol { padding-left: 1.3em; }
.findings ol:has(> :only-child) { padding: 0; list-style: none; }

details { margin: 14px 0; }
summary { width: fit-content; color: var(--first); cursor: pointer; }
details[open] > summary { margin-bottom: 10px; }

footer { margin-top: 56px; padding-top: 22px; border-top: 1px solid var(--line); }
footer h2 { font-size: 15.5px; }
pre { margin: 0; padding: 11px 14px; background: var(--panel); }
.made { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px 24px; margin-top: 16px; font-size: 13.5px; overflow-wrap: anywhere; }

@media (max-width: 640px) {
  main { padding: 24px 16px 40px; }
  section { margin-top: 40px; }
  .lead { font-size: 16.5px; }
  .files { gap: 10px; }
  .files div { grid-template-columns: 1fr; }
  .figures { grid-template-columns: 1fr 1fr; }
  .figures div { padding-right: 14px; }
}

@media print {
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  section { margin-top: 26px; }
  h2, h3, figcaption { break-after: avoid; }
  figure, tr, .figures, .formula { break-inside: avoid; }
  .figures { grid-template-columns: repeat(5, 1fr); }
  .figures .value { font-size: 17px; }
}
`;
