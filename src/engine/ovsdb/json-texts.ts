/** Finds the ends of JSON texts that follow each other in a stream without a separator. */
export function jsonTexts(): (chunk: Buffer) => string[] {
  let held = '';
  let scanned = 0;
  let depth = 0;
  let inString = false;
  const decoder = new TextDecoder();
  return (chunk) => {
    held += decoder.decode(chunk, { stream: true });
    const texts: string[] = [];
    let start = 0;
    for (; scanned < held.length; scanned++) {
      const code = held.charCodeAt(scanned);
      if (inString) {
        if (code === 92) scanned++;
        else if (code === 34) inString = false;
      } else if (code === 34) inString = true;
      else if (code === 123 || code === 91) depth++;
      else if ((code === 125 || code === 93) && --depth === 0) {
        texts.push(held.slice(start, scanned + 1));
        start = scanned + 1;
      }
    }
    held = held.slice(start);
    scanned -= start;
    return texts;
  };
}
