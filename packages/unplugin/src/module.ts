/**
 * What a module imports and exports, by the names that it uses itself.
 */
import { boundBy, isNode, type Node } from "./syntax.js";

/** Where an imported name is from. */
export interface Imported {
  readonly source: string;
  /** The name that the other module exports it by; `*` for all of it. */
  readonly name: string;
}

/** What is known of the names at the top level of a module. */
export interface Names {
  readonly imports: ReadonlyMap<string, Imported>;
  /** By the name of a variable, that of its export. */
  readonly exports: ReadonlyMap<string, string>;
}

export function namesOf(program: Node): Names {
  const imports = new Map<string, Imported>();
  const exports = new Map<string, string>();
  for (const node of program["body"] as Node[]) {
    if (node.type === "ImportDeclaration" && node["importKind"] !== "type")
      for (const specifier of node["specifiers"])
        imports.set(specifier.local.name, { source: node["source"].value, name: importedName(specifier) });
    if (node.type === "ExportDefaultDeclaration") {
      const { declaration } = node as any;
      const name = declaration.type === "Identifier" ? declaration.name : declaration.id?.name;
      if (name !== undefined && !exports.has(name)) exports.set(name, "default");
    }
    if (node.type === "ExportNamedDeclaration" && node["source"] === null) {
      for (const name of exportedBy(node["declaration"])) exports.set(name, name);
      for (const { local, exported } of node["specifiers"])
        if (!exports.has(local.name)) exports.set(local.name, exported.name ?? exported.value);
    }
  }
  return { imports, exports };
}

function importedName(specifier: Node): string {
  if (specifier.type === "ImportNamespaceSpecifier") return "*";
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  return specifier["imported"].name ?? specifier["imported"].value;
}

function exportedBy(declaration: unknown): string[] {
  if (!isNode(declaration)) return [];
  return declaration.type === "VariableDeclaration"
    ? declaration["declarations"].flatMap(({ id }: Node) => boundBy(id))
    : boundBy(declaration["id"]);
}
