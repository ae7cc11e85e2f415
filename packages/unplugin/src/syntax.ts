/**
 * Syntax trees, as far as the plugin must know them: which names a piece of syntax declares, and what of it is a name and not a reference.
 */

/** A node of the tree, as ESTree has it, with TypeScript's additions. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: any;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Partial<Node>).type === "string";
}

/** The nodes right below a node, types left out, in the order of the text. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (const [key, value] of Object.entries(node)) {
    if (TYPE_KEYS.has(key)) continue;
    for (const child of Array.isArray(value) ? value : [value])
      if (isNode(child) && !isType(child)) children.push(child);
  }
  return children;
}

const TYPE_KEYS = new Set([
  "typeAnnotation",
  "typeParameters",
  "typeArguments",
  "returnType",
  "superTypeArguments",
  "implements",
]);

// What is TypeScript's own and holds code all the same.
const TYPES_WITH_CODE =
  /^TS(AsExpression|SatisfiesExpression|NonNullExpression|TypeAssertion|InstantiationExpression|EnumDeclaration|EnumBody|EnumMember|ModuleDeclaration|ModuleBlock|ParameterProperty|ExportAssignment)$/;

function isType(node: Node): boolean {
  return node.type.startsWith("TS") && !TYPES_WITH_CODE.test(node.type);
}

export function isFunction(node: Node): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);
}

/** The names that a pattern binds. */
export function boundBy(pattern: Node | null | undefined): string[] {
  if (!isNode(pattern)) return [];
  switch (pattern.type) {
    case "Identifier":
      return [pattern["name"]];
    case "ObjectPattern":
      return pattern["properties"].flatMap((each: Node) => boundBy(each.type === "RestElement" ? each : each["value"]));
    case "ArrayPattern":
      return pattern["elements"].flatMap(boundBy);
    case "AssignmentPattern":
      return boundBy(pattern["left"]);
    case "RestElement":
      return boundBy(pattern["argument"]);
    case "TSParameterProperty":
      return boundBy(pattern["parameter"]);
    default:
      return [];
  }
}

/** The names that statements declare in their own block. */
export function declaredIn(statements: readonly Node[]): string[] {
  return statements.flatMap((statement) => {
    const node: Node =
      /^Export(Named|Default)Declaration$/.test(statement.type) && isNode(statement["declaration"])
        ? statement["declaration"]
        : statement;
    switch (node.type) {
      case "FunctionDeclaration":
      case "ClassDeclaration":
      case "TSEnumDeclaration":
      case "TSModuleDeclaration":
        return boundBy(node["id"]);
      case "VariableDeclaration":
        return node["kind"] === "var" ? [] : node["declarations"].flatMap(({ id }: Node) => boundBy(id));
      case "ImportDeclaration":
        return node["importKind"] === "type" ? [] : node["specifiers"].flatMap(({ local }: Node) => boundBy(local));
      default:
        return [];
    }
  });
}

/** The names that `var` declares anywhere in a function or module, down to the functions in it. */
export function varsIn(node: Node): string[] {
  if (isFunction(node)) return [];
  const own =
    node.type === "VariableDeclaration" && node["kind"] === "var"
      ? node["declarations"].flatMap(({ id }: Node) => boundBy(id))
      : [];
  return [...own, ...childrenOf(node).flatMap(varsIn)];
}

/** The child of a node that is a name in it, and no reference to a variable. */
export function isPlainName(parent: Node, child: Node): boolean {
  switch (parent.type) {
    case "MemberExpression":
    case "JSXMemberExpression":
      return parent["property"] === child && parent["computed"] !== true;
    case "Property":
      return parent["key"] === child && !parent["computed"] && !parent["shorthand"];
    case "MethodDefinition":
    case "PropertyDefinition":
    case "AccessorProperty":
      return parent["key"] === child && !parent["computed"];
    case "TSEnumMember":
      return parent["id"] === child;
    case "JSXAttribute":
      return parent["name"] === child;
    case "JSXOpeningElement":
    case "JSXClosingElement":
      return /^[a-z]/.test(child["name"] ?? "");
    case "LabeledStatement":
    case "BreakStatement":
    case "ContinueStatement":
      return parent["label"] === child;
    case "MetaProperty":
    case "ImportSpecifier":
    case "ImportDefaultSpecifier":
    case "ImportNamespaceSpecifier":
    case "ExportSpecifier":
    case "ExportAllDeclaration":
    case "ImportAttribute":
      return true;
    default:
      return false;
  }
}
