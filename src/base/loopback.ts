/** Whether a URL names this machine by an address of loopback, written as such: a name says nothing of where it leads. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
