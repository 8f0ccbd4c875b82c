/** Numbers of the advisory locks, arbitrary but for ever. They end with their transaction (the move's with its session) or with the connection. */
export const migrationLock = 7_301_550_201;
export const indexLock = 7_301_550_202;
export const moveLock = 7_301_550_203;
