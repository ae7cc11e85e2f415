/**
 * FileVersion: what a file that is watched had in it at one time.
 */
import { open } from "node:fs/promises";
import { textOf } from "./content.js";
import { codeOf, type Deed, failed } from "./failures.js";
import { Metadata } from "./metadata.js";

/** The content of a file as it was. */
export class FileVersion {
  readonly path: string;
  readonly #content: { readonly bytes: Uint8Array; readonly metadata: Metadata } | { readonly failure: unknown };

  /** @internal */
  constructor(path: string, content: { bytes: Uint8Array; metadata: Metadata } | { failure: unknown }) {
    this.path = path;
    this.#content = content;
  }

  /** @throws HeddleError why it could not be read: `fs.permission-denied`, `fs.is-a-directory`, … */
  get bytes(): Uint8Array {
    return this.#read().bytes;
  }

  /** @throws HeddleError why it could not be read; `fs.not-text` if it is not UTF-8 */
  get text(): string {
    return textOf(this.#read().bytes, this.path);
  }

  /** @throws HeddleError why it could not be read */
  get metadata(): Metadata {
    return this.#read().metadata;
  }

  #read(): { readonly bytes: Uint8Array; readonly metadata: Metadata } {
    const content = this.#content;
    if ("bytes" in content) return content;
    const deed: Deed = { verb: "read", path: this.path };
    throw failed(deed, content.failure);
  }

  /** @internal Whether the system says that it is still this one. Do not ask right after a change: the system's times are coarse. */
  isUntouched({ inode, device, length, modified }: Metadata): boolean {
    if (!("bytes" in this.#content)) return false;
    const mine = this.#content.metadata;
    return (
      mine.inode === inode &&
      mine.device === device &&
      mine.length === length &&
      mine.modified.getTime() === modified.getTime()
    );
  }

  /** @internal Whether a reader finds the same in both. */
  isSame(other: FileVersion): boolean {
    const [mine, its] = [this.#content, other.#content];
    if ("bytes" in mine) return "bytes" in its && Buffer.compare(mine.bytes, its.bytes) === 0;
    return !("bytes" in its) && codeOf(mine.failure) === codeOf(its.failure);
  }
}

/**
 * What there is now.
 *
 * @param before what there was: it is given again if nothing has changed
 * @param isTold whether there was an event of this very file. If not, what the system says of it is taken for true, which spares the reading
 * @returns undefined if there is no file
 */
export async function versionOf(
  path: string,
  before: FileVersion | undefined,
  isTold: boolean,
): Promise<FileVersion | undefined> {
  let now;
  try {
    now = await readVersion(path, isTold ? undefined : before);
  } catch (failure) {
    const code = codeOf(failure);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    now = new FileVersion(path, { failure });
  }
  return before !== undefined && now.isSame(before) ? before : now;
}

async function readVersion(path: string, known: FileVersion | undefined): Promise<FileVersion> {
  // Opened once, so that both are of the same file, whoever replaces it meanwhile.
  const file = await open(path);
  try {
    const metadata = new Metadata(await file.stat());
    if (known?.isUntouched(metadata) === true) return known;
    return new FileVersion(path, { bytes: await file.readFile(), metadata });
  } finally {
    await file.close();
  }
}
