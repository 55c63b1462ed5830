import { inputError, ReparamError } from '../errors.js';
import { dataTypeFromCode } from '../tensor/index.js';
import { type Device, devices } from './devices.js';
import { explainFailure, type Obstacle, remedyHint } from './remedies.js';

/** A well-formed model that onnxruntime cannot run: an operator, domain or type without an implementation, or inputs that it rejects. */
export class UnrunnableError extends ReparamError {
  constructor(reason: string, at?: string, cause?: unknown) {
    super('input', reason, { cause, ...(at === undefined ? {} : { at }) });
    this.name = 'UnrunnableError';
  }
}

const longestMessage = 300;

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

const unsupportedType = (code: number): string =>
  `onnxruntime-node takes no inputs or outputs of type ${dataTypeFromCode(code) ?? code}`;

/** `file.cc:12 function(parameters) `: a full path comes with a signature, a bare name with an identifier. */
const cppLocation =
  /\/\S+\.(?:cc|cpp|h|cu):\d+ .*?\)(?: \[with [^\]]*\])?(?:::<lambda\(.*?\)>)? |\b\w+\.(?:cc|cpp|h|cu):\d+ (?:operator\(\)|\w+) /g;

/** One line without the source locations, C++ signatures and repeated advice of onnxruntime's messages. */
export function plainMessage(message: string): string {
  const line = message
    .replace(/\s+/g, ' ')
    .replace(/^Load model from .*? failed: ?/, '')
    .replace(/^Fatal error: /, '')
    .replace(/^Exception during initialization: /, '')
    .replace(
      /Non-zero status code returned while running (\S+) node\. Name:'(.*?)' Status Message: /g,
      "$1 '$2': ",
    )
    .replace(cppLocation, '')
    .replace(/^Unsupported data type: (\d+)$/, (_, code: string) => unsupportedType(Number(code)))
    .replace(/ Encountered following errors:.*$/, '')
    .replace(/ Please fix either the inputs\/outputs or the model\./g, '')
    .trim()
    .replace(/[.:]+$/, '');
  return line.length > longestMessage ? `${line.slice(0, longestMessage)}…` : line;
}

/** What was to be opened or run, and where. */
export interface Circumstances {
  readonly device: Device;
  /** The model's file name, when it came from a file. */
  readonly at: string | undefined;
}

function subjectOf({ device, at }: Circumstances): string {
  const place = device === 'cpu' ? '' : ` on ${devices[device].title}`;
  return `${at ?? 'the model'}${place}`;
}

/** A device that this machine lacks. */
export function deviceError(device: Device, obstacle: Obstacle, cause?: unknown): ReparamError {
  const { reason, remedies } = obstacle;
  return new ReparamError('environment', `${devices[device].title} does not work here: ${reason}`, {
    cause,
    hint: remedies.length > 0 ? remedyHint(remedies) : 'reparam doctor shows which devices work',
  });
}

export function openError(cause: unknown, circumstances: Circumstances): ReparamError {
  const { device, at } = circumstances;
  const message = plainMessage(textOf(cause));
  if (/protobuf parsing failed|Model data pointer is null/.test(message)) {
    return inputError(`${at ?? 'the model'} is not a readable ONNX model`, {
      cause,
      hint: 'the file is truncated, empty or of another format',
    });
  }
  const obstacle = explainFailure(device, message);
  if (obstacle) return deviceError(device, obstacle, cause);
  const subject = subjectOf(circumstances);
  return new UnrunnableError(`onnxruntime cannot open ${subject}: ${message}`, at, cause);
}

export function runError(cause: unknown, circumstances: Circumstances): UnrunnableError {
  const message = plainMessage(textOf(cause));
  const subject = subjectOf(circumstances);
  return new UnrunnableError(
    `onnxruntime cannot run ${subject}: ${message}`,
    circumstances.at,
    cause,
  );
}
