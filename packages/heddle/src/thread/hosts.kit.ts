/**
 * What the threads of some hosts cannot do, as what `skip` wants: the reason there, false elsewhere. docs/hosts.md lists them.
 */
const isDeno = "Deno" in globalThis;
const isBun = "Bun" in globalThis;
const host = isDeno ? "Deno" : "Bun";

/** Whether it is known of a function where it stands, so that no one has to say. */
export const tellsPlaces = !isDeno && !isBun;

export const movesNoFunctions = !tellsPlaces && `${host} cannot evaluate a function inside its module`;

export const endsNoThreads = isDeno && "Deno does not end a thread that is busy";

export const movesNoPorts = isDeno && "Deno does not move ports that listen";

export const leavesPorts = isBun && "Bun does not close a port that was on its way to a thread which ended";

export const keepsNoLimits = !tellsPlaces && `${host} does not keep to limits of memory`;

export const countsNoThreads =
  process.platform !== "linux"
    ? "only Linux shows the threads of a process"
    : isBun && "Bun has threads of its own, which come and go";
