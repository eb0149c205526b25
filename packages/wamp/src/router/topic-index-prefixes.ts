interface Node<E> {
  /** What it adds to the prefix of its parent; empty at the root alone. */
  label: string
  entry: E | null
  /** By the first character of their labels. */
  children: Map<number, Node<E>> | null
}

/**
 * Prefixes as a tree of what they have in common. To find those of a topic costs as much as the topic is long, however
 * many prefixes there are and however long.
 */
export class PrefixIndex<E> {
  readonly #root: Node<E> = { label: '', entry: null, children: null }

  add(prefix: string, entry: E): void {
    let node = this.#root
    let at = 0
    while (at < prefix.length) {
      const child = node.children?.get(prefix.charCodeAt(at))
      if (!child) {
        adopt(node, { label: prefix.slice(at), entry, children: null })
        return
      }
      const shared = sharedLength(child.label, prefix, at)
      if (shared < child.label.length) split(node, child, shared)
      node = node.children?.get(prefix.charCodeAt(at)) ?? node
      at += shared
    }
    node.entry = entry
  }

  remove(prefix: string): void {
    const path: Node<E>[] = [this.#root]
    let at = 0
    while (at < prefix.length) {
      const child = path.at(-1)?.children?.get(prefix.charCodeAt(at))
      if (!child || !prefix.startsWith(child.label, at)) return
      at += child.label.length
      path.push(child)
    }
    const node = path.pop()
    if (!node) return
    node.entry = null
    const parent = path.pop()
    if (!parent) return
    tidy(parent, node)
    const grandparent = path.pop()
    if (grandparent) tidy(grandparent, parent)
  }

  /** Appends the entries of all prefixes of `topic`, the shortest first. */
  collect(topic: string, found: E[]): void {
    let node = this.#root
    let at = 0
    for (;;) {
      if (node.entry !== null) found.push(node.entry)
      const child = at < topic.length ? node.children?.get(topic.charCodeAt(at)) : undefined
      if (!child || !topic.startsWith(child.label, at)) return
      at += child.label.length
      node = child
    }
  }
}

function adopt<E>(parent: Node<E>, child: Node<E>): void {
  parent.children ??= new Map()
  parent.children.set(child.label.charCodeAt(0), child)
}

/** Puts a node between parent and child that has the first `length` characters of the child's label. */
function split<E>(parent: Node<E>, child: Node<E>, length: number): void {
  const between: Node<E> = { label: child.label.slice(0, length), entry: null, children: null }
  child.label = child.label.slice(length)
  adopt(between, child)
  adopt(parent, between)
}

/** Removes a node that says nothing any more: one without children, or whose only child can take its place. */
function tidy<E>(parent: Node<E>, node: Node<E>): void {
  if (node.entry !== null || node.label === '') return
  const [only, another] = node.children?.values() ?? []
  if (!only) {
    parent.children?.delete(node.label.charCodeAt(0))
  } else if (!another) {
    only.label = node.label + only.label
    adopt(parent, only)
  }
}

function sharedLength(label: string, prefix: string, at: number): number {
  let length = 0
  while (length < label.length && label.charCodeAt(length) === prefix.charCodeAt(at + length)) length += 1
  return length
}
