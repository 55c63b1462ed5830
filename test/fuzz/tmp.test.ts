import { test } from 'vitest';
import { decodeModel } from '../../src/onnx/index.js';
import { spoiledFile } from './fuzz.js';
import { seedModels } from './seeds.js';
test('h', () => { const s = seedModels(); const h = new Map<string, number>();
 for (let i=0;i<6000;i++) { let k='ok'; try { decodeModel(spoiledFile(i,s)); } catch (e) { k=(e as Error).message.replace(/'[^']*'/g,"'…'").replace(/\d+/g,'N').slice(0,90); } h.set(k,(h.get(k)??0)+1); }
 console.log([...h].sort((a,b)=>b[1]-a[1]).slice(0,40).map(([k,v])=>`${v} ${k}`).join('\n')); });
