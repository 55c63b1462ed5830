import { parentPort } from 'node:worker_threads';
import { type Answer, failureOf } from './answer.js';

/**
 * The program of a thread of `Workers`: answers requests, one after the other.
 * @param handedOver buffers of a result that go to the other thread without a copy
 */
export function serve<Request, Result>(
  work: (request: Request) => Result | Promise<Result>,
  handedOver: (result: Result) => ArrayBuffer[] = () => [],
): void {
  let last: Promise<void> = Promise.resolve();
  const answer = async (request: Request): Promise<void> => {
    try {
      const result = await work(request);
      parentPort?.postMessage({ result } satisfies Answer<Result>, handedOver(result));
    } catch (error) {
      parentPort?.postMessage(failureOf(error));
    }
  };
  parentPort?.on('message', (request: Request) => {
    last = last.then(() => answer(request));
  });
}
