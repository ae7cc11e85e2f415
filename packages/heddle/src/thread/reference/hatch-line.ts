/**
 * The line that opens a hatch, and to which modules it is added.
 */

/** Under this, globally, a thread keeps the function that hatches are handed to. */
export const REGISTRY = /* @__PURE__ */ Symbol.for("heddle.hatch");

/** What a loader answers. */
export interface LoadResult {
  readonly format?: string | null | undefined;
  readonly source?: string | ArrayBuffer | NodeJS.TypedArray | null | undefined;
}

/** What a loader answered, with the line added if it is a module that may move functions. */
export function withHatch<R extends LoadResult>(url: string, loaded: R): R {
  const { format, source } = loaded;
  if (!/^(file|data):/.test(url) || !/^(module|commonjs)(-typescript)?$/.test(format ?? "")) return loaded;
  if (source === null || source === undefined) return loaded;
  const text = typeof source === "string" ? source : new TextDecoder().decode(source as ArrayBuffer);
  // Whoever moves a function names `move`, if only where it is imported.
  if (!/\bmove\b/.test(text)) return loaded;
  const own = JSON.stringify(url.replace(/[?&]heddle$/, ""));
  return { ...loaded, source: `${text}\n;globalThis[Symbol.for("heddle.hatch")]?.(${own}, (text) => eval(text));\n` };
}
