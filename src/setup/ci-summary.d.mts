export function summary(report: object | undefined, exitCode: number): string;
export function failures(report: object | undefined): string[];
