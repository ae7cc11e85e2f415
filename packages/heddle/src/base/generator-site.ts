/**
 * Where a suspended generator stands, asked of the engine's inspector: for one error message, at a bare `yield`, where
 * nothing of heddle is on the stack.
 *
 * HOST: Node 20.16+ has `process.getBuiltinModule`, and its inspector answers synchronously with no domain enabled. Elsewhere
 * the answer is empty and the message does without the line.
 */

interface Session {
  connect(): void;
  disconnect(): void;
  post(method: string, params: object, done: (error: unknown, result: any) => void): void;
}

/** `file:line:col`, or an empty string where the host cannot say. */
export function generatorSite(generator: object): string {
  const key = Symbol.for("heddle.generator");
  const host = globalThis as any;
  let site = "";
  try {
    const session: Session = new (host.process.getBuiltinModule("node:inspector").Session)();
    session.connect();
    const ask = (method: string, params: object): any => {
      let answer: any;
      session.post(method, params, (_error, result) => (answer = result));
      return answer;
    };
    try {
      host[key] = generator;
      const { objectId } = ask("Runtime.evaluate", {
        expression: 'globalThis[Symbol.for("heddle.generator")]',
      }).result;
      const { scriptId, lineNumber, columnNumber } = ask("Runtime.getProperties", {
        objectId,
        ownProperties: true,
      }).internalProperties.find((p: any) => p.name === "[[GeneratorLocation]]").value.value;
      // Do not enable the Profiler first: disabling it again would corrupt the program's own coverage figures.
      const script = ask("Profiler.getBestEffortCoverage", {}).result.find((s: any) => s.scriptId === scriptId);
      site = `${script.url}:${lineNumber + 1}:${columnNumber + 1}`;
    } finally {
      delete host[key];
      session.disconnect();
    }
  } catch {
    // The host has no such inspector: the message goes without the line.
  }
  return site;
}
