export { safetensorsChunks } from './encode.js';
export { readSafetensors, writeSafetensors } from './files.js';
