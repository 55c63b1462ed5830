import type { SerializedError } from 'vitest';
import {
  DefaultReporter,
  type TestCase,
  type TestModule,
  type TestRunEndReason,
  type TestSuite,
} from 'vitest/node';

interface Count {
  passed: number;
  failed: number;
  skipped: TestCase[];
}

/**
 * The default reporter with `N passed, N failed[, N skipped]` alone on the last line. What kept tests from running
 * counts as failed too: a file that cannot be imported, a broken hook, an unhandled error, a test never reached.
 */
export default class CountingReporter extends DefaultReporter {
  override onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    super.onTestRunEnd(modules, unhandledErrors, reason);
    const count: Count = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) addModule(count, module);
    for (const test of count.skipped) this.log(describeSkipped(test));
    const { passed, failed, skipped } = count;
    const suffix = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
    this.log(`${passed} passed, ${failed} failed${suffix}`);
  }
}

function addModule(count: Count, module: TestModule): void {
  addErrors(count, module);
  for (const suite of module.children.allSuites()) addErrors(count, suite);
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === 'passed') count.passed++;
    else if (state === 'skipped') count.skipped.push(test);
    else count.failed++;
  }
}

/** Errors outside of any test: on import or in a hook. */
function addErrors(count: Count, scope: TestModule | TestSuite): void {
  if (scope.errors().length > 0) count.failed++;
}

function describeSkipped(test: TestCase): string {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  const reason = note ?? (test.options.mode === 'todo' ? 'to do' : 'no reason given');
  return `skipped: ${test.module.relativeModuleId} > ${test.fullName}: ${reason}`;
}
