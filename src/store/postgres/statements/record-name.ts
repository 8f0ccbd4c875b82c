export interface RecordName {
  readonly collection: string;
  readonly id: string;
}

export interface LockedRecord extends RecordName {
  readonly version: number;
}
