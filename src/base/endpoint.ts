/** An address with its port, as people write it. */

/** `192.0.2.1:53`, `[2001:db8::1]:53`. */
export function endpointToText({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
