/**
 * Scopes: which variable a name means, at each place of a module.
 */
import { boundBy, childrenOf, declaredIn, isFunction, isPlainName, type Node, varsIn } from "./syntax.js";

/** What declares names: a module, a function or a block. */
export class Scope {
  readonly names: ReadonlySet<string>;
  readonly parent: Scope | null;

  constructor(names: Iterable<string>, parent: Scope | null) {
    this.names = new Set(names);
    this.parent = parent;
  }

  /** The scope that declares the name; null if none does, and it is global. */
  declaring(name: string): Scope | null {
    if (this.names.has(name)) return this;
    return this.parent?.declaring(name) ?? null;
  }

  /** Whether it is that scope or one inside of it. */
  isWithin(outer: Scope): boolean {
    return this === outer || this.parent?.isWithin(outer) === true;
  }

  /** The scope of the module. */
  get module(): Scope {
    return this.parent?.module ?? this;
  }
}

/** What one node means to whoever walks a module. */
export interface Visit {
  readonly node: Node;
  readonly parent: Node | null;
  /** The scope that the node stands in. */
  readonly scope: Scope;
  /** Whether it is a reference to a variable by its name. */
  readonly isReference: boolean;
}

/** Visits all nodes of a module, or below a node of it, outer ones first. */
export function* walk(node: Node, scope: Scope | null = null, parent: Node | null = null): Generator<Visit> {
  const around = scope ?? new Scope([], null);
  const isReference =
    (node.type === "Identifier" || node.type === "JSXIdentifier") && (parent === null || !isPlainName(parent, node));
  yield { node, parent, scope: around, isReference };
  const inside = scopeOf(node, around);
  for (const child of childrenOf(node)) yield* walk(child, inside, node);
}

/** The scope inside a node: its own, if it has one. */
function scopeOf(node: Node, around: Scope): Scope {
  if (isFunction(node)) {
    const { params, body, id, type } = node as any;
    const own = type === "FunctionExpression" ? boundBy(id) : [];
    const block = body?.type === "BlockStatement" ? [...declaredIn(body.body), ...varsIn(body)] : [];
    return new Scope([...own, ...params.flatMap(boundBy), ...block], around);
  }
  switch (node.type) {
    case "Program":
      return new Scope([...declaredIn(node["body"]), ...varsIn(node)], null);
    case "BlockStatement":
    case "StaticBlock":
    case "TSModuleBlock":
      return new Scope(declaredIn(node["body"]), around);
    case "SwitchStatement":
      return new Scope(
        node["cases"].flatMap(({ consequent }: any) => declaredIn(consequent)),
        around,
      );
    case "ForStatement":
      return new Scope(node["init"] === null ? [] : declaredIn([node["init"]]), around);
    case "ForInStatement":
    case "ForOfStatement":
      return new Scope(declaredIn([node["left"]]), around);
    case "CatchClause":
      return new Scope(boundBy(node["param"]), around);
    case "ClassExpression":
      return new Scope(boundBy(node["id"]), around);
    default:
      return around;
  }
}

/** What a function uses of the functions and blocks around it. */
export interface Outside {
  /** The variables, in the order of the text. */
  readonly names: string[];
  /** What it uses that a function of its own at the top level of the module would not have: `this`, `super`, … */
  readonly words: string[];
}

/** @param scope the scope that the function stands in */
export function outsideOf(fn: Node, scope: Scope): Outside {
  const names = new Set<string>();
  const words = new Set<string>();
  const { module } = scope;
  for (const { node, scope: here, isReference } of walk(fn, scope)) {
    if (!isReference) continue;
    const name = node["name"];
    const declaring = here.declaring(name);
    if (declaring === null) {
      if (name === "arguments" && isBare(fn, node)) words.add(name);
    } else if (declaring !== module && scope.isWithin(declaring)) names.add(name);
  }
  for (const word of bareWords(fn)) words.add(word);
  return { names: [...names], words: [...words] };
}

/** The `this`, `super` and private names of a function that are those of what is around it. */
function* bareWords(node: Node, isOwn = false): Generator<string> {
  if (node.type === "ThisExpression" && !isOwn) yield "this";
  if (node.type === "Super" && !isOwn) yield "super";
  if (node.type === "PrivateIdentifier" && !isOwn) yield `#${node["name"]}`;
  const owns =
    node.type === "FunctionExpression" || node.type === "FunctionDeclaration" || node.type.startsWith("Class");
  for (const child of childrenOf(node)) yield* bareWords(child, isOwn || owns);
}

/** Whether no function with `arguments` of its own lies between the function and the node in it. */
function isBare(fn: Node, node: Node): boolean {
  let within: Node | undefined = fn;
  while (within !== undefined && within !== node) {
    if (within.type === "FunctionExpression" || within.type === "FunctionDeclaration") return false;
    within = childrenOf(within).find((child) => child.start <= node.start && node.end <= child.end);
  }
  return true;
}
