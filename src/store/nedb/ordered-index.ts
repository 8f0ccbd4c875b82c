import nedb from '@seald-io/nedb';
import type { KeyRange } from '../key-range.ts';

/*
 * What is used of NeDB, and why no more. A Datastore in memory gives each declared index as a balanced tree. Its file is
 * not used: it has no fsync, appends a batch over several collections in several writes, and skips lines that it cannot read.
 * Its query cursor is not used: it has no bounded ordered scan (`limit 1` of a range of 100,000 took 80 ms, the walk below
 * takes some microseconds), and its executor makes every change in turns of its own, so that a batch over several collections could be
 * seen half done. So the journal is ours, and this file alone knows what a NeDB index looks like inside; it checks that at
 * run time, so that another version of NeDB fails here, clearly.
 */

/** A record in the image; NeDB reads the fields that are named after its indexes. */
export interface Row {
  readonly _id: string;
  readonly version: number;
  /** The value as JSON: isolates it from callers, is written as it stands, and is smaller than the objects. */
  readonly json: string;
  /** Keys of the record in the indexes that have been built. */
  [indexField: `i${number}`]: string | undefined;
}

interface TreeNode {
  readonly key?: string;
  readonly data: readonly Row[];
  readonly left: TreeNode | null;
  readonly right: TreeNode | null;
}
interface NedbIndex {
  readonly tree: { readonly tree: TreeNode };
  insert(row: Row): void;
  remove(row: Row): void;
}
interface NedbDatastore {
  ensureIndex(
    options: { readonly fieldName: string; readonly sparse: boolean },
    done: (error: Error | null) => void,
  ): void;
  readonly indexes: Readonly<Record<string, unknown>>;
}
// The package's types describe an ES module; it is a CommonJS one whose export is the class.
const Datastore = nedb as unknown as new (options: { readonly inMemoryOnly: true }) => NedbDatastore;

function isNedbIndex(candidate: unknown): candidate is NedbIndex {
  if (typeof candidate !== 'object' || candidate === null) return false;
  if (!('insert' in candidate) || !('remove' in candidate) || !('tree' in candidate)) return false;
  const { tree } = candidate;
  if (typeof tree !== 'object' || tree === null || !('tree' in tree)) return false;
  const root = tree.tree;
  return typeof root === 'object' && root !== null && 'data' in root && 'left' in root && 'right' in root;
}

/** The declared indexes of one table, inside one NeDB Datastore. */
export class IndexSet {
  readonly #datastore = new Datastore({ inMemoryOnly: true });

  /** Adds an index over the rows' field `field`. */
  add(field: `i${number}`): OrderedIndex {
    // The index is there at once; what is called back later is that a datastore in memory has nothing to write.
    this.#datastore.ensureIndex({ fieldName: field, sparse: true }, () => undefined);
    const made = this.#datastore.indexes[field];
    if (!isNedbIndex(made)) {
      throw new Error(
        'this version of @seald-io/nedb builds its indexes in a way that the store does not know',
      );
    }
    return new OrderedIndex(made);
  }
}

export class OrderedIndex {
  readonly #index: NedbIndex;
  constructor(index: NedbIndex) {
    this.#index = index;
  }

  insert(row: Row): void {
    this.#index.insert(row);
  }

  remove(row: Row): void {
    this.#index.remove(row);
  }

  /** Touches only the rows that it gives and the path to them. */
  range(range: KeyRange): Row[] {
    const found: Row[] = [];
    collect(this.#index.tree.tree, range, found);
    return found;
  }
}

/** In order, stopping at the limit; as deep as the balanced tree is. */
function collect(node: TreeNode | null, range: KeyRange, found: Row[]): void {
  if (node?.key === undefined || found.length >= range.limit) return;
  const notBelow = node.key >= range.from;
  const notAbove = node.key < range.before;
  const [first, second] = range.descending ? [node.right, node.left] : [node.left, node.right];
  const [enterFirst, enterSecond] = range.descending ? [notAbove, notBelow] : [notBelow, notAbove];
  if (enterFirst) collect(first, range, found);
  if (notBelow && notAbove && found.length < range.limit) {
    const [row] = node.data;
    if (row !== undefined) found.push(row);
  }
  if (enterSecond) collect(second, range, found);
}
