export function summary(report: object | undefined, exitCode: number): string;
