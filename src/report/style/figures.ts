/** Charts and graphs. */
export const figures = `
svg { display: block; }
svg text { fill: var(--muted); font: 11.5px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; }
figcaption { margin-bottom: 8px; font-weight: 600; }
p.empty { align-self: start; width: 100%; padding: 26px 16px; background: var(--panel); color: var(--muted); }
.chart { width: 100%; height: auto; overflow: visible; }
.chart .axis { stroke: var(--muted); }
.chart .grid { stroke: var(--line); }
.chart line { shape-rendering: crispEdges; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(300px, 100%), 1fr)); column-gap: 34px; }
.gallery figure { display: grid; grid-row: span 3; grid-template-rows: subgrid; gap: 0; align-content: start; }
.gallery figcaption .name { font-weight: 500; }
.gallery p.aside { margin: 6px 0 28px; line-height: 1.4; }
.key { display: inline-block; width: 11px; height: 11px; margin-right: 2px; border-radius: 50%; vertical-align: -1px; }
.key.all, .key.worst { border-radius: 1px; }

.histogram .all { fill: var(--tint); }
.histogram .worst { fill: var(--first); }
.key.all { background: var(--tint); }
.key.worst, .key.accumulated { background: var(--first); }
.key.local { background: var(--second); }
.histogram line.bound { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 4 3; }
.histogram text.bound { fill: var(--bad); }

.growth path { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
.growth path.accumulated { stroke: var(--first); }
.growth path.local { stroke: var(--second); }
.growth path.bound { stroke: var(--muted); stroke-width: 1.2; stroke-dasharray: 4 3; }
.growth circle.accumulated { fill: var(--first); }
.growth circle.local { fill: var(--second); }
.growth .divergence line { stroke: var(--bad); stroke-width: 1.5; }
.growth .divergence text { fill: var(--bad); font-weight: 600; }
.narrow { display: none; }

.pair { display: flex; gap: 20px 32px; align-items: flex-start; margin-top: 14px; }
.side { flex: 0 1 auto; min-width: 0; }
.side:last-child { flex-shrink: 0; max-width: 50%; }
.side:has(table) { min-width: 200px; }
.side .scroll { --back: var(--panel); margin: 0; padding: 14px; }
.side .scroll:has(table) { --back: var(--paper); padding: 0; }
.graph rect { fill: var(--paper); stroke: var(--muted); }
.graph .weighted rect { fill: var(--weighted); stroke: var(--first); }
.graph .group rect { fill: var(--panel); stroke-dasharray: 4 3; }
.graph .source rect, .graph .output rect { fill: var(--line); stroke: none; }
.graph text { text-anchor: middle; }
.graph .heading { fill: var(--ink); font-size: 12.5px; font-weight: 600; }
.graph .detail { fill: var(--ink); font-size: 11px; }
.graph .name { font: 10.5px ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.graph .source .name, .graph .output .name { fill: var(--ink); }
.graph .edge { fill: none; stroke: var(--muted); stroke-width: 1.1; }
.graph .arrow { fill: var(--muted); }
.part + .part { margin-top: 40px; }

.heat rect { fill: var(--first); stroke: var(--paper); }
.heat text { fill: var(--ink); font-size: 10.5px; text-anchor: middle; dominant-baseline: central; }
td:has(.heat), th:has(.heat) { padding: 5px 8px; }

@media (max-width: 640px) {
  .pair { flex-direction: column; }
  .side, .side:last-child { max-width: 100%; }
  .wide { display: none; }
  .narrow { display: block; }
}

@media print {
  .pair { gap: 16px; }
  .side:last-child { flex-shrink: 1; }
  .graph { max-width: 100%; height: auto; }
  .bar, .bar span, .key, .chart, .graph, .heat { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
