/**
 * The part of the plugin for webpack that transforms modules, which webpack wants in a file of its own.
 */
import type { LoaderContext } from "webpack";
import { isOwn } from "./own.js";
import { mayConcern, transform } from "./transform.js";
import type { LoaderOptions } from "./webpack.js";

// oxlint-disable-next-line import/no-default-export
export default function load(this: LoaderContext<LoaderOptions>, code: string, map?: any): void {
  const done = this.async();
  const id = this.resourcePath;
  if (isOwn(id))
    return done(
      new Error(
        `Cannot bundle heddle/thread with webpack: each entry point would have a heddle of its own\nhelp: leave it out: externals: [/^heddle(\\/|$)/]`,
      ),
    );
  if (!mayConcern(code)) return done(null, code, map);
  const find = this.getResolve({ dependencyType: "esm" });
  const resolve = async (source: string): Promise<string | null> => {
    // What heddle exports, no thread is given as a function of the program.
    if (/^heddle(\/|$)/.test(source)) return null;
    try {
      const found = (await find(this.context, source)) || null;
      // It is not known here what stays outside of the bundle; packages often do.
      return found !== null && /[\\/]node_modules[\\/]/.test(found) ? null : found;
    } catch {
      // webpack says it better.
      return null;
    }
  };
  transform(code, id, { resolve, urlOf: this.getOptions().urlOf, preamble: () => "" }).then(
    (transformed) =>
      transformed === null ? done(null, code, map) : done(null, transformed.code, transformed.map as any),
    (error: unknown) => done(error as Error),
  );
}
