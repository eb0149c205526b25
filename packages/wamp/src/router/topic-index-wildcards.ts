interface Node<E> {
  entry: E | null
  /** By the component that must stand here. */
  fixed: Map<string, Node<E>> | null
  /** Where any component may stand. */
  any: Node<E> | null
}

/**
 * Wildcard patterns as one tree of components for each number of them. A topic is compared with what can still match
 * it, component after component, so patterns that differ from it early cost nothing.
 */
export class WildcardIndex<E> {
  readonly #roots = new Map<number, Node<E>>()

  add(pattern: string, entry: E): void {
    const components = pattern.split('.')
    let node = this.#roots.get(components.length)
    if (!node) this.#roots.set(components.length, (node = newNode()))
    for (const component of components) node = childOf(node, component)
    node.entry = entry
  }

  remove(pattern: string): void {
    const components = pattern.split('.')
    const root = this.#roots.get(components.length)
    if (root && prune(root, components, 0)) this.#roots.delete(components.length)
  }

  /** Appends the entries of all patterns that match `topic`. */
  collect(topic: string, found: E[]): void {
    if (this.#roots.size === 0) return
    const root = this.#roots.get(componentsOf(topic))
    if (root) collect(root, topic.split('.'), 0, found)
  }
}

function newNode<E>(): Node<E> {
  return { entry: null, fixed: null, any: null }
}

function childOf<E>(node: Node<E>, component: string): Node<E> {
  if (component === '') return (node.any ??= newNode())
  node.fixed ??= new Map()
  let child = node.fixed.get(component)
  if (!child) node.fixed.set(component, (child = newNode()))
  return child
}

/** Removes the pattern's entry, and what led to it alone. @returns whether nothing is left of `node` */
function prune<E>(node: Node<E>, components: readonly string[], at: number): boolean {
  const component = components[at]
  if (component === undefined) node.entry = null
  else if (component === '') {
    if (node.any && prune(node.any, components, at + 1)) node.any = null
  } else {
    const child = node.fixed?.get(component)
    if (child && prune(child, components, at + 1)) node.fixed?.delete(component)
    if (node.fixed?.size === 0) node.fixed = null
  }
  return node.entry === null && node.fixed === null && node.any === null
}

function collect<E>(node: Node<E>, components: readonly string[], at: number, found: E[]): void {
  const component = components[at]
  if (component === undefined) {
    if (node.entry !== null) found.push(node.entry)
    return
  }
  const child = node.fixed?.get(component)
  if (child) collect(child, components, at + 1, found)
  if (node.any) collect(node.any, components, at + 1, found)
}

function componentsOf(topic: string): number {
  let count = 1
  for (let at = topic.indexOf('.'); at >= 0; at = topic.indexOf('.', at + 1)) count += 1
  return count
}
