/** A file of the store is not what was written. Nothing was changed; the store does not open until somebody decides. */
export class StoreDamaged extends Error {
  override readonly name = 'StoreDamaged';
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  constructor(file: string, offset: number, found: string, cure: string) {
    super(`${file}, byte ${offset}: ${found}. Nothing was changed. ${cure}`);
    this.file = file;
    this.offset = offset;
  }
}

const restore = 'Keep a copy of the directory and restore it from a backup.';

export function damagedJournal(file: string, offset: number, found: string): StoreDamaged {
  return new StoreDamaged(
    file,
    offset,
    found,
    `${restore} Without one, and only if all that was written after this point may be lost: ` +
      `truncate -s ${offset} '${file}', and move away journals with a higher number.`,
  );
}

export function damagedCheckpoint(file: string, offset: number, found: string): StoreDamaged {
  return new StoreDamaged(file, offset, found, restore);
}
