import type { DataType } from '../../../tensor/index.js';
import { inOrder } from '../order.js';
import { Fields } from '../read/fields.js';
import type { ModelFile } from '../read/model-file.js';
import { type ImportedGraph, NetworkWriter } from '../writer.js';
import { Attributes, parseShape } from './attributes.js';
import { NodeCall, type OpRule, type Result } from './call.js';
import { opRules } from './index.js';

const rules = new Map<string, OpRule>(
  opRules.flatMap((rule) => rule.ops.map((op) => [op, rule] as const)),
);

const types: Readonly<Record<string, DataType>> = {
  DT_FLOAT: 'float32',
  '1': 'float32',
  DT_INT32: 'int32',
  '3': 'int32',
  DT_BOOL: 'bool',
  '10': 'bool',
};

interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** Nodes whose first output this one reads. */
  readonly inputs: readonly string[];
  readonly fields: Fields;
}

function parseNode(value: unknown, index: number, file: string): GraphNode {
  const unnamed = new Fields(value, `node ${index + 1}`, file);
  const [name, op] = [unnamed.text('name'), unnamed.text('op')];
  const fields = new Fields(value, `node '${name}' (${op})`, file);
  const inputs = fields.list('input', []).flatMap((input) => {
    if (typeof input !== 'string') throw fields.fault(`reads ${JSON.stringify(input)}, no node`);
    // Names behind ^ only say what has to run before.
    if (input.startsWith('^')) return [];
    const [, source = input, output = '0'] = /^(.*?):(\d+)$/.exec(input) ?? [];
    if (output === '0') return [source];
    throw fields.fault(
      `reads the output ${output} of '${source}': only first ones can be imported`,
    );
  });
  return { name, op, inputs, fields };
}

const withoutOutput = (name: string): string => name.replace(/:0$/, '');

/** Nodes that the signature names, or those that nobody reads. */
function outputsOf(nodes: readonly GraphNode[], signature: Fields | null): string[] {
  const outputs = signature?.get('outputs');
  if (signature && outputs !== undefined) {
    const entries = signature.fields('outputs', "'signature.outputs'");
    return entries.names().map((key) => withoutOutput(entries.fields(key).text('name', key)));
  }
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  return nodes.filter(({ name }) => !read.has(name)).map(({ name }) => name);
}

/** Shapes of inputs that the signature knows, by the name of the node. */
function signedShapes(signature: Fields | null): Map<string, (number | null)[]> {
  const shapes = new Map<string, (number | null)[]>();
  const inputs = signature?.get('inputs');
  if (!signature || inputs === undefined) return shapes;
  const entries = signature.fields('inputs', "'signature.inputs'");
  for (const key of entries.names()) {
    const entry = entries.fields(key);
    const shape = parseShape(entry.get('tensorShape'));
    if (shape) shapes.set(withoutOutput(entry.text('name', key)), shape);
  }
  return shapes;
}

class GraphImport {
  readonly #file: ModelFile;
  readonly #writer: NetworkWriter;
  readonly #nodes: readonly GraphNode[];
  readonly #byName: ReadonlyMap<string, GraphNode>;
  readonly #results = new Map<string, Result>();

  constructor(file: ModelFile, writer: NetworkWriter) {
    this.#file = file;
    this.#writer = writer;
    this.#nodes = file.topology.list('node').map((node, i) => parseNode(node, i, file.path));
    this.#byName = new Map(this.#nodes.map((node) => [node.name, node]));
  }

  write(first: boolean): ImportedGraph {
    const inputNames = this.#inputs(first);
    const names = outputsOf(this.#nodes, this.#file.signature);
    if (names.length === 0) throw this.#file.topology.fault('has no outputs');
    const order = inOrder(
      names,
      (name) => this.#node(name).inputs,
      (name) => this.#node(name).fields.fault('depends on itself'),
    );
    for (const name of order) {
      if (!this.#results.has(name)) this.#results.set(name, this.#call(this.#node(name)));
    }
    const outputNames = names.map((name) => {
      const { fields } = this.#node(name);
      const result = this.#results.get(name);
      if (result && 'value' in result) return this.#writer.output(name, result, first);
      throw fields.fault('is an output, but no tensor that depends on the inputs');
    });
    return { writer: this.#writer, inputNames, outputNames, outputSources: names };
  }

  #node(name: string): GraphNode {
    const node = this.#byName.get(name);
    if (node) return node;
    const reader = this.#nodes.find(({ inputs }) => inputs.includes(name));
    throw (reader?.fields ?? this.#file.topology).fault(`reads '${name}', which is no node`);
  }

  /** Placeholders become the inputs. */
  #inputs(first: boolean): string[] {
    const signed = signedShapes(this.#file.signature);
    const placeholders = this.#nodes.filter(({ op }) => op === 'Placeholder');
    for (const { name, fields } of placeholders) {
      const attributes = new Attributes(fields);
      const dtype = types[attributes.type('dtype')];
      if (!dtype) throw fields.fault(`is of type ${attributes.type('dtype')}`);
      const shape = signed.get(name) ?? attributes.shape('shape');
      if (!shape) {
        throw fields.fault(
          'does not say how many axes it has',
          'convert the model again with the shapes of its inputs',
        );
      }
      this.#results.set(name, this.#writer.input(name, dtype, shape, first));
    }
    return placeholders.map(({ name }) => name);
  }

  #call({ name, op, inputs, fields }: GraphNode): Result {
    if (op === 'Const') {
      const tensor = this.#file.weights.tensors.get(name);
      if (tensor) return { name, tensor };
      throw fields.fault('has no value in weightsManifest');
    }
    const rule = rules.get(op);
    if (!rule) {
      const known = [...rules.keys()].sort().join(', ');
      throw fields.fault('is of an operator that cannot be imported', `operators are ${known}`);
    }
    this.#writer.scope = name;
    const operands = inputs.map((input) => this.#results.get(input) as Result);
    return rule.write(new NodeCall(this.#writer, op, new Attributes(fields), operands));
  }
}

/** Writes a TensorFlow graph. @param first whether images are [N, C, H, W] at the inputs and outputs */
export function importGraph(file: ModelFile, first: boolean): ImportedGraph {
  const writer = new NetworkWriter('graph', file.path);
  return new GraphImport(file, writer).write(first);
}
