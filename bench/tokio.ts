/**
 * Builds the Rust program in `tokio/` from the Rust packages of the Debian system it runs on.
 *
 * Nothing is downloaded: cargo is given the packages' own crate folder in place of the registry. Where that folder is
 * the package manager says. Sources and build live in a scratch folder of this user's, kept so that the next build is quick.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM = "heddle-bench-tokio";
const sources = fileURLToPath(new URL("../tokio/", import.meta.url));

/** The folder whose crates a directory source of cargo's may offer. */
function crates(): string {
  const listing = spawnSync("dpkg", ["-L", "librust-tokio-dev"], { encoding: "utf8" });
  const manifest = listing.stdout?.split("\n").find((path) => /\/tokio-[\d.]+\/Cargo\.toml$/.test(path));
  if (listing.status !== 0 || !manifest) {
    throw new Error(
      "Cannot build the Tokio program: Debian's packages of tokio are not installed\n" +
        "help: apt-get install librust-tokio-dev librust-futures-dev librust-rayon-dev, or leave out --tokio",
    );
  }
  return dirname(dirname(manifest));
}

/** A folder that nobody else can have put files into. */
function scratch(): string {
  const { uid } = userInfo();
  const folder = join(tmpdir(), `${PROGRAM}-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (statSync(folder).uid !== uid) {
    throw new Error(`Cannot build the Tokio program: "${folder}" belongs to another user\nhelp: remove it`);
  }
  chmodSync(folder, 0o700);
  return folder;
}

/** Builds the program. @returns its path. @throws when cargo or the packages are missing, saying which. */
export function build(): string {
  if (spawnSync("cargo", ["--version"]).status !== 0) {
    throw new Error(
      "Cannot build the Tokio program: 'cargo' was not found\n" +
        "help: install Rust (apt-get install cargo, or rustup.rs), or leave out --tokio",
    );
  }
  const registry = crates();
  const folder = scratch();
  // The times too: cargo builds again what is newer than its build.
  cpSync(sources, folder, { recursive: true, preserveTimestamps: true });
  mkdirSync(join(folder, ".cargo"), { recursive: true });
  writeFileSync(
    join(folder, ".cargo", "config.toml"),
    `[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = ${JSON.stringify(registry)}\n`,
  );
  const target = join(folder, "target");
  execFileSync("cargo", ["build", "--release", "--offline", "--target-dir", target], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return join(target, "release", PROGRAM);
}
