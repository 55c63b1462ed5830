import { type Content, html, unescaped } from './html.js';
import { styleSheet } from './style/index.js';

/** Nothing but its own style may load or run, whatever the names in a model hold. */
const policy = "default-src 'none'; style-src 'unsafe-inline'";

/**
 * A page that needs no network, no script and no other file.
 * @param style what it needs beside the style sheet that all pages share
 */
export function htmlPage(title: string, body: Content, style = ''): string {
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${title}</title>
<style>${unescaped(styleSheet + style)}</style>
</head>
<body>
<main>
${body}</main>
</body>
</html>
`;
  return page.toString();
}
