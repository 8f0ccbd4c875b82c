import type { Instruction } from '../instruction.ts';

/** Whether instructions have a program asked at one of these servers, by its URL. */
export function namesServer(instructions: readonly Instruction[], origins: readonly string[]): boolean {
  const wanted = origins.map((origin) => URL.parse(origin)?.origin);
  return instructions.flatMap(urlsNamed).some((url) => wanted.includes(URL.parse(url)?.origin));
}

function urlsNamed(instruction: Instruction): string[] {
  const { do: what } = instruction;
  switch (what) {
    case 'redirect':
      return [instruction.url];
    case 'request':
      return withoutNames(instruction.application);
    case 'enqueue':
      return withoutNames(instruction.waitApplication, instruction.action);
    case 'ask':
      return [...withoutNames(instruction.action), ...(instruction.otherwise ?? []).flatMap(urlsNamed)];
    case 'lookUp':
      return (instruction.otherwise ?? []).flatMap(urlsNamed);
    default:
      return [];
  }
}

function withoutNames(...applications: readonly (string | undefined)[]): string[] {
  return applications.filter((each) => each?.includes('/') === true).map(String);
}
