/** Numbers look the same in the terminal and in the HTML report. */
export * from '../../src/report/format.js';
