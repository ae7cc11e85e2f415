/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/fs: files and folders.
 */
export { type Content, copy, read, readToString, write } from "./fs/content.js";
export { File, type SeekFrom } from "./fs/file.js";
export type { FileVersion } from "./fs/file-version.js";
export { createDir, createDirAll, DirBuilder, removeDir, removeDirAll } from "./fs/folders.js";
export { type Metadata, metadata, setPermissions, symlinkMetadata, tryExists } from "./fs/metadata.js";
export { canonicalize, hardLink, readLink, removeFile, rename, symlink } from "./fs/names.js";
export { OpenOptions } from "./fs/open-options.js";
export type { Path } from "./fs/path.js";
export { type DirEntry, readDir, type ReadDir } from "./fs/read-dir.js";
export { watch, type WatchOptions } from "./fs/watch.js";
export { writeAtomic } from "./fs/write-atomic.js";
