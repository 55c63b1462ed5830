import { test } from 'vitest';
import { readdirSync, writeFileSync } from 'node:fs';
import { compareModels, toleranceUsed } from '/work/main/src/verify/index.js';
test('x', async()=>{
 const root='/tmp/w/nt/onnx-node-tests/'; const count:Record<string,number>={}; const lines:string[]=[];
 for(const f of readdirSync(root,{recursive:true}) as string[]) if(f.endsWith('.onnx')){
  writeFileSync('/tmp/w/last',f); const t=performance.now();
  try{ const r=await compareModels({path:root+f},{path:root+f}); count[r.status]=(count[r.status]??0)+1;
   if(r.status!=='equal') lines.push(r.status+' '+f.replace(/.*data\//,'')+' '+('reason' in r?r.reason.replace(root+f,'F').slice(0,220):JSON.stringify(r.runs.flatMap(x=>x.outputs).find(o=>!o.equal)?.error)));
   else if(r.notes.length) {count.notes=(count.notes??0)+1; lines.push('note '+f.replace(/.*data\//,'')+' '+r.notes.join(';'))}
   const ms=performance.now()-t; if(ms>1500) lines.push('slow '+f+' '+ms);
   JSON.parse(JSON.stringify(r));
  }catch(e){count.threw=(count.threw??0)+1; lines.push('THREW '+f.replace(/.*data\//,'')+' '+(e as Error).message+' '+((e as any).code==='internal'||!(e as any).code?(e as Error).stack:''))}
 }
 writeFileSync('/tmp/w/ops.txt',lines.join('\n')); console.log(JSON.stringify(count));
},600000);
