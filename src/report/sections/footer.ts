import type { VerifyFindings } from '../findings.js';
import { formatDims } from '../format.js';
import { type Html, html } from '../html.js';
import { name, shellCommand } from '../names.js';
import { scrollable } from '../table.js';

const entry = (term: string, definition: Html | string | number): Html =>
  html`<div><dt>${term}</dt><dd>${definition}</dd></div>\n`;

/** What made the report, and how to make it again. */
export function footerHtml({ report, made }: VerifyFindings): Html {
  const inputs =
    'runs' in report
      ? report.inputs.map(
          ({ name: input, dtype, dims }, i) =>
            html`${i === 0 ? '' : ', '}${name(input)} ${dtype} ${formatDims(dims)}`,
        )
      : [];
  const command = html`<pre><code>reparam ${shellCommand(made.command)}</code></pre>`;
  return html`<footer>
<h2>How to get this again</h2>
${scrollable('Command', command)}<dl class="made">
${inputs.length === 0 ? null : entry('Inputs', html`${inputs}`)}${'runs' in report ? entry('Seed', report.seed) : null}${entry('onnx-reparam', made.tool)}${entry('onnxruntime', made.onnxruntime)}${entry('Node', made.node)}${entry('Platform', made.platform)}</dl>
</footer>\n`;
}
