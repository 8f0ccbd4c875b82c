import { pino } from 'pino';

/** What the parts log through. Never message texts, phone numbers or secrets at info or above (design, 5.9). */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Structured logs, one JSON object a line on standard output. */
export function createLogger(level: LogLevel): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    // What JSON leaves as it is, and terminals and log readers may take for a command or the end of a line.
    hooks: { streamWrite: (line) => line.replace(/[\u007f-\u009f\u2028\u2029]/g, escaped) },
    redact: {
      paths: ['*.secret', '*.token', '*.password', '*.authorization', 'headers.authorization'],
      censor: '[redacted]',
    },
  });
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

const nothing = (): void => undefined;
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};
