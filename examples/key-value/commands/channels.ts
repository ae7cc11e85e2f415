/**
 * PUBLISH, SUBSCRIBE, UNSUBSCRIBE.
 */
import type { Bytes } from "../resp/bytes.js";
import { Push, type Reply, Several } from "../resp/reply.js";
import type { Session } from "../session.js";
import type { Command } from "./command.js";

function subscribe({ subscriptions }: Session, names: readonly Bytes[]): Reply {
  return new Several(
    names.map((name) => {
      subscriptions.add(name);
      return new Push(["subscribe", name, subscriptions.size]);
    }),
  );
}

/** Without names: from all channels. */
function unsubscribe({ subscriptions }: Session, names: readonly Bytes[]): Reply {
  const from: readonly (Bytes | null)[] = names.length > 0 ? names : [...subscriptions.names];
  return new Several(
    (from.length > 0 ? from : [null]).map((name) => {
      if (name !== null) subscriptions.remove(name);
      return new Push(["unsubscribe", name, subscriptions.size]);
    }),
  );
}

export const channels: readonly Command[] = [
  { name: "publish", least: 2, most: 2, run: ({ db }, [name, message]) => db.channels.publish(name!, message!) },
  { name: "subscribe", least: 1, isForSubscribers: true, run: subscribe },
  { name: "unsubscribe", least: 0, isForSubscribers: true, run: unsubscribe },
];
