/** Numbers of the advisory locks, arbitrary but for ever. Taken within a transaction, so they end with it or with its connection. */
export const migrationLock = 7_301_550_201;
export const indexLock = 7_301_550_202;
