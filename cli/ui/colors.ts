import pc from 'picocolors';

type Colors = ReturnType<typeof pc.createColors>;

/** Colours for a terminal that shows them; NO_COLOR and FORCE_COLOR decide where they are set. */
export function colorsFor(stream: NodeJS.WriteStream): Colors {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return pc.createColors(false);
  if (FORCE_COLOR) return pc.createColors(FORCE_COLOR !== '0');
  return pc.createColors(stream.isTTY === true && TERM !== 'dumb');
}
