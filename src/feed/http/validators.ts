/** What a server says of the state of a list, to be asked by (RFC 9110 section 8.8). */

export interface Validators {
  /** As it came, weak or strong. */
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

/** The validators of an answer; what has not their form is as if it were not there. */
export function validatorsOf(headers: Readonly<Record<string, string | string[] | undefined>>): Validators {
  const { etag, "last-modified": lastModified } = headers;
  return {
    ...(typeof etag === "string" && /^(?:W\/)?"[\x21\x23-\x7e]{0,512}"$/.test(etag) ? { etag } : {}),
    ...(typeof lastModified === "string" && /^[\x20-\x7e]{1,64}$/.test(lastModified) ? { lastModified } : {}),
  };
}
