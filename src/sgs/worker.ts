/** A thread of `workers.ts`: estimates what it is asked for, one job after the other. */
import { serve } from '../runtime/threads/serve.js';
import { estimate } from './estimate-job.js';

serve(estimate);
