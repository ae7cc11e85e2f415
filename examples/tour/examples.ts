/**
 * The programs of the tour, in order.
 */
import { allCoresBusy } from "../all-cores-busy.js";
import { asyncDestructor } from "../async-destructor.js";
import { asyncMethodBehindInterface } from "../async-method-behind-interface.js";
import { awaitedOrJoined } from "../awaited-or-joined.js";
import { buildARuntime } from "../build-a-runtime.js";
import { clientsBlocking } from "../clients-blocking.js";
import { clientsInParallel } from "../clients-in-parallel.js";
import { clientsOnOneWorker } from "../clients-on-one-worker.js";
import { clientsOnWorkersJoined } from "../clients-on-workers-joined.js";
import { clientsOnWorkers } from "../clients-on-workers.js";
import { clientsOneByOne } from "../clients-one-by-one.js";
import { clientsUnordered } from "../clients-unordered.js";
import { echoServer } from "../echo-server.js";
import { errorsGoUp } from "../errors-go-up.js";
import { fibonacciFourTimes } from "../fibonacci-four-times.js";
import { fourProcesses } from "../four-processes.js";
import { handWrittenFuture } from "../hand-written-future.js";
import { helloWorldDesugared } from "../hello-world-desugared.js";
import { joinSelectRace } from "../join-select-race.js";
import { lazyFuture } from "../lazy-future.js";
import { learnSingDance } from "../learn-sing-dance.js";
import { millionFutures } from "../million-futures.js";
import { mistakeBlocking } from "../mistake-blocking.js";
import { mistakeNeverAwaited } from "../mistake-never-awaited.js";
import { oneRequest } from "../one-request.js";
import { ownExecutor } from "../own-executor.js";
import { processesInTasks } from "../processes-in-tasks.js";
import { requestsJoined } from "../requests-joined.js";
import { requestsOneByOne } from "../requests-one-by-one.js";
import { slowCallQuickJob } from "../slow-call-quick-job.js";
import { tenThousandConnections } from "../ten-thousand-connections.js";
import { thousandThreads } from "../thousand-threads.js";
import { twoDownloads } from "../two-downloads.js";
import { valueUnderMutex } from "../value-under-mutex.js";
import { watchedFile } from "../watched-file.js";
import type { Example } from "../stage/example.js";

export const examples: readonly Example[] = [
  allCoresBusy,
  oneRequest,
  requestsOneByOne,
  requestsJoined,
  fourProcesses,
  processesInTasks,
  fibonacciFourTimes,
  valueUnderMutex,
  watchedFile,
  slowCallQuickJob,
  twoDownloads,
  lazyFuture,
  learnSingDance,
  echoServer,
  clientsBlocking,
  clientsOneByOne,
  clientsUnordered,
  clientsOnWorkers,
  clientsOnWorkersJoined,
  clientsInParallel,
  clientsOnOneWorker,
  tenThousandConnections,
  helloWorldDesugared,
  handWrittenFuture,
  joinSelectRace,
  errorsGoUp,
  ownExecutor,
  thousandThreads,
  awaitedOrJoined,
  millionFutures,
  mistakeBlocking,
  mistakeNeverAwaited,
  buildARuntime,
  asyncMethodBehindInterface,
  asyncDestructor,
];
