/**
 * The package `ws`, which speaks WebSocket: an optional peer dependency that is loaded at the first connection. The one file that names it.
 * No declaration that users see may import it: they may not have the package, nor its types.
 */
import { HeddleError } from "../base/errors.js";

/** How long `ws` waits for the other side to agree to a close is its own affair: 30 s. */
export async function loadWs(): Promise<typeof import("ws")> {
  try {
    return await import("ws");
  } catch (cause) {
    throw new HeddleError("http.no-ws", 'Cannot open a WebSocket without the package "ws": it cannot be loaded', {
      cause,
      help: "install it: npm install ws",
    });
  }
}
