/**
 * Ends: what happens to an end of a channel that is collected and was never closed.
 *
 * The collector closes it: late, and perhaps never, as collectors are. It is a net for what was forgotten, not a way to close: whoever
 * counts on the moment says `close()` or `using`. Watching takes half a microsecond, once for each end, so oneshots have no net.
 */

const collected = /* @__PURE__ */ new FinalizationRegistry<() => void>((gone) => gone());

/**
 * Watches an end until {@link unwatchEnd}.
 *
 * @param gone called when it was collected. Make it in a function that does not see the end: it must not keep it alive
 */
export function watchEnd(end: object, gone: () => void): void {
  collected.register(end, gone, end);
}

/** The end was closed. */
export function unwatchEnd(end: object): void {
  collected.unregister(end);
}
