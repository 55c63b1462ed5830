import { figures } from './figures.js';
import { page } from './page.js';
import { tables } from './tables.js';
import { theme } from './theme.js';

export const styleSheet = `${theme}${page}${tables}${figures}`;
