/** Every question, in the order they are asked and printed. */
import { questions as abort } from "./questions/abort.js";
import { questions as depth } from "./questions/depth.js";
import { questions as explore } from "./questions/explore.js";
import { questions as io } from "./questions/io.js";
import { questions as http } from "./questions/http.js";
import { questions as join } from "./questions/join.js";
import { questions as keyValue } from "./questions/key-value.js";
import { questions as memory } from "./questions/memory.js";
import { questions as mpsc } from "./questions/mpsc.js";
import { questions as mutex } from "./questions/mutex.js";
import { questions as oneshot } from "./questions/oneshot.js";
import { questions as par } from "./questions/par.js";
import { questions as resume } from "./questions/resume.js";
import { questions as scope } from "./questions/scope.js";
import { questions as select } from "./questions/select.js";
import { questions as semaphore } from "./questions/semaphore.js";
import { questions as sharedMemory } from "./questions/shared-memory.js";
import { questions as skynet } from "./questions/skynet.js";
import { questions as spawn } from "./questions/spawn.js";
import { questions as tcp } from "./questions/tcp.js";
import { questions as threadChannels } from "./questions/thread-channels.js";
import { questions as threadStart } from "./questions/thread-start.js";
import { questions as threads } from "./questions/threads.js";
import { questions as timeout } from "./questions/timeout.js";
import { questions as timers } from "./questions/timers.js";
import { questions as yields } from "./questions/yield.js";
import type { Question } from "./harness.js";

export const questions: readonly Question[] = [
  ...spawn,
  ...yields,
  ...depth,
  ...resume,
  ...join,
  ...select,
  ...timeout,
  ...abort,
  ...scope,
  ...mutex,
  ...semaphore,
  ...mpsc,
  ...oneshot,
  ...io,
  ...keyValue,
  ...tcp,
  ...threads,
  ...threadStart,
  ...sharedMemory,
  ...threadChannels,
  ...par,
  ...skynet,
  ...timers,
  ...memory,
  ...http,
  ...explore,
];
