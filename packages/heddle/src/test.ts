/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/test: futures polled by hand, a runtime that fails a test for what it left behind, virtual time, scripted streams and simulated
 * networks; and every order in which the tasks of a program could run. It imports no test runner: it works with yours.
 */
export { AssertionError } from "./test/assertion-error.js";
export { assertElapsed } from "./test/elapsed.js";
export type { ExpectedError } from "./test/expected-error.js";
export { type Exploration, explore } from "./test/explore.js";
export { ExploreError, type ExploreErrorOptions } from "./test/explore-error.js";
export type { ExploreOptions } from "./test/explore-options.js";
export { type MockStream, mockStream, type MockStreamBuilder } from "./test/mock-stream.js";
export { type Datagram, type DatagramSocket } from "./test/network/datagram.js";
export { type NetworkListener } from "./test/network/listener.js";
export { type Network, network, type NetworkOptions } from "./test/network/network.js";
export { type Address, type NetworkStream } from "./test/network/stream.js";
export { sequencer, type Sequencer } from "./test/sequencer.js";
export {
  type Nexts,
  type SpawnMock,
  spawnMock,
  type SpawnMockNexts,
  type SpawnMockOptions,
} from "./test/spawn-mock.js";
export { testRuntime, type TestRuntime, type TestRuntimeOptions } from "./test/test-runtime.js";
export { type Test, type TestBody, type TestFunction, testWith } from "./test/test-with.js";
export { tracked } from "./test/tracked.js";
export { untilIdle } from "./test/until-idle.js";
