/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/lowlevel: what heddle's own primitives are written on. For futures by hand, combinators and executors.
 */
export { type Holder, observeResources, Resource, type ResourceObserver } from "./base/resource.js";
export { Alarm } from "./future/alarm.js";
export { Context, noopWaker, type Waker } from "./future/context.js";
export { framed, type Settled } from "./future/framed.js";
export { Leaf } from "./future/leaf.js";
export { answer, charge, context } from "./future/next.js";
export { answerSlowly } from "./future/inspect.js";
export { pin, type Pinned } from "./future/pin.js";
export { END, type Future, PENDING, type Pending, type Poll } from "./future/poll.js";
export { pollFn } from "./future/ready.js";
export { Waiter, WaitList } from "./future/wait-list.js";
export { enter } from "./runtime/enter.js";
export { currentTask } from "./task/current-task.js";
