interface PageOf<Node> {
  nodes: readonly Node[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/** The nodes of all pages of a connection. `read` asks for the page behind a cursor; undefined ends the list. */
export async function allPages<Node>(
  read: (after: string | null) => Promise<PageOf<Node> | undefined>,
): Promise<Node[]> {
  const all: Node[] = []
  for (let after: string | null = null; ; ) {
    const page: PageOf<Node> | undefined = await read(after)
    if (!page) return all
    all.push(...page.nodes)
    if (!page.pageInfo.hasNextPage) return all
    after = page.pageInfo.endCursor
  }
}
