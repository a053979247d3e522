export function importsOf(text: string): { specifier: string; line: number; loaded: boolean }[];
export function violations(file: string, text: string): string[];
