import type { JsonObject } from '../train/json.js';
import { flagName, recipeSchema } from '../train/recipe/index.js';
import { axes, studyKeys } from './study.js';

const oneOrMany = (item: JsonObject): JsonObject => ({
  anyOf: [item, { type: 'array', items: item, minItems: 1 }],
});

/** The options of a recipe by both of their spellings, batchSize and batch-size, but for some. */
function options(without: readonly string[]): JsonObject {
  const { properties } = recipeSchema() as { properties: Record<string, JsonObject> };
  const spelled = Object.entries(properties)
    .filter(([name]) => !without.includes(name))
    .flatMap(([name, { default: _, ...schema }]) => {
      const dashed = flagName(name as Parameters<typeof flagName>[0]).slice(2);
      return dashed === name
        ? [[name, schema]]
        : [
            [name, schema],
            [dashed, schema],
          ];
    });
  return Object.fromEntries(spelled) as JsonObject;
}

const mapping = (properties: JsonObject): JsonObject => ({
  type: 'object',
  properties,
  additionalProperties: false,
});

const docs: Readonly<Record<string, string>> = {
  models: 'built-in networks and ONNX files',
  methods: 'methods of training',
  data: 'data sets and where they are, such as cifar10:FOLDER',
};

/** A JSON Schema (2020-12) of study files, for editors; made of the fields of recipes. */
export function studySchema(): JsonObject {
  const listed = [...Object.values(axes), 'seed'];
  const name: JsonObject = { type: 'string', description: 'what it is called in tables' };
  const lists = Object.entries(axes).map(([axis, option]) => {
    const own = options(listed.filter((other) => other !== option));
    const entry = { anyOf: [{ type: 'string' }, mapping({ name, ...own })] };
    return [axis, { description: docs[axis] ?? '', ...oneOrMany(entry) }];
  });
  const seed = { type: 'integer', minimum: 0 };
  const properties: Record<string, JsonObject> = {
    ...Object.fromEntries(lists),
    name: { type: 'string', description: 'what the study is called' },
    seeds: {
      description: 'how many, counted from 0, or a list',
      anyOf: [
        { type: 'integer', minimum: 1 },
        { type: 'array', items: seed, minItems: 1, uniqueItems: true },
      ],
    },
    baseline: { type: 'string', description: 'name of the method that others are compared with' },
    recipe: { description: 'options of all runs', ...mapping(options(listed)) },
    $schema: { type: 'string' },
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Study of onnx-reparam',
    type: 'object',
    properties: Object.fromEntries(
      [...studyKeys, '$schema'].map((key) => [key, properties[key] ?? {}]),
    ),
    required: ['models', 'methods', 'seeds'],
    additionalProperties: false,
  };
}
