/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/test: futures polled by hand, a runtime that fails a test for what it left behind, virtual time, scripted streams and simulated
 * networks. It imports no test runner: it works with yours.
 */
export { AssertionError } from "./test/assertion-error.js";
export { assertElapsed } from "./test/elapsed.js";
export type { ExpectedError } from "./test/expected-error.js";
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
export { untilIdle } from "./test/until-idle.js";
