/** Arguments for Node that let a program see other versions in `process.versions` than it really runs on. */
export function pretendNode(versions: Readonly<Record<string, string>>): string[] {
  const code = `Object.defineProperty(process, "versions", { value: { ...process.versions, ...${JSON.stringify(versions)} } })`;
  return ["--import", `data:text/javascript,${encodeURIComponent(code)}`];
}
