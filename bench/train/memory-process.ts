/** Run by `peakMemory` in a process of its own: takes a few steps and prints its largest resident set in bytes. */
import { peakResident } from '../../src/timing/resident.js';
import { openOurs } from './our-step.js';

const [net = '', batch = '', threads = '', method = 'baseline'] = process.argv.slice(2);
const ours = await openOurs(net, Number(batch), { threads: Number(threads) }, method);
for (let i = 0; i < 3; i++) await ours.step();
console.log(peakResident());
await ours.close();
