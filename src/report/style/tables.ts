/** Tables, and what scrolls like them. */
export const tables = `
.scroll {
  --back: var(--paper);
  overflow-x: auto;
  max-width: 100%;
  margin: 12px 0 18px;
  /* Shades at an edge behind which there is more: those in the background's colour scroll away with the content. */
  background:
    linear-gradient(to right, var(--back) 40%, transparent) left / 32px 100% no-repeat local,
    linear-gradient(to left, var(--back) 40%, transparent) right / 32px 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) left / 12px 100% no-repeat scroll,
    linear-gradient(to left, var(--shade), transparent) right / 12px 100% no-repeat scroll;
  background-color: var(--back);
}
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--first); outline-offset: 2px; }
table { min-width: 100%; border-collapse: collapse; font-size: 13.5px; line-height: 1.4; }
th, td { padding: 7px 18px 7px 0; text-align: left; vertical-align: top; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
tbody th { font-weight: 500; }
thead th { border-bottom: 1px solid var(--muted); color: var(--muted); font-size: 12.5px; font-weight: 500; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
.number { text-align: right; }
td .name, th .name { display: inline-block; width: max-content; max-width: 34ch; white-space: normal; }
td .prose { display: inline-block; min-width: 38ch; white-space: normal; }

.used { display: inline-flex; vertical-align: top; align-items: center; gap: 8px; }
.used b { min-width: 6ch; font-weight: inherit; }
.bar { width: 64px; height: 6px; background: var(--line); }
.bar span { display: block; height: 100%; background: var(--first); }
.over { color: var(--bad); font-weight: 600; }
.over .bar span { background: var(--bad); }

.formula { display: flex; flex-wrap: wrap; gap: 14px 0; margin: 4px 0 16px; padding: 16px 18px; background: var(--panel); }
.term { display: flex; align-items: baseline; }
.term b { display: block; font-size: 18px; font-weight: 600; line-height: 1.3; }
.term div span { color: var(--muted); font-size: 12.5px; }
.term .operator { padding: 0 12px; color: var(--muted); font-size: 18px; }
.term:first-child .operator { display: none; }
.term:last-child b { color: var(--first); }
sup { font-size: 0.7em; line-height: 0; }

@media (max-width: 640px) {
  td .name, th .name { max-width: 22ch; }
  .formula { display: grid; gap: 8px; }
  .term .operator, .term:first-child .operator { display: block; flex: 0 0 1.6em; padding: 0; }
  .term div { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 10px; }
}

@media print {
  .scroll { overflow: visible; background: none; }
  table { font-size: 8pt; }
  th, td { padding-right: 8px; white-space: normal; }
  td .name, th .name { width: auto; max-width: none; }
  .used { gap: 4px; }
  .used b { min-width: 0; }
  .bar { width: 24px; }
  td .prose { min-width: 0; }
}
`;
