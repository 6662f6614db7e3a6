/** The numbers of the protocol (IANA DNS parameters): RR types, classes, opcodes, RCODEs, header bits. */

export const typeA = 1;
export const typeNs = 2;
export const typeCname = 5;
export const typeSoa = 6;
export const typePtr = 12;
export const typeMx = 15;
export const typeTxt = 16;
export const typeAaaa = 28;
export const typeDname = 39;
export const typeOpt = 41;
export const typeTkey = 249;
export const typeTsig = 250;
export const typeIxfr = 251;
export const typeAxfr = 252;
export const typeMailb = 253;
export const typeMaila = 254;
/** QTYPE `*`: all records at a name (RFC 1035 3.2.3). */
export const typeAny = 255;

export const classIn = 1;
/** CLASS of a TSIG RR (RFC 8945 4.2). */
export const classAny = 255;

export const opcodeQuery = 0;
export const opcodeNotify = 4;

/** RCODEs of the header (RFC 1035 4.1.1, RFC 2136 2.2) and of the OPT (RFC 6891 9). */
export const rcode = {
  noError: 0,
  formErr: 1,
  servFail: 2,
  nxDomain: 3,
  notImp: 4,
  refused: 5,
  notAuth: 9,
  badVers: 16,
} as const;
export type Rcode = (typeof rcode)[keyof typeof rcode];

/** Octets of the header (RFC 1035 4.1.1). */
export const headerBytes = 12;
/** Bits of the header's third octet. */
export const flagQr = 0x80;
export const flagAa = 0x04;
export const flagTc = 0x02;
export const flagRd = 0x01;
