export { safetensorsChunks } from './encode.js';
export { readSafetensors, type Safetensors, writeSafetensors } from './files.js';
