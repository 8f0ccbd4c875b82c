/** Where a part of a tenant comes from, and what is wrong with it. */
export interface PartAbout {
  /** From the config file; by REST otherwise. */
  readonly ofFile: boolean;
  /** Why its secrets are missing. */
  readonly problem?: string;
}

/** By the field of the config file, and the name there. */
export type AboutParts = (field: 'applications' | 'queues' | 'services', name: string) => PartAbout;
